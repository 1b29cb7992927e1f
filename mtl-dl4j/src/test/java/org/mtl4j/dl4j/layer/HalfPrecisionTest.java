package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** Layers of half precision add up in single precision, and round their result once. */
class HalfPrecisionTest {
    /** Of a number that is rounded once, to 11 bits. */
    private static final double ONCE = 0x1p-11;

    private static Dl4jModel model(Shape shape, UnaryOperator<NetworkBuilder> layers) {
        NetworkBuilder network = layers.apply(
                MultiTaskNetwork.builder(shape).tower("tower", SplitHead.of(Task.regression("numbers", 3))));
        return Dl4jModel.create(
                network.build(),
                TrainingPlan.of(new Sgd(0.05)).withDataType(DataType.HALF).withSeed(3));
    }

    private static INDArray numbers(long... shape) {
        Random random = new Random(7);
        float[] numbers = new float[Math.toIntExact(Nd4j.zeros(shape).length())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = random.nextInt(64) / 64f; // all above 0, so that sums grow
        }
        return Nd4j.create(numbers, shape, 'c');
    }

    /** The same parameters, in double precision. */
    private static INDArray expected(Dl4jModel model, INDArray x, String vertex) {
        Dl4jModel wide = model.withPlan(model.plan().withDataType(DataType.DOUBLE));
        return activations(wide, x, vertex);
    }

    private static INDArray activations(Dl4jModel model, INDArray x, String vertex) {
        INDArray input = x.castTo(model.plan().dataType());
        Map<String, INDArray> all = model.graph().feedForward(new INDArray[] {input}, false);
        return all.get(vertex).castTo(DataType.DOUBLE);
    }

    /** Sums of thousands of numbers above 0, which half precision cannot do: at 2,048 it counts in twos. */
    private static void drawAboveZero(Dl4jModel model, String vertex) {
        INDArray weights = model.graph().getVertex(vertex).paramTable(false).get("W");
        weights.assign(numbers(weights.shape()).muli(0.05));
    }

    @Test
    void a_fully_connected_layer_rounds_its_sums_once() {
        Dl4jModel model =
                model(Shape.vector(5000), net -> net.layer("fc", Dense.of(20).withActivation(Activation.IDENTITY)));
        drawAboveZero(model, "tower/fc");
        INDArray x = numbers(3, 5000);
        assertThat(Closeness.relative(activations(model, x, "tower/fc"), expected(model, x, "tower/fc")))
                .isLessThanOrEqualTo(1.01 * ONCE);
    }

    @Test
    void an_output_layer_rounds_its_sums_once() {
        Dl4jModel model = model(Shape.vector(5000), net -> net);
        drawAboveZero(model, "numbers");
        INDArray x = numbers(3, 5000);
        assertThat(Closeness.relative(activations(model, x, "numbers"), expected(model, x, "numbers")))
                .isLessThanOrEqualTo(1.01 * ONCE);
    }

    @Test
    void a_convolution_rounds_its_sums_once() {
        Dl4jModel model = model(
                Shape.image(64, 9, 9),
                net -> net.layer("conv", new Convolution(8, 5, 5, 1, Padding.VALID, Activation.IDENTITY, true)));
        drawAboveZero(model, "tower/conv");
        INDArray x = numbers(2, 64, 9, 9);
        assertThat(Closeness.relative(activations(model, x, "tower/conv"), expected(model, x, "tower/conv")))
                .isLessThanOrEqualTo(1.01 * ONCE);
    }

    @Test
    void a_soft_argmax_rounds_its_sums_once() {
        Dl4jModel model = model(
                Shape.image(1, 40, 40), net -> net.convolution("conv", 4, 3).softArgmax());
        INDArray x = numbers(2, 1, 40, 40);
        INDArray found = model.predict(x).of("numbers").castTo(DataType.DOUBLE);
        Dl4jModel wide = model.withPlan(model.plan().withDataType(DataType.DOUBLE));
        INDArray wanted = wide.predict(x).of("numbers").castTo(DataType.DOUBLE);
        // the convolution, soft-argmax, the output layer's sum of eight
        assertThat(found.sub(wanted).amaxNumber().doubleValue()).isLessThanOrEqualTo(4 * ONCE);
    }

    @Test
    void networks_learn() {
        Dl4jModel model = model(Shape.image(1, 12, 12), net -> net.convolution("c1", 6, 3)
                .maxPool(2)
                .convolution("c2", 8, 2)
                .dense("fc", 16));
        INDArray x = numbers(32, 1, 12, 12);
        INDArray labels = Nd4j.hstack(
                x.mean(1, 2, 3).reshape(32, 1).muli(2),
                x.max(1, 2, 3).reshape(32, 1),
                x.min(1, 2, 3).reshape(32, 1));
        MultiDataSet batch = new MultiDataSet(new INDArray[] {x}, new INDArray[] {labels});
        double before = model.graph().score(batch);
        for (int step = 0; step < 30; step++) {
            model.graph().fit(batch);
        }
        assertThat(model.graph().score(batch)).isLessThan(0.2 * before);
        assertThat(model.graph().params().isNaN().any()).isFalse();
    }
}
