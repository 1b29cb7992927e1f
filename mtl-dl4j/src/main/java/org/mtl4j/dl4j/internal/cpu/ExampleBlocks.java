package org.mtl4j.dl4j.internal.cpu;

import java.nio.FloatBuffer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Puts the numbers of examples side by side, and takes them apart. Arrays are {@code [batch, channels, ...]},
 * {@linkplain HostMemory#isContiguous contiguous}, and differ in their channels only.
 */
public final class ExampleBlocks {
    private ExampleBlocks() {}

    /** Joins the channels of each example. */
    public static void join(INDArray[] parts, INDArray joined) {
        int batch = Math.toIntExact(joined.size(0));
        int all = Math.toIntExact(joined.length() / batch);
        FloatBuffer target = HostMemory.floats(joined);
        int from = 0;
        for (INDArray part : parts) {
            int each = Math.toIntExact(part.length() / batch);
            FloatBuffer source = HostMemory.floats(part);
            for (int n = 0; n < batch; n++) {
                target.put(n * all + from, source, n * each, each);
            }
            from += each;
            HostMemory.reachabilityFence(part);
        }
        HostMemory.reachabilityFence(joined);
    }

    /**
     * Copies channels that lie behind one another.
     *
     * @param from how many channels there are before them
     */
    public static void cut(INDArray joined, long from, INDArray part) {
        int batch = Math.toIntExact(joined.size(0));
        int all = Math.toIntExact(joined.length() / batch);
        int each = Math.toIntExact(part.length() / batch);
        int start = Math.toIntExact(from * (all / joined.size(1)));
        FloatBuffer source = HostMemory.floats(joined);
        FloatBuffer target = HostMemory.floats(part);
        for (int n = 0; n < batch; n++) {
            target.put(n * each, source, n * all + start, each);
        }
        HostMemory.reachabilityFence(joined, part);
    }
}
