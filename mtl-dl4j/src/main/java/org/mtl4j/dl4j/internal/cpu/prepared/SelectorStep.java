package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;

/** Computes the weights of a DSelect-k gate of its logits: the bits of each selector, then the selectors' own. */
final class SelectorStep extends PreparedStep {
    private final int experts;
    private final int selectors;
    private final int bits;
    private final float gamma;
    private final int input;
    private final int output;

    SelectorStep(int experts, int selectors, int bits, float gamma, int input, int output) {
        this.experts = experts;
        this.selectors = selectors;
        this.bits = bits;
        this.gamma = gamma;
        this.input = input;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        float[] logits = frame.values[input];
        float[] to = frame.values[output];
        int each = selectors * bits + selectors;
        for (int example = 0; example < examples; example++) {
            int at = example * each;
            Arrays.fill(to, example * experts, (example + 1) * experts, 0);
            double most = Double.NEGATIVE_INFINITY;
            for (int s = 0; s < selectors; s++) {
                most = Math.max(most, logits[at + selectors * bits + s]);
            }
            double sum = 0;
            for (int s = 0; s < selectors; s++) {
                sum += Math.exp(logits[at + selectors * bits + s] - most);
            }
            for (int s = 0; s < selectors; s++) {
                double share = Math.exp(logits[at + selectors * bits + s] - most) / sum;
                for (int e = 0; e < experts; e++) {
                    to[example * experts + e] += (float) (share * chosen(logits, at + s * bits, e));
                }
            }
        }
    }

    private double chosen(float[] logits, int at, int expert) {
        double product = 1;
        for (int b = 0; b < bits; b++) {
            double step = smooth(logits[at + b]);
            product *= (expert >> (bits - 1 - b) & 1) == 1 ? step : 1 - step;
        }
        return product;
    }

    private double smooth(double logit) {
        if (logit <= -gamma / 2) {
            return 0;
        }
        if (logit >= gamma / 2) {
            return 1;
        }
        double u = logit / gamma;
        return -2 * u * u * u + 1.5 * u + 0.5;
    }
}
