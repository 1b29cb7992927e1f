package org.mtl4j.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.Shape;
import org.mtl4j.loss.WingLoss;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;

class NetworkTableTest {
    private static String table(Task task) {
        return MultiTaskNetwork.builder(Shape.vector(4))
                .tower("a", SplitHead.of(task))
                .dense("fc", 4)
                .build()
                .toString();
    }

    @Test
    void losses_and_class_weights_are_shown_where_they_are_not_the_usual_ones() {
        Task points = Task.regression("points", 2);
        Task kind = Task.classification("kind", 2);
        assertThat(table(points)).contains("task, regression, weight 1.0  ").doesNotContain("loss", "start");
        assertThat(table(points.withLoss(new LossMSE()))).isEqualTo(table(points));
        assertThat(table(points.withLoss(new LossMAE()))).contains("weight 1.0, loss mean-absolute-error  ");
        assertThat(table(points.withLoss(new WingLoss(0.1, 0.01))))
                .contains("weight 1.0, loss wing width 0.1 epsilon 0.01  ");
        assertThat(table(kind.withLoss(new LossMCXENT(Nd4j.createFromArray(1.0, 2.5)))))
                .contains("loss cross-entropy clipping 1.0E-10 outputWeights [1.0,2.5]  ");
        assertThat(table(points.withStart(OutputStart.RANDOM))).contains("weight 1.0, random start  ");
    }

    @Test
    void settings_of_layers_are_shown_where_they_are_not_the_usual_ones() {
        String table = MultiTaskNetwork.builder(Shape.image(1, 6, 6))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .initializer(Initializer.LECUN)
                .layer("conv", Convolution.of(2, 3).withoutBias())
                .layer("norm", new BatchNormalization(0.8, 1e-3))
                .layer("fc", new Dense(4, Activation.RELU, false))
                .build()
                .toString();
        assertThat(table).contains("parameters, weights by lecun", "conv 3x3, 2, relu, no bias");
        assertThat(table).contains("batch normalisation, decay 0.8, epsilon 0.001", "dense 4, relu, no bias");
    }
}
