package org.mtl4j.dl4j.internal.cpu;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Multiplies small matrices in native memory by SGEMM of the BLAS library that ND4J's CPU backend brings. ND4J's own
 * call of it spends more time on making and checking objects than such a product takes.
 *
 * <p>An instance is for one thread: its pointers move.
 */
public final class Gemm {
    private static final int ROW_MAJOR = 101; // CBLAS_ORDER
    private static final int NO_TRANSPOSE = 111; // CBLAS_TRANSPOSE
    private static final int TRANSPOSE = 112;

    /**
     * Most multiplications for which OpenBLAS, on AVX-512, reads the matrices in place; for more it packs copies first.
     */
    private static final long MAX_UNPACKED = 1_000_000;

    /** Columns of a vector register. */
    private static final int COLUMN_STEP = 16;

    /**
     * Largest result for which it does so if the second matrix is transposed and k is at least {@link #MIN_LONG_SUM}.
     */
    private static final int MAX_UNPACKED_RESULT = 1200;

    private static final int MIN_LONG_SUM = 64;

    /** OpenBLAS's kernels for AVX-512, in small letters. */
    private static final Set<String> READ_IN_PLACE = Set.of("skylakex", "cooperlake", "sapphirerapids");

    /** To multiply fewer rows at once costs more than to copy the matrices. */
    private static final int LEAST_ROWS = 16;

    /** Rows of a block of the kernels for AVX-512 are a multiple of this. */
    private static final int ROW_STEP = 4;

    private static final MethodHandle SGEMM = sgemm();

    private final FloatPointer a;
    private final FloatPointer b;
    private final FloatPointer c;
    private final int aStep;
    private final int bStep;
    private final int cStep;

    /**
     * Multiplies matrices in these three blocks of memory.
     *
     * @param aStep leading dimension of the first factor: numbers from row to row
     * @param bStep leading dimension of the second factor
     * @param cStep leading dimension of the result
     */
    public Gemm(FloatPointer a, int aStep, FloatPointer b, int bStep, FloatPointer c, int cStep) {
        this.a = new FloatPointer(a);
        this.b = new FloatPointer(b);
        this.c = new FloatPointer(c);
        this.aStep = aStep;
        this.bStep = bStep;
        this.cStep = cStep;
    }

    /** Tells whether the backend has a CBLAS, with kernels that are worth using. */
    public static boolean available() {
        return SGEMM != null && HostThreads.onHost() && !OldKernels.IN_USE;
    }

    /** Looks the kernels up on first use, as ND4J must have loaded its natives before. */
    private static final class OldKernels {
        /** Whether OpenBLAS multiplies without AVX; oneDNN's convolutions are faster then. */
        private static final boolean IN_USE = BlasKernels.areOld();
    }

    /** Likewise. */
    private static final class KernelsInPlace {
        private static final boolean IN_USE = available()
                && BlasKernels.look()
                        .core()
                        .filter(core -> READ_IN_PLACE.contains(core.toLowerCase(Locale.ROOT)))
                        .isPresent();
    }

    /**
     * Tells whether OpenBLAS reads matrices of up to {@value #MAX_UNPACKED} products where they are; else it copies
     * both first.
     */
    public static boolean readsInPlace() {
        return KernelsInPlace.IN_USE;
    }

    /**
     * Tells whether a product that is added to something is faster than one that is not: kernels without AVX-512 clear
     * the result first, one number after the other, and then add to it, with the same roundings.
     */
    public static boolean addsFaster() {
        return !readsInPlace();
    }

    /** {@return how many rows of a should be multiplied by one call, for a {@code [m, k]} and b {@code [k, n]}} */
    public static int rowsAtOnce(int n, int k) {
        int most = (int) Math.min(Integer.MAX_VALUE, MAX_UNPACKED / ((long) n * k)) / ROW_STEP * ROW_STEP;
        return readsInPlace() && most >= LEAST_ROWS ? most : Integer.MAX_VALUE;
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
     * Computes {@code c = a b}, or {@code c = c + a b}, of row-major a {@code [m, k]}, b {@code [k, n]} and c
     * {@code [m, n]}.
     *
     * @param aAt offset of a in its memory
     * @param bAt offset of b
     * @param cAt offset of c
     * @param add whether to add to c
     */
    public void multiply(int m, int n, int k, long aAt, long bAt, long cAt, boolean add) {
        int width = columns(m, n, k);
        for (int from = 0; from < n; from += width) {
            run(NO_TRANSPOSE, m, Math.min(width, n - from), k, aAt, bAt + from, cAt + from, add);
        }
    }

    /**
     * Computes {@code c = c + a bᵀ}; a is {@code [m, k]}, b {@code [n, k]}, c {@code [m, n]}; offsets as in
     * {@link #multiply}.
     */
    public void addTransposed(int m, int n, int k, long aAt, long bAt, long cAt) {
        boolean whole = m * n <= MAX_UNPACKED_RESULT || k < MIN_LONG_SUM || !readsInPlace();
        int width = whole ? n : Math.max(1, MAX_UNPACKED_RESULT / m);
        for (int from = 0; from < n; from += width) {
            run(TRANSPOSE, m, Math.min(width, n - from), k, aAt, bAt + (long) from * bStep, cAt + from, true);
        }
    }

    private static int columns(int m, int n, int k) {
        if ((long) m * n * k <= MAX_UNPACKED || !readsInPlace()) {
            return n;
        }
        int most = (int) (MAX_UNPACKED / ((long) m * k)) / COLUMN_STEP * COLUMN_STEP;
        return most == 0 ? n : most;
    }

    /** Computes {@code c = c + a bᵀ} in one call, whatever the sizes; arguments as of {@link #addTransposed}. */
    public void addByTransposed(int m, int n, int k, long aAt, long bAt, long cAt) {
        run(TRANSPOSE, m, n, k, aAt, bAt, cAt, true);
    }

    /** Computes {@code c = a bᵀ} in one call, whatever the sizes; arguments as of {@link #addTransposed}. */
    public void byTransposed(int m, int n, int k, long aAt, long bAt, long cAt) {
        run(TRANSPOSE, m, n, k, aAt, bAt, cAt, false);
    }

    /** Computes {@code c = c + a b} in one call, whatever the sizes; arguments as of {@link #multiply}. */
    public void addBy(int m, int n, int k, long aAt, long bAt, long cAt) {
        run(NO_TRANSPOSE, m, n, k, aAt, bAt, cAt, true);
    }

    /** Computes {@code c = a b} in one call, whatever the sizes; arguments as of {@link #multiply}. */
    public void by(int m, int n, int k, long aAt, long bAt, long cAt) {
        run(NO_TRANSPOSE, m, n, k, aAt, bAt, cAt, false);
    }

    /**
     * Computes {@code c = aᵀ b} in one call; a is {@code [k, m]}, b {@code [k, n]}, c {@code [m, n]}; offsets as in
     * {@link #multiply}.
     */
    public void transposedBy(int m, int n, int k, long aAt, long bAt, long cAt) {
        run(TRANSPOSE, NO_TRANSPOSE, m, n, k, aAt, bAt, cAt, false);
    }

    /** Computes {@code c = c + aᵀ b} in one call; arguments as of {@link #transposedBy}. */
    public void addTransposedBy(int m, int n, int k, long aAt, long bAt, long cAt) {
        run(TRANSPOSE, NO_TRANSPOSE, m, n, k, aAt, bAt, cAt, true);
    }

    /**
     * Computes {@code c = a b}, or {@code c = c + a b}, in one call, of row-major a {@code [m, k]}, b {@code [k, n]}
     * and c {@code [m, n]} in memory of anybody's. Moves the pointers of a and c, and leaves b's as it is, so that
     * threads may share it.
     *
     * @param aAt where a begins in its memory
     * @param aStep leading dimension of a
     * @param b begins at the matrix
     * @param bStep leading dimension of b
     * @param add whether to add to c
     * @param cAt where c begins in its memory
     * @param cStep leading dimension of c
     */
    public static void multiply(
            int m,
            int n,
            int k,
            FloatPointer a,
            long aAt,
            int aStep,
            FloatPointer b,
            int bStep,
            boolean add,
            FloatPointer c,
            long cAt,
            int cStep) {
        float beta = add ? 1f : 0f;
        call(NO_TRANSPOSE, NO_TRANSPOSE, m, n, k, a.position(aAt), aStep, b, bStep, beta, c.position(cAt), cStep);
    }

    /**
     * Computes {@code c = aᵀ b} in one call, of row-major a {@code [k, m]}, b {@code [k, n]} and c {@code [m, n]} in
     * memory of anybody's. Moves the pointers of a and c to their begin, and leaves b's as it is, so that threads may
     * share it.
     */
    public static void multiplyTransposed(int m, int n, int k, FloatPointer a, FloatPointer b, FloatPointer c) {
        call(TRANSPOSE, NO_TRANSPOSE, m, n, k, a.position(0), m, b, n, 0f, c.position(0), n);
    }

    /**
     * Computes {@code c = a b} in one call, of row-major a {@code [m, k]}, b {@code [k, n]} and c {@code [m, n]} in
     * memory of anybody's. Moves the pointers of b and c, and leaves a's as it is, so that threads may share it.
     *
     * @param a begins at the matrix, whose leading dimension is k
     * @param bAt where b begins in its memory
     * @param bStep leading dimension of b
     * @param cAt where c begins in its memory
     * @param cStep leading dimension of c
     */
    public static void multiplyFromLeft(
            int m,
            int n,
            int k,
            FloatPointer a,
            FloatPointer b,
            long bAt,
            int bStep,
            FloatPointer c,
            long cAt,
            int cStep) {
        call(NO_TRANSPOSE, NO_TRANSPOSE, m, n, k, a, k, b.position(bAt), bStep, 0f, c.position(cAt), cStep);
    }

    private void run(int transposed, int m, int n, int k, long aAt, long bAt, long cAt, boolean add) {
        run(NO_TRANSPOSE, transposed, m, n, k, aAt, bAt, cAt, add);
    }

    private void run(int aForm, int bForm, int m, int n, int k, long aAt, long bAt, long cAt, boolean add) {
        call(
                aForm,
                bForm,
                m,
                n,
                k,
                a.position(aAt),
                aStep,
                b.position(bAt),
                bStep,
                add ? 1f : 0f,
                c.position(cAt),
                cStep);
    }

    /** Computes {@code c = a b + beta c}, of matrices at the positions of their pointers. */
    private static void call(
            int aForm,
            int bForm,
            int m,
            int n,
            int k,
            FloatPointer a,
            int aStep,
            FloatPointer b,
            int bStep,
            float beta,
            FloatPointer c,
            int cStep) {
        try {
            SGEMM.invokeExact(ROW_MAJOR, aForm, bForm, m, n, k, 1f, a, aStep, b, bStep, beta, c, cStep);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e); // it declares none
        }
    }
}
