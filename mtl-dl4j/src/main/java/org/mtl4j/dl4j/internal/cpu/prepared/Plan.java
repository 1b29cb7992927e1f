package org.mtl4j.dl4j.internal.cpu.prepared;

import java.nio.FloatBuffer;

/**
 * Computes a network as prepared steps, a block of examples at a time. Shared by threads: each calls it with a frame
 * that nobody else uses meanwhile. Built by {@link PlanBuilder}.
 */
public final class Plan {
    /** Names one place of numbers from outside. */
    record Place(int slot, int size) {}

    private final PreparedStep[] steps;
    private final Place[] inputs;
    private final Place[] outputs;
    private final int[] slotSizes;
    private final int[] shared;
    private final int block;
    private final long cost;
    private final Products products;
    private final Frame.Needs needs = new Frame.Needs();

    /** @param shared by slot which of the arrays it has; of two that are never needed at once it may be one */
    Plan(
            PreparedStep[] steps,
            Place[] inputs,
            Place[] outputs,
            int[] slotSizes,
            int[] shared,
            int block,
            long cost,
            Products products) {
        this.steps = steps;
        this.inputs = inputs;
        this.outputs = outputs;
        this.slotSizes = slotSizes;
        this.shared = shared;
        this.block = block;
        this.cost = cost;
        this.products = products;
        for (PreparedStep step : steps) {
            step.needs(needs, block);
        }
    }

    /** {@return how many examples are computed at a time} */
    public int block() {
        return block;
    }

    /** {@return about how many multiplications an example takes} */
    public long cost() {
        return cost;
    }

    /** {@return by what products are computed} */
    public Products products() {
        return products;
    }

    /** Has the memory of one call at a time. */
    public static final class Memory {
        private final Frame frame;
        private final SharedSteps shared;

        private Memory(Frame frame, SharedSteps shared) {
            this.frame = frame;
            this.shared = shared;
        }

        /** {@return the steps of a call in this memory, for threads that help with it} */
        public SharedSteps shared() {
            return shared;
        }
    }

    /** {@return memory for a call} */
    public Memory memory() {
        int arrays = 0;
        for (int array : shared) {
            arrays = Math.max(arrays, array + 1);
        }
        int[] sizes = new int[arrays];
        for (int slot = 0; slot < shared.length; slot++) {
            sizes[shared[slot]] = Math.max(sizes[shared[slot]], Math.multiplyExact(block, slotSizes[slot]));
        }
        Frame real = new Frame(sizes, products, needs);
        float[][] bySlot = new float[shared.length][];
        for (int slot = 0; slot < shared.length; slot++) {
            bySlot[slot] = real.values[shared[slot]];
        }
        Frame frame = real.withValues(bySlot);
        return new Memory(
                frame, new SharedSteps(steps, frame, () -> new Frame(new int[0], products, needs).withValues(bySlot)));
    }

    /**
     * Computes some examples of a batch.
     *
     * @param in by input the numbers of the whole batch, from the buffer's position on, in c order
     * @param first number of the first of the examples in the batch
     * @param examples how many, at most {@link #block}
     * @param out by output, likewise
     */
    public void run(Memory memory, FloatBuffer[] in, int first, int examples, FloatBuffer[] out) {
        read(memory.frame, in, first, examples);
        for (PreparedStep step : steps) {
            step.run(memory.frame, examples);
        }
        write(memory.frame, first, examples, out);
    }

    /**
     * Computes some examples of a batch with the help of others; arguments as of {@link #run}.
     *
     * @param memory whose {@link SharedSteps} have been opened for so many examples
     */
    public void runShared(Memory memory, FloatBuffer[] in, int first, int examples, FloatBuffer[] out) {
        read(memory.frame, in, first, examples);
        memory.shared.run();
        write(memory.frame, first, examples, out);
    }

    private void read(Frame frame, FloatBuffer[] in, int first, int examples) {
        for (int i = 0; i < inputs.length; i++) {
            int size = inputs[i].size;
            in[i].get(in[i].position() + first * size, frame.values[inputs[i].slot], 0, examples * size);
        }
    }

    private void write(Frame frame, int first, int examples, FloatBuffer[] out) {
        for (int i = 0; i < outputs.length; i++) {
            int size = outputs[i].size;
            out[i].put(out[i].position() + first * size, frame.values[outputs[i].slot], 0, examples * size);
        }
    }
}
