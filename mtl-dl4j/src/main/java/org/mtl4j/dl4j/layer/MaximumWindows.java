package org.mtl4j.dl4j.layer;

/**
 * Sends the gradient of maxima over separate windows to the places of the maxima. Floating-point numbers are handled as their
 * bit patterns: integer comparisons have no branches for the special cases of floating-point ones, and the wrong guesses of
 * those cost most of the time.
 */
final class MaximumWindows {
    private MaximumWindows() {}

    /** A pattern that orders as the numbers do, the same again when applied twice. */
    private static int ordered(int bits) {
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    /** All ones where the two differ, 0 where they are equal. */
    private static int differs(int a, int b) {
        int d = a ^ b;
        return (d | -d) >> 31;
    }

    /**
     * Windows of any size on one plane.
     *
     * @param in the plane, rows of {@code width}
     * @param eps gradient of each window, rows of {@code columns}
     * @param rectified whether windows without a number above 0 get nothing
     * @param out receives the gradients; places outside of windows are left alone
     */
    static void spread(
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

    /** Windows of 2×2, of which those without a number above 0 get nothing. */
    static void spreadRectifiedPairs(int[] in, int width, int[] eps, int rows, int columns, int[] out) {
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

    /** {@code row = ordered(row)}: patterns of which the larger is that of the larger number, and back again. */
    static void order(int[] row, int count) {
        for (int i = 0; i < count; i++) {
            row[i] = ordered(row[i]);
        }
    }

    /** {@code most = max(most, row)}. */
    static void larger(int[] row, int[] most, int count) {
        for (int i = 0; i < count; i++) {
            most[i] = Math.max(most[i], row[i]);
        }
    }

    /** The same for a most that is at least 0, where differences cannot overflow: by arithmetic, which is vectorised. */
    static void largerPositive(int[] row, int[] most, int count) {
        for (int i = 0; i < count; i++) {
            int less = most[i] - (row[i] & ~(row[i] >> 31));
            most[i] -= less & less >> 31;
        }
    }

    /** {@code place = p} wherever the row holds the most. */
    static void place(int[] row, int[] most, int p, int[] place) {
        for (int i = 0; i < place.length; i++) {
            int other = differs(row[i], most[i]);
            place[i] = place[i] & other | p & ~other;
        }
    }

    /** {@code place = -1} wherever the most, which is at least 0, is 0. */
    static void close(int[] most, int[] place) {
        for (int i = 0; i < place.length; i++) {
            place[i] |= most[i] - 1 >> 31;
        }
    }

    /** {@code out = place == p ? eps : 0}. */
    static void atPlace(int[] place, int p, int[] eps, int[] out) {
        for (int i = 0; i < out.length; i++) {
            out[i] = eps[i] & ~differs(place[i], p);
        }
    }

    /** {@code rest = most > 0 ? rest : 0}, for a most that is at least 0. */
    static void keepOpen(int[] most, int[] rest, int count) {
        for (int i = 0; i < count; i++) {
            rest[i] &= -most[i] >> 31;
        }
    }

    /** Where the row holds the most, it gets the rest, and nothing is left; elsewhere it gets 0. */
    static void give(int[] row, int[] most, int[] rest, int count) {
        for (int i = 0; i < count; i++) {
            int other = differs(row[i], most[i]);
            row[i] = rest[i] & ~other;
            rest[i] &= other;
        }
    }
}
