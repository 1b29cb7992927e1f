package org.mtl4j.metric;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What the accumulators of the kinds of tasks have in common. */
sealed interface ScoreAccumulator extends Serializable
        permits ClassificationScore.Accumulator, MultiLabelScore.Accumulator, RegressionScore.Accumulator {

    /** Adds a batch of arrays; if it throws, nothing has been added. */
    ScoreAccumulator add(INDArray labels, INDArray prediction, @Nullable INDArray mask, @Nullable INDArray weights);

    /** Adds a batch; if it throws, nothing has been added. */
    void add(ScoredBatch batch);

    TaskScore result();
}
