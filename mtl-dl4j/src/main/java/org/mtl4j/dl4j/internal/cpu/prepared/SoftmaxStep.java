package org.mtl4j.dl4j.internal.cpu.prepared;

/** Computes the softmax along one dimension. */
final class SoftmaxStep extends PreparedStep {
    private final int size;
    private final int count;
    private final int stride;
    private final int input;
    private final int output;

    /**
     * Prepares.
     *
     * @param size of an example
     * @param count of numbers along the dimension
     * @param stride from one of them to the next
     */
    SoftmaxStep(int size, int count, int stride, int input, int output) {
        this.size = size;
        this.count = count;
        this.stride = stride;
        this.input = input;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        float[] from = frame.values[input];
        float[] to = frame.values[output];
        int all = examples * size;
        for (int outer = 0; outer < all; outer += count * stride) {
            for (int inner = 0; inner < stride; inner++) {
                along(from, to, outer + inner);
            }
        }
    }

    private void along(float[] from, float[] to, int at) {
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            most = Math.max(most, from[at + i * stride]);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            float less = from[at + i * stride] - most;
            double e = less == 0 ? 1 : Math.exp(less); // that of the largest is known
            to[at + i * stride] = (float) e;
            sum += e;
        }
        for (int i = 0; i < count; i++) {
            to[at + i * stride] = (float) (to[at + i * stride] / sum);
        }
    }
}
