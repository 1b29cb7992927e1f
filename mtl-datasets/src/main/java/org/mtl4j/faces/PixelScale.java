package org.mtl4j.faces;

/** Scales the gray levels of a crop to the numbers that a network sees. */
public enum PixelScale {
    /**
     * Each crop by itself to mean 0 and variance 1 (over its pixels): {@code (gray - mean) / max(1, deviation)}. A crop
     * with a standard deviation below one gray level is only centred, so a flat one becomes all 0.
     */
    STANDARDIZED {
        @Override
        void write(byte[] gray, int from, int count, float[] to, int at) {
            long sum = 0;
            long squares = 0;
            for (int start = from; start < from + count; start += SUMMED) {
                long both = sums(gray, start, Math.min(from + count, start + SUMMED));
                sum += both >>> 32;
                squares += both & 0xffffffffL;
            }
            double mean = (double) sum / count;
            double variance = (squares * (double) count - (double) sum * sum) / ((double) count * count);
            double deviation = Math.max(1, Math.sqrt(Math.max(0, variance)));
            look(gray, from, count, standardized(mean, deviation), to, at); // there are fewer levels than pixels
        }
    },

    /** {@code gray / 255}: 0 black to 1 white. */
    UNIT_RANGE {
        @Override
        void write(byte[] gray, int from, int count, float[] to, int at) {
            look(gray, from, count, FRACTIONS, to, at);
        }
    };

    private static final int LEVELS = 256;

    /** So many squares of gray levels have a sum of less than 2 to the power of 32. */
    private static final int SUMMED = 32768;

    private static final float[] FRACTIONS = new float[LEVELS];

    private static final double[] NUMBERS = new double[LEVELS];

    /** By level the level, in the upper 32 bits, and its square. */
    private static final long[] WITH_SQUARES = new long[LEVELS];

    static {
        for (int level = 0; level < LEVELS; level++) {
            FRACTIONS[level] = level / 255f;
            NUMBERS[level] = level;
            WITH_SQUARES[level] = (long) level << 32 | level * level;
        }
    }

    /** {@return the number for each gray level} Divides vectors, and rounds afterwards. */
    private static float[] standardized(double mean, double deviation) {
        double[] exact = new double[LEVELS];
        for (int level = 0; level < exact.length; level++) {
            exact[level] = (NUMBERS[level] - mean) / deviation;
        }
        float[] scaled = new float[LEVELS];
        for (int level = 0; level < scaled.length; level++) {
            scaled[level] = (float) exact[level];
        }
        return scaled;
    }

    private static void look(byte[] gray, int from, int count, float[] scaled, float[] to, int at) {
        for (int i = 0; i < count; i++) {
            to[at + i] = scaled[gray[from + i] & 0xff];
        }
    }

    /** {@return the sum of gray levels in the upper 32 bits, and that of their squares, in four chains of additions} */
    private static long sums(byte[] gray, int from, int end) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        int i = from;
        for (; i <= end - 4; i += 4) {
            a += WITH_SQUARES[gray[i] & 0xff];
            b += WITH_SQUARES[gray[i + 1] & 0xff];
            c += WITH_SQUARES[gray[i + 2] & 0xff];
            d += WITH_SQUARES[gray[i + 3] & 0xff];
        }
        for (; i < end; i++) {
            a += WITH_SQUARES[gray[i] & 0xff];
        }
        return a + b + c + d;
    }

    /** Scales {@code count} gray levels that start at {@code from} and writes them to {@code to} from {@code at} on. */
    abstract void write(byte[] gray, int from, int count, float[] to, int at);
}
