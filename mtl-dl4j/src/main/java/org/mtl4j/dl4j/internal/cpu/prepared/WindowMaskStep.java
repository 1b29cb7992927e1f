package org.mtl4j.dl4j.internal.cpu.prepared;

/** Says which windows of a convolution over a sequence are steps of the result. */
final class WindowMaskStep extends PreparedStep {
    private final int kernel;
    private final int stride;
    private final int before;
    private final boolean same;
    private final int steps;
    private final int windows;
    private final int input;
    private final int output;

    WindowMaskStep(int kernel, int stride, int before, boolean same, int steps, int windows, int input, int output) {
        this.kernel = kernel;
        this.stride = stride;
        this.before = before;
        this.same = same;
        this.steps = steps;
        this.windows = windows;
        this.input = input;
        this.output = output;
    }

    @Override
    void run(Frame frame, int examples) {
        float[] from = frame.values[input];
        float[] to = frame.values[output];
        for (int example = 0; example < examples; example++) {
            int first = example * steps;
            boolean any = false;
            for (int w = 0; w < windows; w++) {
                boolean there = same ? from[first + w * stride] != 0 : count(from, first, w) == kernel;
                to[example * windows + w] = there ? 1 : 0;
                any |= there;
            }
            if (!any) {
                to[example * windows + firstWithStep(from, first)] = 1;
            }
        }
    }

    private int firstWithStep(float[] mask, int first) {
        for (int w = 0; w < windows; w++) {
            if (count(mask, first, w) > 0) {
                return w;
            }
        }
        return 0;
    }

    /** How many steps of a window are there. */
    private int count(float[] mask, int first, int window) {
        int count = 0;
        for (int k = 0; k < kernel; k++) {
            int step = window * stride - before + k;
            count += step >= 0 && step < steps && mask[first + step] != 0 ? 1 : 0;
        }
        return count;
    }
}
