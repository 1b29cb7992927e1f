package org.mtl4j.dl4j.internal.cpu.pooling;

/**
 * Contains the inner loops of max pooling and its gradient, on the IEEE 754 bit patterns of numbers. Comparing integers
 * has none of the branches for the special cases of floating-point numbers, whose mispredictions would cost most of the
 * time.
 */
public final class MaxPoolingLoops {
    private MaxPoolingLoops() {}

    /** Maps a pattern to an integer that is ordered as the numbers are; applied twice, it gives the pattern again. */
    private static int ordered(int bits) {
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    /** Returns all ones if the two differ, 0 if they are equal. */
    private static int differs(int a, int b) {
        int d = a ^ b;
        return (d | -d) >> 31;
    }

    /**
     * Computes the gradient with respect to one plane, for windows of any size that do not overlap.
     *
     * @param in the plane, rows of {@code width}
     * @param eps gradient of each window, rows of {@code columns}
     * @param rectified whether the maximum goes through ReLU, so that windows without a number above 0 get no gradient
     * @param out receives the gradients; positions outside of windows are left alone
     */
    static void planeGradient(
            int[] in,
            int width,
            int[] eps,
            int rows,
            int columns,
            int windowHeight,
            int windowWidth,
            boolean rectified,
            int[] out) {
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int corner = row * windowHeight * width + column * windowWidth;
                int largest = Integer.MIN_VALUE;
                for (int i = 0; i < windowHeight; i++) {
                    for (int j = 0; j < windowWidth; j++) {
                        largest = Math.max(largest, ordered(in[corner + i * width + j]));
                    }
                }
                int rest = rectified && largest <= 0 ? 0 : eps[row * columns + column];
                for (int i = 0; i < windowHeight; i++) {
                    for (int j = 0; j < windowWidth; j++) {
                        int place = corner + i * width + j;
                        int other = differs(ordered(in[place]), largest);
                        out[place] = rest & ~other;
                        rest &= other;
                    }
                }
            }
        }
    }

    /** Computes the gradient with respect to one plane for windows of 2×2 whose maximum goes through ReLU. */
    static void planeGradientRectified2x2(int[] in, int width, int[] eps, int rows, int columns, int[] out) {
        for (int row = 0; row < rows; row++) {
            int top = 2 * row * width;
            int bottom = top + width;
            int q = row * columns;
            for (int column = 0; column < columns; column++, top += 2, bottom += 2) {
                int a = in[top];
                int b = in[top + 1];
                int c = in[bottom];
                int d = in[bottom + 1];
                // negative numbers are negative patterns, so they all lose against 0
                int largest = Math.max(Math.max(Math.max(a, b), Math.max(c, d)), 0);
                int rest = eps[q + column] & (-largest >> 31);
                int other = differs(a, largest);
                out[top] = rest & ~other;
                rest &= other;
                other = differs(b, largest);
                out[top + 1] = rest & ~other;
                rest &= other;
                other = differs(c, largest);
                out[bottom] = rest & ~other;
                out[bottom + 1] = rest & other;
            }
        }
    }

    /** Maps patterns to integers that are ordered as the numbers are, or back. */
    static void toggleOrdered(int[] row, int count) {
        for (int i = 0; i < count; i++) {
            row[i] = ordered(row[i]);
        }
    }

    /** Computes {@code most = max(most, row)} of ordered integers. */
    static void max(int[] row, int[] most, int count) {
        for (int i = 0; i < count; i++) {
            most[i] = Math.max(most[i], row[i]);
        }
    }

    /**
     * Computes {@code most = max(most, row)} of patterns, for a most of at least 0: differences cannot overflow, so it
     * is vectorised.
     */
    public static void maxPositive(int[] row, int[] most, int count) {
        for (int i = 0; i < count; i++) {
            int less = most[i] - (row[i] & ~(row[i] >> 31));
            most[i] -= less & less >> 31;
        }
    }

    /** Sets {@code place = p} wherever the row holds the maximum. */
    public static void markMaximum(int[] row, int[] most, int p, int[] place, int count) {
        for (int i = 0; i < count; i++) {
            int other = differs(row[i], most[i]);
            place[i] = place[i] & other | p & ~other;
        }
    }

    /** Sets {@code place = -1} wherever the maximum, which is at least 0, is 0. */
    public static void unmarkZeros(int[] most, int[] place, int count) {
        for (int i = 0; i < count; i++) {
            place[i] |= most[i] - 1 >> 31;
        }
    }

    /** Packs places, -1 to 127, four into an int each: {@code count} from each quarter of the array. */
    public static void pack(int[] places, int[] packed, int at, int count) {
        for (int i = 0; i < count; i++) {
            packed[at + i] = places[i] & 0xff
                    | (places[i + count] & 0xff) << 8
                    | (places[i + 2 * count] & 0xff) << 16
                    | places[i + 3 * count] << 24;
        }
    }

    /** Unpacks them. */
    public static void unpack(int[] packed, int at, int count, int[] places) {
        for (int i = 0; i < count; i++) {
            int four = packed[at + i];
            places[i] = four << 24 >> 24;
            places[i + count] = four << 16 >> 24;
            places[i + 2 * count] = four << 8 >> 24;
            places[i + 3 * count] = four >> 24;
        }
    }

    /** Computes {@code out = place == p ? eps : 0}. */
    public static void selectMarked(int[] place, int p, int[] eps, int[] out) {
        for (int i = 0; i < out.length; i++) {
            out[i] = eps[i] & ~differs(place[i], p);
        }
    }

    /** Computes {@code rest = most > 0 ? rest : 0}, for a maximum of at least 0. */
    static void reluBackward(int[] most, int[] rest, int count) {
        for (int i = 0; i < count; i++) {
            rest[i] &= -most[i] >> 31;
        }
    }

    /** Moves the gradient to where the row holds the maximum, and sets the row to 0 elsewhere. */
    static void moveToMaximum(int[] row, int[] most, int[] rest, int count) {
        for (int i = 0; i < count; i++) {
            int other = differs(row[i], most[i]);
            row[i] = rest[i] & ~other;
            rest[i] &= other;
        }
    }
}
