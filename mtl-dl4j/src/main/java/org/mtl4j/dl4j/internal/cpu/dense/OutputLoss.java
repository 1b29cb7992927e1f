package org.mtl4j.dl4j.internal.cpu.dense;

/**
 * Computes a loss, and its gradient with respect to what the activation of the outputs is computed from, row by row in
 * one pass: in single precision, with the loss summed in double precision.
 */
public abstract class OutputLoss {
    private OutputLoss() {}

    /**
     * {@return the cross entropy of a softmax; its gradient is {@code softmax(z) - labels}}
     *
     * @param clipping probabilities are taken for at least this, and at most 1 less it, in the loss; 0 for none
     */
    public static OutputLoss softmaxCrossEntropy(double clipping) {
        return new Softmax(clipping);
    }

    /**
     * {@return the cross entropy of sigmoids, summed over the outputs}
     *
     * @param clipping probabilities are taken for at least this, and at most 1 less it; 0 for none
     */
    public static OutputLoss sigmoidCrossEntropy(double clipping) {
        return new Sigmoid(clipping);
    }

    /** {@return the mean over the outputs of squared errors, without an activation} */
    public static OutputLoss meanSquaredError() {
        return new Squares();
    }

    /**
     * Computes both.
     *
     * @param z outputs before the activation, {@code [batch, outputs]}; receives the gradient of the sum over examples
     * @param labels of the same shape
     * @return the sum over the examples
     */
    public double run(HostMatrix z, HostMatrix labels) {
        int outputs = z.columns();
        int most = Math.min(z.rowsOf(DenseKernel.BLOCK), labels.rowsOf(DenseKernel.BLOCK));
        float[] numbers = new float[most * outputs];
        float[] wanted = new float[most * outputs];
        double sum = 0;
        for (int from = 0; from < z.rows(); from += most) {
            int count = Math.min(most, z.rows() - from);
            z.read(from, count, numbers);
            labels.read(from, count, wanted);
            sum += rows(numbers, wanted, count, outputs);
            z.write(from, count, numbers);
        }
        return sum;
    }

    /** Puts the gradients of some rows in the place of the outputs, and returns the sum of their losses. */
    abstract double rows(float[] z, float[] labels, int rows, int outputs);

    /** Keeps probabilities away from 0 and 1, or leaves them. */
    private static final class Clipping {
        private final boolean clips;
        private final float least;
        private final float largest;

        Clipping(double clipping) {
            clips = clipping > 0;
            least = (float) clipping;
            largest = (float) (1 - clipping);
        }

        float of(float p) {
            if (!clips) {
                return p;
            }
            return p < least ? least : p > largest ? largest : p; // what is not a number stays so
        }
    }

    private static final class Softmax extends OutputLoss {
        private final Clipping clipping;

        Softmax(double clipping) {
            this.clipping = new Clipping(clipping);
        }

        @Override
        double rows(float[] z, float[] labels, int rows, int outputs) {
            double sum = 0;
            for (int at = 0; at < rows * outputs; at += outputs) {
                softmax(z, at, at + outputs);
                for (int i = at; i < at + outputs; i++) {
                    float p = z[i];
                    if (labels[i] != 0) { // NaN is not 0
                        sum -= labels[i] * Math.log(clipping.of(p));
                    }
                    z[i] = p - labels[i];
                }
            }
            return sum;
        }

        private static void softmax(float[] numbers, int from, int to) {
            float largest = numbers[from];
            for (int i = from + 1; i < to; i++) {
                largest = Math.max(largest, numbers[i]);
            }
            float sum = 0;
            for (int i = from; i < to; i++) {
                numbers[i] = (float) Math.exp(numbers[i] - largest);
                sum += numbers[i];
            }
            for (int i = from; i < to; i++) {
                numbers[i] /= sum;
            }
        }
    }

    private static final class Sigmoid extends OutputLoss {
        private final Clipping clipping;

        Sigmoid(double clipping) {
            this.clipping = new Clipping(clipping);
        }

        @Override
        double rows(float[] z, float[] labels, int rows, int outputs) {
            double sum = 0;
            for (int i = 0; i < rows * outputs; i++) {
                float p = (float) (1 / (1 + Math.exp(-z[i])));
                float clipped = clipping.of(p);
                double y = labels[i];
                sum -= y * Math.log(clipped) + (1 - y) * Math.log(1f - clipped);
                z[i] = (clipped - labels[i]) / (clipped * (1 - clipped)) * (p * (1 - p));
            }
            return sum;
        }
    }

    private static final class Squares extends OutputLoss {
        @Override
        double rows(float[] z, float[] labels, int rows, int outputs) {
            float slope = 2f / outputs;
            double sum = 0;
            for (int i = 0; i < rows * outputs; i++) {
                float error = z[i] - labels[i];
                sum += error * error; // what has no square in single precision is not finite
                z[i] = slope * error;
            }
            return sum / outputs;
        }
    }
}
