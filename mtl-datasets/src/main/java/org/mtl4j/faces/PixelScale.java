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
                int end = Math.min(from + count, start + SUMMED);
                int part = 0; // in 32 bits, which is faster
                int squaresOfPart = 0;
                for (int i = start; i < end; i++) {
                    int value = gray[i] & 0xff;
                    part += value;
                    squaresOfPart += value * value;
                }
                sum += part;
                squares += squaresOfPart;
            }
            double mean = (double) sum / count;
            double variance = (squares * (double) count - (double) sum * sum) / ((double) count * count);
            double deviation = Math.max(1, Math.sqrt(Math.max(0, variance)));
            float[] scaled = new float[LEVELS]; // there are fewer levels than pixels
            for (int level = 0; level < LEVELS; level++) {
                scaled[level] = (float) ((level - mean) / deviation);
            }
            for (int i = 0; i < count; i++) {
                to[at + i] = scaled[gray[from + i] & 0xff];
            }
        }
    },

    /** {@code gray / 255}: 0 black to 1 white. */
    UNIT_RANGE {
        @Override
        void write(byte[] gray, int from, int count, float[] to, int at) {
            for (int i = 0; i < count; i++) {
                to[at + i] = FRACTIONS[gray[from + i] & 0xff];
            }
        }
    };

    private static final int LEVELS = 256;

    /** So many squares of gray levels have a sum of less than 2 to the power of 31. */
    private static final int SUMMED = 32768;

    private static final float[] FRACTIONS = new float[LEVELS];

    static {
        for (int level = 0; level < LEVELS; level++) {
            FRACTIONS[level] = level / 255f;
        }
    }

    /** Scales {@code count} gray levels that start at {@code from} and writes them to {@code to} from {@code at} on. */
    abstract void write(byte[] gray, int from, int count, float[] to, int at);
}
