package org.mtl4j.dl4j.internal.cpu.convolution;

import java.nio.FloatBuffer;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Stores the output of a convolution as a batch-last array, and reads its gradient from another. */
final class StoredOutput implements OutputColumns {
    private final FloatBuffer images;
    private final int height;
    private final int each;
    private final boolean rectified;

    /**
     * Takes an array for the output or for its gradient; it must stay reachable.
     *
     * @param array {@code [batch, channels, height, width]}
     * @param rectified whether the output goes through ReLU
     */
    StoredOutput(INDArray array, boolean rectified) {
        this.images = HostMemory.floats(array);
        this.height = (int) array.size(2);
        this.each = (int) (array.size(0) * array.size(1));
        this.rectified = rectified;
    }

    private int at(int column, int row) {
        return (column * height + row) * each;
    }

    @Override
    public Sink sink(ColumnArrays arrays) {
        float[] array = arrays.of(ColumnArrays.COMBINED);
        return new Sink() {
            @Override
            public float[] array(int column) {
                return array;
            }

            @Override
            public void put(int column, int row, int rows) {
                if (rectified) {
                    VectorLoops.relu(array, rows * each);
                }
                images.put(at(column, row), array, 0, rows * each);
            }
        };
    }

    @Override
    public Source source(ColumnArrays arrays) {
        return (column, count, row, rows) -> {
            for (int j = 0; j < count; j++) {
                images.get(at(column + j, row), arrays.of(ColumnArrays.DELTAS + j), 0, rows * each);
            }
        };
    }
}
