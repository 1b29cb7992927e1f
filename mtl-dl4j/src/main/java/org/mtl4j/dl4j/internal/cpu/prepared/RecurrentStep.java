package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Runs a recurrent cell over sequences {@code [steps, in]}: first the products of all steps of all examples with the
 * weights of the input, then, step by step, those of the states. Steps that a mask leaves out keep the state and give
 * 0.
 */
final class RecurrentStep extends PreparedStep {
    private static final int TILE = 16_384;

    private final boolean lstm;
    private final int units;
    private final int steps;
    private final Factor ofInput;
    private final Factor ofState;
    private final float[] bias;
    private final float @Nullable [] stateBias;
    private final int input;
    private final int mask;
    private final int output;
    private final int gates;
    private final int state;
    private final int cell;

    /**
     * Prepares.
     *
     * @param stateBias of the candidate of a GRU; null for an LSTM
     * @param mask slot; -1 for none
     * @param gates slot for {@code [steps, gates]} of each example
     * @param state slot for {@code [units]} of each example
     * @param cell slot for as much
     */
    RecurrentStep(
            boolean lstm,
            int steps,
            Factor ofInput,
            Factor ofState,
            float[] bias,
            float @Nullable [] stateBias,
            int input,
            int mask,
            int output,
            int gates,
            int state,
            int cell) {
        this.lstm = lstm;
        this.steps = steps;
        this.units = ofState.inner;
        this.ofInput = ofInput;
        this.ofState = ofState;
        this.bias = bias;
        this.stateBias = stateBias;
        this.input = input;
        this.mask = mask;
        this.output = output;
        this.gates = gates;
        this.state = state;
        this.cell = cell;
    }

    private int most() {
        return Math.max(1, TILE / Math.max(ofInput.inner, ofInput.columns));
    }

    @Override
    void needs(Frame.Needs needs, int block) {
        needs.stage(most() * ofInput.inner, most() * ofInput.columns);
        needs.stage(block * units, block * ofState.columns);
        needs.tile(1, block * ofState.columns);
    }

    @Override
    void run(Frame frame, int examples) {
        float[] ofGates = frame.values[gates];
        int width = ofInput.columns;
        int rows = examples * steps;
        int most = most();
        for (int first = 0; first < rows; first += most) {
            int count = Math.min(most, rows - first);
            frame.staging.put(0, frame.values[input], first * ofInput.inner, count * ofInput.inner);
            ofInput.multiply(frame.staging, count);
            frame.staging.get(0, ofGates, first * width, count * width);
        }
        for (int row = 0; row < rows; row++) {
            Loops.add(bias, 0, ofGates, row * width, width);
        }
        float[] h = frame.values[state];
        float[] c = frame.values[cell];
        Arrays.fill(h, 0, examples * units, 0);
        Arrays.fill(c, 0, examples * units, 0);
        float[] to = frame.values[output];
        float[] product = frame.tiles[0];
        for (int step = 0; step < steps; step++) {
            frame.staging.put(0, h, 0, examples * units);
            ofState.multiply(frame.staging, examples);
            frame.staging.get(0, product, 0, examples * width);
            for (int example = 0; example < examples; example++) {
                int place = example * steps + step;
                if (mask >= 0 && frame.values[mask][place] == 0) {
                    Arrays.fill(to, place * units, (place + 1) * units, 0);
                } else {
                    if (lstm) {
                        lstm(ofGates, place * width, product, example, h, c);
                    } else {
                        gru(ofGates, place * width, product, example, h);
                    }
                    System.arraycopy(h, example * units, to, place * units, units);
                }
            }
        }
    }

    private void lstm(float[] ofInputs, int at, float[] ofStates, int example, float[] h, float[] c) {
        int own = example * 4 * units;
        for (int u = 0; u < units; u++) {
            double i = sigmoid(ofInputs[at + u] + ofStates[own + u]);
            double f = sigmoid(ofInputs[at + units + u] + ofStates[own + units + u]);
            double o = sigmoid(ofInputs[at + 2 * units + u] + ofStates[own + 2 * units + u]);
            double g = Math.tanh(ofInputs[at + 3 * units + u] + ofStates[own + 3 * units + u]);
            double next = f * c[example * units + u] + i * g;
            c[example * units + u] = (float) next;
            h[example * units + u] = (float) (o * Math.tanh(next));
        }
    }

    private void gru(float[] ofInputs, int at, float[] ofStates, int example, float[] h) {
        int own = example * 3 * units;
        for (int u = 0; u < units; u++) {
            double r = sigmoid(ofInputs[at + u] + ofStates[own + u]);
            double z = sigmoid(ofInputs[at + units + u] + ofStates[own + units + u]);
            double d = stateBias == null ? 0 : stateBias[u];
            double n = Math.tanh(ofInputs[at + 2 * units + u] + r * (ofStates[own + 2 * units + u] + d));
            h[example * units + u] = (float) (n + z * (h[example * units + u] - n));
        }
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
