package org.mtl4j.dl4j.internal.cpu;

import java.nio.FloatBuffer;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.internal.random.SplitMix64;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Drops numbers of arrays {@code [batch, ...]}. Whether one is dropped depends on a key, on which example of a batch it
 * is in, and where there, and on nothing that was drawn before (Salmon et al., <em>Parallel Random Numbers: As Easy as
 * 1, 2, 3</em>, SC 2011): any part of a batch can be computed by itself, in any order, and again in the backward pass,
 * so that nothing is kept.
 */
public final class DropoutKernel {
    /** Bits by which it is decided about one number. */
    private static final int BITS = 32;

    private static final long LOW = 0xffffffffL;

    private final long key;
    private final long firstExample;
    private final double scale;
    /** What the bits of a number that is kept are below. */
    private final long threshold;

    /**
     * Prepares for one layer in one step.
     *
     * @param firstExample which example of the whole batch the first one is, from 0
     * @param keep with which probability a number is kept, in (0, 1]; those are divided by it
     */
    public DropoutKernel(long key, long firstExample, double keep) {
        this.key = key;
        this.firstExample = firstExample;
        this.scale = 1 / keep;
        this.threshold = Math.round(keep * (1L << BITS));
    }

    /**
     * Computes what is left.
     *
     * @param x of any type and layout of memory; what counts is the order of numbers in the shape
     * @param out gets the result; may be {@code x}
     */
    public void apply(INDArray x, INDArray out) {
        if (HostMemory.isContiguous(x, out)) {
            applyNarrow(x, out);
        } else {
            applyWide(x, out);
        }
    }

    private void applyNarrow(INDArray x, INDArray out) {
        int batch = Math.toIntExact(x.size(0));
        int each = Math.toIntExact(x.length() / batch);
        FloatBuffer source = HostMemory.floats(x);
        FloatBuffer target = HostMemory.floats(out);
        float factor = (float) scale;
        ParallelLoop.run(batch, ParallelLoop.parts(batch, x.length()), (part, first, last) -> {
            float[] values = new float[each];
            for (int n = first; n < last; n++) {
                source.get(n * each, values);
                SplitMix64 random = ofExample(n);
                int i = 0;
                for (; i <= each - 2; i += 2) {
                    long bits = random.next();
                    values[i] *= kept(bits & LOW) * factor;
                    values[i + 1] *= kept(bits >>> BITS) * factor;
                }
                if (i < each) {
                    values[i] *= kept(random.next() & LOW) * factor;
                }
                target.put(n * each, values);
            }
        });
        HostMemory.reachabilityFence(x, out);
    }

    private void applyWide(INDArray x, INDArray out) {
        double[] values = Rows.numbers(x);
        int batch = Math.toIntExact(x.size(0));
        int each = values.length / batch;
        for (int n = 0; n < batch; n++) {
            SplitMix64 random = ofExample(n);
            long bits = 0;
            for (int i = 0; i < each; i++) {
                bits = i % 2 == 0 ? random.next() : bits >>> BITS;
                values[n * each + i] *= kept(bits & LOW) * scale;
            }
        }
        out.assign(Nd4j.create(values, x.shape(), out.dataType()));
    }

    private SplitMix64 ofExample(int n) {
        return new SplitMix64(Seeds.mixed(key, firstExample + n));
    }

    /** 1 or 0, without a branch, which could not be predicted. */
    private int kept(long bits) {
        return (int) ((bits - threshold) >>> (Long.SIZE - 1));
    }
}
