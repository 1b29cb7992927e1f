package org.mtl4j.dl4j.internal.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Products of small matrices in native memory, by the BLAS library that ND4J's CPU backend brings. ND4J's own way to it makes and
 * checks objects for longer than such a product takes.
 *
 * <p>One product is for one thread: the pointers in it are moved along.
 */
public final class HostProduct {
    private static final int ROWS = 101; // CBLAS_ORDER
    private static final int AS_IT_IS = 111; // CBLAS_TRANSPOSE
    private static final int TRANSPOSED = 112;

    /** Up to so many multiplications OpenBLAS takes the matrices as they lie on AVX-512, and copies them first above. */
    private static final long SMALL = 1_000_000;

    private static final int STEP = 16;

    /** The same if the second matrix is transposed: the result's numbers, at most, and the length of what is summed, at least. */
    private static final int SMALL_RESULT = 1200;

    private static final int LONG = 64;

    private static final MethodHandle SGEMM = sgemm();

    private final FloatPointer a;
    private final FloatPointer b;
    private final FloatPointer c;
    private final int aStep;
    private final int bStep;
    private final int cStep;

    /**
     * @param aStep from row to row of the first factor
     * @param bStep from row to row of the second factor
     * @param cStep from row to row of the result
     */
    public HostProduct(FloatPointer a, int aStep, FloatPointer b, int bStep, FloatPointer c, int cStep) {
        this.a = new FloatPointer(a);
        this.b = new FloatPointer(b);
        this.c = new FloatPointer(c);
        this.aStep = aStep;
        this.bStep = bStep;
        this.cStep = cStep;
    }

    /** Whether products can be computed here. */
    public static boolean available() {
        return SGEMM != null && HostThreads.onHost() && !OldKernels.THEY_ARE;
    }

    /** Looked up when asked for, as ND4J must have loaded its natives before. */
    private static final class OldKernels {
        /** oneDNN's convolutions are faster than products by these. */
        private static final boolean THEY_ARE = BlasKernels.old();
    }

    private static MethodHandle sgemm() {
        try {
            Class<?> blas = Class.forName("org.bytedeco.openblas.global.openblas_nolapack");
            return MethodHandles.publicLookup()
                    .findStatic(
                            blas,
                            "cblas_sgemm",
                            MethodType.methodType(
                                    void.class,
                                    int.class,
                                    int.class,
                                    int.class,
                                    int.class,
                                    int.class,
                                    int.class,
                                    float.class,
                                    FloatPointer.class,
                                    int.class,
                                    FloatPointer.class,
                                    int.class,
                                    float.class,
                                    FloatPointer.class,
                                    int.class));
        } catch (ReflectiveOperationException | LinkageError e) {
            return null; // another backend
        }
    }

    /**
     * {@code c = a b}, or {@code c = c + a b}; a is {@code [m, k]}, b {@code [k, n]}, c {@code [m, n]}, each from where it says.
     *
     * @param add whether to add to what is there
     */
    public void of(int m, int n, int k, long aAt, long bAt, long cAt, boolean add) {
        int width = columns(m, n, k);
        for (int from = 0; from < n; from += width) {
            run(AS_IT_IS, m, Math.min(width, n - from), k, aAt, bAt + from, cAt + from, add);
        }
    }

    /** {@code c = c + a bᵀ}; a is {@code [m, k]}, b {@code [n, k]}, c {@code [m, n]}. */
    public void addOfTransposed(int m, int n, int k, long aAt, long bAt, long cAt) {
        int width = m * n <= SMALL_RESULT || k < LONG ? n : Math.max(1, SMALL_RESULT / m);
        for (int from = 0; from < n; from += width) {
            run(TRANSPOSED, m, Math.min(width, n - from), k, aAt, bAt + (long) from * bStep, cAt + from, true);
        }
    }

    private static int columns(int m, int n, int k) {
        if ((long) m * n * k <= SMALL) {
            return n;
        }
        int most = (int) (SMALL / ((long) m * k)) / STEP * STEP;
        return most == 0 ? n : most;
    }

    private void run(int transposed, int m, int n, int k, long aAt, long bAt, long cAt, boolean add) {
        try {
            SGEMM.invokeExact(
                    ROWS,
                    AS_IT_IS,
                    transposed,
                    m,
                    n,
                    k,
                    1f,
                    a.position(aAt),
                    aStep,
                    b.position(bAt),
                    bStep,
                    add ? 1f : 0f,
                    c.position(cAt),
                    cStep);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // it declares none
        }
    }
}
