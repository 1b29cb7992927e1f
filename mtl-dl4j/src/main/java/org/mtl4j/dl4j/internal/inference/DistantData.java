package org.mtl4j.dl4j.internal.inference;

import java.util.List;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.metric.MetricScores;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Data of other processes, which measure the model where the data are. It stands where data are given, and no batch of
 * it can be had.
 */
public interface DistantData extends MultiDataSetIterator {

    /** {@return the scores of the model as it is now} */
    Evaluation.Scored scores(ModelState model);

    /**
     * Adds metrics of the model as it is now.
     *
     * @return per task how many examples have its label, or the sum of what they weigh
     */
    double[] measure(ModelState model, MetricScores metrics);

    /**
     * Measures losses of the model as it is now, and adds metrics on the way.
     *
     * @return the losses of each batch, always in the same order
     */
    List<Evaluation.BatchLosses> losses(ModelState model, MetricScores metrics);
}
