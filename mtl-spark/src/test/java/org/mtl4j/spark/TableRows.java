package org.mtl4j.spark;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Rows of numbers with two labels, as bytes, and a network for them. */
final class TableRows {
    private static final int COLUMNS = 5;

    private TableRows() {}

    static Dl4jModel model() {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(COLUMNS))
                        .tower(
                                "both",
                                SplitHead.of(Task.regression("price", 1), Task.classification("sale", "slow", "fast")))
                        .dense("fc", 8)
                        .build(),
                TrainingPlan.adam(1e-2));
    }

    static List<byte[]> drawn(int count) {
        Random random = new Random(3);
        List<byte[]> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer row = ByteBuffer.allocate(Float.BYTES * COLUMNS);
            for (int c = 0; c < COLUMNS; c++) {
                row.putFloat((float) random.nextGaussian());
            }
            rows.add(row.array());
        }
        return rows;
    }

    static MultiDataSet batch(List<byte[]> rows) {
        float[][] features = new float[rows.size()][COLUMNS];
        float[][] price = new float[rows.size()][1];
        float[][] sale = new float[rows.size()][2];
        for (int row = 0; row < rows.size(); row++) {
            ByteBuffer.wrap(rows.get(row)).asFloatBuffer().get(features[row]);
            price[row][0] = features[row][0] - 0.5f * features[row][1];
            sale[row][features[row][2] * features[row][3] > 0 ? 1 : 0] = 1;
        }
        return new org.nd4j.linalg.dataset.MultiDataSet(
                new INDArray[] {Nd4j.createFromArray(features)},
                new INDArray[] {Nd4j.createFromArray(price), Nd4j.createFromArray(sale)});
    }
}
