package org.mtl4j.dl4j.internal.cpu.prepared;

/** A function of single numbers, applied to many. */
@FunctionalInterface
public interface NumberFunction {
    /** Applies it to the first numbers of an array; {@code to} may be {@code from}. */
    void apply(float[] from, float[] to, int count);

    /** A function of one number. */
    @FunctionalInterface
    interface OfOne {
        /** {@return what it is of this number} */
        double of(double x);
    }

    /** {@return the function that applies another one by one, in double precision} */
    static NumberFunction each(OfOne function) {
        return (from, to, count) -> {
            for (int i = 0; i < count; i++) {
                to[i] = (float) function.of(from[i]);
            }
        };
    }

    /**
     * {@return the function that is {@code max} from there on, the number itself from the threshold on, and
     * {@code slope} times its distance to the threshold below}
     */
    static NumberFunction rectify(float slope, float threshold, float max) {
        if (slope == 0 && threshold == 0 && max == Float.POSITIVE_INFINITY) {
            return (from, to, count) -> Loops.rectify(from, 0, to, 0, count);
        }
        return (from, to, count) -> {
            for (int i = 0; i < count; i++) {
                float x = from[i];
                to[i] = x >= max ? max : x >= threshold ? x : slope * (x - threshold);
            }
        };
    }
}
