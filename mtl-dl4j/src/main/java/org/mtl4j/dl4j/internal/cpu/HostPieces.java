package org.mtl4j.dl4j.internal.cpu;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Number by number, from arrays to another that lies as they do, a piece at a time that stays in the nearest cache. */
public final class HostPieces {
    /** Of a piece; 4 KiB. Larger ones are no faster, and are cleared each time they are made. */
    public static final int NUMBERS = 1 << 10;

    private HostPieces() {}

    /** What is done with the first {@code count} numbers of a piece. */
    @FunctionalInterface
    public interface Change {
        /** Changes the numbers in place. */
        void apply(float[] numbers, int count);
    }

    @FunctionalInterface
    private interface Pieces {
        void from(int start, float[] numbers, int count);
    }

    /**
     * Whether numbers at one place of these arrays are at one place in memory too, in c order or with channels last.
     *
     * @return false if they differ in shape, or are not in the memory of a CPU
     */
    public static boolean match(INDArray first, INDArray second) {
        return first.equalShapes(second) && (HostMemory.holds(first, second) || ChannelsLast.holds(first, second));
    }

    /** {@code out = max(0, in)}. */
    public static void rectify(INDArray in, INDArray out) {
        change(in, out, NUMBERS, (numbers, count) -> {
            for (int i = 0; i < count; i++) {
                numbers[i] = Math.max(0, numbers[i]);
            }
        });
    }

    /**
     * {@code out = change(in)}.
     *
     * @param size of a piece, at most; every example starts a new one
     */
    public static void change(INDArray in, INDArray out, int size, Change change) {
        FloatBuffer source = HostMemory.floats(in);
        over(out, size, () -> (start, numbers, count) -> {
            source.get(start, numbers, 0, count);
            change.apply(numbers, count);
        });
        HostMemory.usedUntilHere(in, out);
    }

    /** {@code out = first + second}. */
    public static void add(INDArray first, INDArray second, INDArray out) {
        FloatBuffer a = HostMemory.floats(first);
        FloatBuffer b = HostMemory.floats(second);
        over(out, NUMBERS, () -> {
            float[] others = new float[NUMBERS];
            return (start, numbers, count) -> {
                a.get(start, numbers, 0, count);
                b.get(start, others, 0, count);
                for (int i = 0; i < count; i++) {
                    numbers[i] += others[i];
                }
            };
        });
        HostMemory.usedUntilHere(first, second, out);
    }

    /** {@code out = y > 0 ? epsilon : 0}, an example at a time, by bit patterns, which leaves no branches. All lie alike. */
    public static void keepWherePositive(INDArray y, INDArray epsilon, INDArray out) {
        int batch = (int) y.size(0);
        int each = (int) (y.length() / batch);
        IntBuffer values = HostMemory.bits(y);
        IntBuffer gradients = HostMemory.bits(epsilon);
        IntBuffer results = HostMemory.bits(out);
        HostLoop.over(batch, HostLoop.parts(batch, y.length()), (part, from, to) -> {
            int[] value = new int[each];
            int[] gradient = new int[each];
            for (int n = from; n < to; n++) {
                values.get(n * each, value);
                gradients.get(n * each, gradient);
                for (int i = 0; i < each; i++) {
                    gradient[i] &= (-value[i] & ~value[i]) >> 31; // all ones for patterns above 0, 0 for 0 and -0
                }
                results.put(n * each, gradient);
            }
        });
        HostMemory.usedUntilHere(y, epsilon, out);
    }

    private static void over(INDArray out, int size, java.util.function.Supplier<Pieces> perThread) {
        FloatBuffer target = HostMemory.floats(out);
        int batch = (int) out.size(0);
        int each = (int) (out.length() / batch);
        HostLoop.over(batch, HostLoop.parts(batch, out.length()), (part, from, to) -> {
            Pieces pieces = perThread.get();
            float[] numbers = new float[size];
            for (int example = from; example < to; example++) {
                int end = (example + 1) * each;
                for (int start = example * each; start < end; start += size) {
                    int count = Math.min(size, end - start);
                    pieces.from(start, numbers, count);
                    target.put(start, numbers, 0, count);
                }
            }
        });
    }
}
