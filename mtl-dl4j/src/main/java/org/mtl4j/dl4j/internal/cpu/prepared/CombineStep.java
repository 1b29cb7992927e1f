package org.mtl4j.dl4j.internal.cpu.prepared;

/** Computes number by number of several values. */
final class CombineStep extends PreparedStep {
    private final CombineKind kind;
    private final int size;
    private final int[] inputs;
    private final int output;

    CombineStep(CombineKind kind, int size, int[] inputs, int output) {
        this.kind = kind;
        this.size = size;
        this.inputs = inputs;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        int count = examples * size;
        float[] to = frame.values[output];
        System.arraycopy(frame.values[inputs[0]], 0, to, 0, count);
        for (int t = 1; t < inputs.length; t++) {
            float[] from = frame.values[inputs[t]];
            switch (kind) {
                case ADD, AVERAGE -> Loops.add(from, 0, to, 0, count);
                case SUBTRACT -> Loops.subtract(from, to, count);
                case MULTIPLY -> Loops.multiply(from, to, count);
                case MAXIMUM -> Loops.maximum(from, to, count);
            }
        }
        if (kind == CombineKind.AVERAGE) {
            Loops.multiply(1f / inputs.length, to, 0, count);
        }
    }
}
