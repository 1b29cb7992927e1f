package org.mtl4j.dl4j.internal.cpu;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Searches OpenBLAS, as it is loaded in this process, for wrong products: matrix by matrix, matrix by vector, vector by
 * vector, in single and double precision, of both orders, each factor transposed or not, with and without gaps between
 * rows, added to what is there or not, from several threads at a time and divided among threads.
 *
 * <p>All numbers are whole and small, so that every sum is exact in any order of adding up, and a result is right or
 * wrong, without a tolerance. What must not be read (a result that is overwritten, the gaps of factors) is NaN at
 * first; what must not be written (the gaps of the result) has to be unchanged.
 *
 * <p>As a program, {@code ProductSearch [EVERY]}, it searches one in so many of its 40,000 shapes, or all of them,
 * which takes minutes; it prints version, kernels, and a line for each group of wrong products with the smallest of
 * them, and ends with 1 if there are any. Which kernels OpenBLAS takes is for the environment to say
 * ({@code OPENBLAS_CORETYPE}); {@code .ci/products} runs it under each and under both versions.
 */
final class ProductSearch {
    /** Around the widths of registers and blocks: all small sizes, then one less and one more than powers of 2. */
    private static final List<Integer> SIZES = ImmutableList.of(
            1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 20, 23, 24, 25, 31, 32, 33, 40, 47, 48, 49, 63, 64, 65, 96, 97,
            100, 127, 128, 129, 192, 208, 240, 255, 256, 257, 280, 400);

    /** Most multiplications of one product in the search; three large sizes at once add time and nothing else. */
    private static final long MOST = 4_000_000;

    /** From about here on OpenBLAS divides a product among threads. */
    private static final long DIVIDED = 60_000;

    private static final int GAP = 3;

    /** What is in the gaps of a result. */
    private static final double UNTOUCHED = -77;

    private static final Map<Integer, String> ORDERS =
            ImmutableMap.of(101, "rows", 102, "columns"); // CBLAS_ORDER: how a matrix lies

    private static final int[] FORMS = {111, 112}; // CBLAS_TRANSPOSE: as it is, transposed

    /** Factors of the product and of what is there already. */
    private static final double[][] FACTORS = {{1, 0}, {1, 1}, {2, -1}};

    private final int every;
    private final AtomicLong products = new AtomicLong();
    private final AtomicLong wrong = new AtomicLong();
    private final Map<String, Group> groups = new TreeMap<>();

    private record Group(long count, long smallest, String example, double largestError) {}

    /** What was found. */
    record Result(long products, long wrong, List<String> groups) {}

    private ProductSearch(int every) {
        this.every = every;
    }

    public static void main(String[] arguments) {
        Result result = run(arguments.length == 0 ? 1 : Integer.parseInt(arguments[0]));
        BlasKernels.Look look = BlasKernels.look();
        System.out.println("version " + look.version().orElse("unknown"));
        System.out.println("kernels " + look.core().orElse("unknown"));
        System.out.printf("products %d, wrong %d%n", result.products(), result.wrong());
        result.groups().forEach(System.out::println);
        System.exit(result.wrong() == 0 ? 0 : 1);
    }

    /** Searches one in so many shapes, the same in each run. */
    static Result run(int every) {
        Loader.load(openblas_nolapack.class);
        int threads = openblas_nolapack.blas_get_num_threads();
        ProductSearch search = new ProductSearch(every);
        try {
            openblas_nolapack.blas_set_num_threads(1);
            IntStream.range(0, 2)
                    .mapToObj(part -> new Thread(() -> search.shapes(part, 2, 0, "one of two threads")))
                    .peek(Thread::start)
                    .toList()
                    .forEach(ProductSearch::join);
            openblas_nolapack.blas_set_num_threads(2);
            search.shapes(0, 4, DIVIDED, "divided among 2 threads");
        } finally {
            openblas_nolapack.blas_set_num_threads(threads);
        }
        return new Result(
                search.products.get(),
                search.wrong.get(),
                search.groups.entrySet().stream()
                        .map(group -> "%s: %d wrong, by up to %s; the smallest is %s"
                                .formatted(
                                        group.getKey(),
                                        group.getValue().count(),
                                        group.getValue().largestError(),
                                        group.getValue().example()))
                        .toList());
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void shapes(int part, int parts, long least, String how) {
        Random random = new Random(part);
        int index = 0;
        for (int m : SIZES) {
            for (int n : SIZES) {
                for (int k : SIZES) {
                    long size = (long) m * n * k;
                    if (size >= least && size <= MOST && index++ % (every * parts) == part * every) {
                        try (Case it = new Case(random, m, n, k, how)) {
                            it.run();
                        }
                    }
                }
            }
        }
    }

    /** Matrices of one shape. */
    private final class Case implements AutoCloseable {
        private final int m;
        private final int n;
        private final int k;
        private final String how;
        private final double[] a;
        private final double[] b;
        private final double[] c;
        private final double[] product;
        private final FloatPointer[] floats = new FloatPointer[3];
        private final DoublePointer[] doubles = new DoublePointer[3];

        Case(Random random, int m, int n, int k, String how) {
            this.m = m;
            this.n = n;
            this.k = k;
            this.how = how;
            a = whole(random, m * k);
            b = whole(random, k * n);
            c = whole(random, m * n);
            product = new double[m * n];
            for (int i = 0; i < m; i++) {
                for (int p = 0; p < k; p++) {
                    double factor = a[i * k + p];
                    for (int j = 0; j < n; j++) {
                        product[i * n + j] += factor * b[p * n + j];
                    }
                }
            }
            long[] sizes = {room(m, k), room(k, n), room(m, n)};
            for (int i = 0; i < sizes.length; i++) {
                floats[i] = new FloatPointer(sizes[i]);
                doubles[i] = new DoublePointer(sizes[i]);
            }
        }

        void run() {
            for (int order : ORDERS.keySet()) {
                for (int gap : new int[] {0, GAP}) {
                    for (int aForm : FORMS) {
                        for (int bForm : FORMS) {
                            multiply(order, aForm, bForm, gap);
                        }
                        if (n == 1) {
                            byVector(order, aForm, gap);
                        }
                    }
                }
            }
            if (m == 1 && n == 1) {
                ofVectors();
            }
        }

        private void multiply(int order, int aForm, int bForm, int gap) {
            double[] laidA = laid(a, m, k, order, aForm, gap, Double.NaN);
            double[] laidB = laid(b, k, n, order, bForm, gap, Double.NaN);
            int aStep = step(m, k, order, aForm) + gap;
            int bStep = step(k, n, order, bForm) + gap;
            int cStep = step(m, n, order, FORMS[0]) + gap;
            put(0, laidA);
            put(1, laidB);
            for (double[] factors : FACTORS) {
                double alpha = factors[0];
                double beta = factors[1];
                double[] before =
                        laid(beta == 0 ? filled(Double.NaN, c.length) : c, m, n, order, FORMS[0], gap, UNTOUCHED);
                double[] expected = laid(expected(alpha, beta), m, n, order, FORMS[0], gap, UNTOUCHED);
                put(2, before);
                openblas_nolapack.cblas_sgemm(
                        order,
                        aForm,
                        bForm,
                        m,
                        n,
                        k,
                        (float) alpha,
                        floats[0],
                        aStep,
                        floats[1],
                        bStep,
                        (float) beta,
                        floats[2],
                        cStep);
                openblas_nolapack.cblas_dgemm(
                        order,
                        aForm,
                        bForm,
                        m,
                        n,
                        k,
                        alpha,
                        doubles[0],
                        aStep,
                        doubles[1],
                        bStep,
                        beta,
                        doubles[2],
                        cStep);
                compare("matrices", order, aForm, bForm, gap, alpha, beta, expected);
            }
        }

        private void byVector(int order, int aForm, int gap) {
            put(0, laid(a, m, k, order, aForm, gap, Double.NaN));
            put(1, b);
            int aStep = step(m, k, order, aForm) + gap;
            int rows = aForm == FORMS[0] ? m : k;
            int columns = aForm == FORMS[0] ? k : m;
            for (double[] factors : FACTORS) {
                double alpha = factors[0];
                double beta = factors[1];
                put(2, beta == 0 ? filled(Double.NaN, m) : c);
                openblas_nolapack.cblas_sgemv(
                        order,
                        aForm,
                        rows,
                        columns,
                        (float) alpha,
                        floats[0],
                        aStep,
                        floats[1],
                        1,
                        (float) beta,
                        floats[2],
                        1);
                openblas_nolapack.cblas_dgemv(
                        order, aForm, rows, columns, alpha, doubles[0], aStep, doubles[1], 1, beta, doubles[2], 1);
                compare("matrix by vector", order, aForm, FORMS[0], gap, alpha, beta, expected(alpha, beta));
            }
        }

        private void ofVectors() {
            put(0, a);
            put(1, b);
            floats[2].put(0, openblas_nolapack.cblas_sdot(k, floats[0], 1, floats[1], 1));
            doubles[2].put(0, openblas_nolapack.cblas_ddot(k, doubles[0], 1, doubles[1], 1));
            compare("vectors", 101, FORMS[0], FORMS[0], 0, 1, 0, product);
        }

        private double[] expected(double alpha, double beta) {
            double[] expected = new double[product.length];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = alpha * product[i] + beta * c[i];
            }
            return expected;
        }

        private void put(int which, double[] values) {
            doubles[which].position(0).put(values, 0, values.length);
            float[] single = new float[values.length];
            for (int i = 0; i < single.length; i++) {
                single[i] = (float) values[i];
            }
            floats[which].position(0).put(single, 0, single.length);
        }

        private void compare(
                String what, int order, int aForm, int bForm, int gap, double alpha, double beta, double[] expected) {
            float[] single = new float[expected.length];
            floats[2].get(single, 0, single.length);
            double[] asDoubles = new double[single.length];
            for (int i = 0; i < single.length; i++) {
                asDoubles[i] = single[i];
            }
            double[] found = new double[expected.length];
            doubles[2].get(found, 0, found.length);
            String form = "%s, %s%s, %s, %s, %s"
                    .formatted(
                            ORDERS.get(order),
                            aForm == FORMS[0] ? "A" : "Aᵀ",
                            bForm == FORMS[0] ? " B" : " Bᵀ",
                            gap == 0 ? "dense" : "with gaps",
                            beta == 0 ? "overwritten" : "added",
                            how);
            record("FLOAT " + what + ", " + form, alpha, beta, expected, asDoubles);
            record("DOUBLE " + what + ", " + form, alpha, beta, expected, found);
        }

        private void record(String group, double alpha, double beta, double[] expected, double[] found) {
            products.incrementAndGet();
            double error = 0;
            for (int i = 0; i < expected.length; i++) {
                double off = Math.abs(expected[i] - found[i]);
                error = Math.max(error, Double.isNaN(off) ? Double.POSITIVE_INFINITY : off);
            }
            if (error > 0) {
                wrong.incrementAndGet();
                long size = (long) m * n * k;
                Group one = new Group(
                        1,
                        size,
                        "[%d, %d] by [%d, %d], factors %s and %s, off by %s".formatted(m, k, k, n, alpha, beta, error),
                        error);
                synchronized (groups) {
                    groups.merge(
                            group,
                            one,
                            (all, next) -> new Group(
                                    all.count() + 1,
                                    Math.min(all.smallest(), next.smallest()),
                                    next.smallest() < all.smallest() ? next.example() : all.example(),
                                    Math.max(all.largestError(), next.largestError())));
                }
            }
        }

        @Override
        public void close() {
            for (Pointer[] pointers : new Pointer[][] {floats, doubles}) {
                for (Pointer pointer : pointers) {
                    pointer.close();
                }
            }
        }
    }

    private static double[] whole(Random random, int length) {
        double[] values = new double[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextInt(17) - 8;
        }
        return values;
    }

    private static double[] filled(double value, int length) {
        double[] values = new double[length];
        Arrays.fill(values, value);
        return values;
    }

    private static int room(int rows, int columns) {
        return Math.max(rows * (columns + GAP), columns * (rows + GAP));
    }

    /** Whether lines of memory are the rows of a matrix. */
    private static boolean byRows(int order, int form) {
        return (order == 101) == (form == FORMS[0]);
    }

    private static int step(int rows, int columns, int order, int form) {
        return byRows(order, form) ? columns : rows;
    }

    /** Lays a matrix, given by rows, as OpenBLAS is told that it lies. */
    private static double[] laid(double[] matrix, int rows, int columns, int order, int form, int gap, double between) {
        boolean byRows = byRows(order, form);
        int lines = byRows ? rows : columns;
        int length = byRows ? columns : rows;
        double[] laid = filled(between, lines * (length + gap));
        for (int i = 0; i < lines; i++) {
            for (int j = 0; j < length; j++) {
                laid[i * (length + gap) + j] = byRows ? matrix[i * columns + j] : matrix[j * columns + i];
            }
        }
        return laid;
    }
}
