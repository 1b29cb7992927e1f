package org.mtl4j.dl4j.internal.inference;

import java.util.function.UnaryOperator;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.train.batches.Batch;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Takes some examples out of a batch, as views. */
public final class BatchSlices {
    private BatchSlices() {}

    /** {@return the examples from {@code from} to before {@code to} of a batch without masks of features} */
    public static MultiDataSet of(MultiDataSet batch, long from, long to) {
        return of(batch, array -> slice(array, from, to));
    }

    /** {@return a batch without masks of features, whose arrays are what is taken of each of another's} */
    static MultiDataSet of(MultiDataSet batch, UnaryOperator<INDArray> take) {
        MultiDataSet part = new org.nd4j.linalg.dataset.MultiDataSet(
                Masks.map(batch.getFeatures(), take),
                Masks.map(batch.getLabels(), take),
                null,
                Masks.map(batch.getLabelsMaskArrays(), take));
        return Batch.weightsOf(batch)
                .<MultiDataSet>map(weights -> Batch.of(part, take.apply(weights)))
                .orElse(part);
    }

    /**
     * {@return the rows from {@code from} to before {@code to} of each array; null where there is none, as for no
     * arrays}
     */
    public static INDArray[] of(INDArray[] arrays, long from, long to) {
        return Masks.map(arrays, array -> slice(array, from, to));
    }

    static INDArray slice(INDArray whole, long from, long to) {
        if (from == 0 && to == whole.size(0)) {
            return whole;
        }
        // of columns that were taken out of a wider array, ND4J gives a scalar for most rows
        boolean dense = !whole.isView() || whole.stride(0) == whole.length() / whole.size(0);
        INDArray array = dense ? whole : whole.dup('c');
        INDArrayIndex[] where = new INDArrayIndex[array.rank()];
        where[0] = NDArrayIndex.interval(from, to);
        for (int d = 1; d < where.length; d++) {
            where[d] = NDArrayIndex.all();
        }
        return array.get(where);
    }
}
