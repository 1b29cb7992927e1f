package org.mtl4j.dl4j.internal.cpu;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Multiplies a few dozen matrices by the backend's BLAS and by plain Java, once in a process and data type, and lets
 * nobody go on where the two differ. The numbers are whole and small, so that sums are exact in any order, and equal
 * they are or wrong. The shapes are those that a search over thousands has found to be wrong under some kernels of some
 * version, and some of each other kind.
 */
public final class ProductCheck {
    /** As CBLAS names them. */
    private static final int ROW_MAJOR = 101;

    private static final int NO_TRANSPOSE = 111;
    private static final int TRANSPOSE = 112;

    /** What is multiplied: {@code [m, k]} by {@code [k, n]}. */
    private record Size(int m, int k, int n) {
        @Override
        public String toString() {
            return "[%s, %s] by [%s, %s]".formatted(m, k, k, n);
        }
    }

    /**
     * The last three are wrong in DOUBLE with the kernels for Cooper Lake of OpenBLAS 0.3.19, if the second factor is
     * transposed. Larger ones would be divided among threads, which takes long where others are on the cores.
     */
    private static final List<Size> SIZES = List.of(
            new Size(1, 1, 1),
            new Size(7, 5, 3),
            new Size(1, 33, 40),
            new Size(16, 16, 16),
            new Size(31, 17, 33),
            new Size(48, 65, 24),
            new Size(128, 24, 10),
            new Size(8, 2, 240),
            new Size(8, 8, 256),
            new Size(16, 4, 280));

    /** Types that ND4J multiplies without BLAS: a few products are enough. */
    private static final List<Size> OF_ND4J =
            List.of(new Size(1, 1, 1), new Size(7, 5, 3), new Size(16, 16, 16), new Size(31, 17, 33));

    private static final Map<DataType, Optional<String>> FAULTS = new ConcurrentHashMap<>();

    private ProductCheck() {}

    /**
     * Makes sure that products are right.
     *
     * @param type of what is to be computed
     * @throws IllegalStateException if they are wrong; the message names kernels, a shape, and what to set
     */
    public static void require(DataType type) {
        fault(type).ifPresent(fault -> {
            throw new IllegalStateException(fault);
        });
    }

    /**
     * Looks for wrong products; only after ND4J has been started.
     *
     * @param type of the products; of types other than FLOAT, DOUBLE and HALF nothing is looked at
     * @return what is wrong, and what to do; empty if nothing is, or products are not computed on the CPU
     */
    public static Optional<String> fault(DataType type) {
        if (!HostThreads.onHost() || type != DataType.FLOAT && type != DataType.DOUBLE && type != DataType.HALF) {
            return Optional.empty();
        }
        return FAULTS.computeIfAbsent(type, ProductCheck::look);
    }

    private static Optional<String> look(DataType type) {
        Optional<Method> gemm = type == DataType.HALF ? Optional.empty() : gemm(type);
        List<Size> sizes = gemm.isPresent() ? SIZES : OF_ND4J;
        try (SingleThreadedBlas ignored = SingleThreadedBlas.open()) {
            return sizes.stream()
                    .flatMap(size -> wrong(size, type, gemm).stream())
                    .findFirst()
                    .map(wrong -> message(wrong, type));
        }
    }

    private static String message(String wrong, DataType type) {
        BlasKernels.Look kernels = BlasKernels.look();
        return ("The backend computes wrong products of matrices in %s: %s. They are OpenBLAS %s's, with its kernels"
                        + " for %s: %stake %s")
                .formatted(
                        type,
                        wrong,
                        kernels.version().orElse("of unknown version"),
                        kernels.core().orElse("a processor that could not be looked at"),
                        BlasKernels.rightFor(kernels)
                                .map(core -> "set %s=%s in the environment before the JVM starts, or "
                                        .formatted(BlasKernels.VARIABLE, core))
                                .orElse(""),
                        OpenBlasVersion.OWN_ARTIFACTS);
    }

    private static Optional<String> wrong(Size size, DataType type, Optional<Method> gemm) {
        Random random = new Random(size.m());
        double[] a = whole(random, size.m() * size.k());
        double[] b = whole(random, size.k() * size.n());
        double[] expected = new double[size.m() * size.n()];
        for (int i = 0; i < size.m(); i++) {
            for (int p = 0; p < size.k(); p++) {
                double factor = a[i * size.k() + p];
                for (int j = 0; j < size.n(); j++) {
                    expected[i * size.n() + j] += factor * b[p * size.n() + j];
                }
            }
        }
        if (gemm.isEmpty()) {
            return difference(size, "", expected, byNd4j(size, type, a, b));
        }
        for (boolean transposedA : new boolean[] {false, true}) {
            for (boolean transposedB : new boolean[] {false, true}) {
                double[] found = byBlas(
                        gemm.get(),
                        size,
                        type,
                        transposedA ? transposed(a, size.m(), size.k()) : a,
                        transposedA,
                        transposedB ? transposed(b, size.k(), size.n()) : b,
                        transposedB);
                Optional<String> wrong = difference(
                        size,
                        transposedA || transposedB
                                ? ", the %s transposed"
                                        .formatted(
                                                transposedA && transposedB ? "two" : transposedA ? "first" : "second")
                                : "",
                        expected,
                        found);
                if (wrong.isPresent()) {
                    return wrong;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> difference(Size size, String form, double[] expected, double[] found) {
        int at = Arrays.mismatch(expected, found);
        return at < 0
                ? Optional.empty()
                : Optional.of("%s%s has %s in row %s, column %s, where it is %s"
                        .formatted(size, form, found[at], at / size.n(), at % size.n(), expected[at]));
    }

    private static double[] byBlas(
            Method gemm, Size size, DataType type, double[] a, boolean transposedA, double[] b, boolean transposedB) {
        boolean single = type == DataType.FLOAT;
        Object result = single ? new float[size.m() * size.n()] : new double[size.m() * size.n()];
        Object one = single ? (Object) 1f : (Object) 1.0;
        Object zero = single ? (Object) 0f : (Object) 0.0;
        try {
            gemm.invoke(
                    null,
                    ROW_MAJOR,
                    transposedA ? TRANSPOSE : NO_TRANSPOSE,
                    transposedB ? TRANSPOSE : NO_TRANSPOSE,
                    size.m(),
                    size.n(),
                    size.k(),
                    one,
                    single ? floats(a) : a,
                    transposedA ? size.m() : size.k(),
                    single ? floats(b) : b,
                    transposedB ? size.k() : size.n(),
                    zero,
                    result,
                    size.n());
        } catch (InvocationTargetException | IllegalAccessException e) {
            throw new IllegalStateException("CBLAS cannot be called", e);
        }
        double[] found = new double[size.m() * size.n()];
        for (int i = 0; i < found.length; i++) {
            found[i] = Array.getDouble(result, i);
        }
        return found;
    }

    private static double[] byNd4j(Size size, DataType type, double[] a, double[] b) {
        try (MemoryWorkspace ignored = Nd4j.getMemoryManager().scopeOutOfWorkspaces();
                INDArray wideFirst = Nd4j.create(a, new long[] {size.m(), size.k()}, DataType.DOUBLE);
                INDArray wideSecond = Nd4j.create(b, new long[] {size.k(), size.n()}, DataType.DOUBLE);
                INDArray first = wideFirst.castTo(type);
                INDArray second = wideSecond.castTo(type);
                INDArray product = Nd4j.createUninitialized(type, new long[] {size.m(), size.n()}, 'c')) {
            first.mmuli(second, product);
            try (INDArray wide = product.castTo(DataType.DOUBLE)) {
                return wide.data().asDouble();
            }
        }
    }

    /** {@return GEMM of arrays in the CBLAS that the backend brings; empty if it brings none} */
    private static Optional<Method> gemm(DataType type) {
        Class<?> number = type == DataType.FLOAT ? float.class : double.class;
        Class<?> numbers = type == DataType.FLOAT ? float[].class : double[].class;
        try {
            return Optional.of(Class.forName("org.bytedeco.openblas.global.openblas_nolapack")
                    .getMethod(
                            type == DataType.FLOAT ? "cblas_sgemm" : "cblas_dgemm",
                            int.class,
                            int.class,
                            int.class,
                            int.class,
                            int.class,
                            int.class,
                            number,
                            numbers,
                            int.class,
                            numbers,
                            int.class,
                            number,
                            numbers,
                            int.class));
        } catch (ReflectiveOperationException | LinkageError e) {
            return Optional.empty(); // another library
        }
    }

    private static double[] whole(Random random, int length) {
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextInt(5) - 2;
        }
        return values;
    }

    private static double[] transposed(double[] matrix, int rows, int columns) {
        double[] transposed = new double[matrix.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                transposed[j * rows + i] = matrix[i * columns + j];
            }
        }
        return transposed;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
