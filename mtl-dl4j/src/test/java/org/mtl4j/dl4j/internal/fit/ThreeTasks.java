package org.mtl4j.dl4j.internal.fit;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** Tasks of three kinds, data for them, and steps whose length is the gradient. */
final class ThreeTasks {
    static final Task POINTS = Task.regression("points", 3).withWeight(7);
    static final Task KIND = Task.classification("kind", 2);
    static final Task TAGS = Task.multiLabel("tags", 2).withWeight(2);

    private ThreeTasks() {}

    /** Makes a model in double precision that goes down by its gradient. */
    static GraphModel model(MultiTaskNetwork network) {
        return moved(GraphModel.create(
                network,
                TrainingPlan.of(new Sgd(1)).withDataType(DataType.DOUBLE).withSeed(3)));
    }

    /** Moves the parameters: outputs are no longer as made, so that no start is computed. */
    static GraphModel moved(GraphModel model) {
        INDArray params = model.graph().params();
        params.addi(Nd4j.createFromArray(
                        new Random(4).doubles(params.length(), -0.2, 0.2).toArray())
                .castTo(params.dataType())
                .reshape(params.shape()));
        return model;
    }

    /** Draws features {@code [rows, 5]} and labels of the three tasks, in this order. */
    static MultiDataSet batch(int rows, int seed, @Nullable INDArray tagsMask) {
        Random random = new Random(seed);
        INDArray features =
                Nd4j.createFromArray(random.doubles(rows * 5L, -1, 1).toArray()).reshape(rows, 5);
        INDArray points =
                Nd4j.createFromArray(random.doubles(rows * 3L, -1, 1).toArray()).reshape(rows, 3);
        INDArray kinds = Nd4j.zeros(DataType.DOUBLE, rows, 2);
        INDArray tags = Nd4j.zeros(DataType.DOUBLE, rows, 2);
        for (int row = 0; row < rows; row++) {
            kinds.putScalar(row, features.getDouble(row, 0) > 0 ? 1 : 0, 1);
            tags.putScalar(row, 0, random.nextInt(2));
            tags.putScalar(row, 1, features.getDouble(row, 1) < 0 ? 1 : 0);
        }
        return new MultiDataSet(
                new INDArray[] {features},
                new INDArray[] {points, kinds, tags},
                null,
                tagsMask == null ? null : new INDArray[] {null, null, tagsMask});
    }

    /** {@return by how much one step with these options moves the parameters down} */
    static double[] step(MultiTaskNetwork network, MultiDataSet batch, FitOptions options) {
        GraphModel model = model(network);
        INDArray start = model.graph().params().dup();
        model.fit(ListBatches.of(List.of(batch)), options);
        return start.sub(model.graph().params()).toDoubleVector();
    }
}
