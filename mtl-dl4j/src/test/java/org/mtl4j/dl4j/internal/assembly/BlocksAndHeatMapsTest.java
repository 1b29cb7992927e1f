package org.mtl4j.dl4j.internal.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.SoftArgmaxLayer;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Residual blocks and the soft-argmax in graphs; their gradients are in {@link GradientCheckTest}. */
class BlocksAndHeatMapsTest {
    private static final int HEIGHT = 5;
    private static final int WIDTH = 7;

    private static ComputationGraph softArgmaxAlone(DataType type) {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(type)
                .graphBuilder()
                .addInputs("maps")
                .setInputTypes(InputType.convolutional(HEIGHT, WIDTH, 3))
                .addLayer("where", new SoftArgmaxLayer(), "maps")
                .addLayer(
                        "out",
                        new LossLayer.Builder(LossFunctions.LossFunction.MSE)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "where")
                .setOutputs("out")
                .build());
        graph.init();
        return graph;
    }

    @Test
    void softArgmax_is_the_expected_position_of_a_softmax() {
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE}) {
            Random random = new Random(4);
            double[] values = random.doubles(2 * 3 * HEIGHT * WIDTH, -3, 30)
                    .toArray(); // large enough to need the maximum taken away
            values[0] = 200;
            INDArray maps = Nd4j.createFromArray(values)
                    .reshape('c', 2, 3, HEIGHT, WIDTH)
                    .castTo(type);

            INDArray where = softArgmaxAlone(type).outputSingle(maps);

            assertThat(where.shape()).containsExactly(2, 6);
            for (int map = 0; map < 6; map++) {
                double sum = 0;
                double x = 0;
                double y = 0;
                for (int i = 0; i < HEIGHT; i++) {
                    for (int j = 0; j < WIDTH; j++) {
                        double weight = Math.exp(values[(map * HEIGHT + i) * WIDTH + j] - 200);
                        sum += weight;
                        x += weight * (j + 0.5) / WIDTH;
                        y += weight * (i + 0.5) / HEIGHT;
                    }
                }
                double tolerance = type == DataType.FLOAT ? 1e-5 : 1e-13;
                assertThat(where.getDouble(map / 3, map % 3 * 2)).isCloseTo(x / sum, within(tolerance));
                assertThat(where.getDouble(map / 3, map % 3 * 2 + 1)).isCloseTo(y / sum, within(tolerance));
            }
        }
    }

    @Test
    void softArgmax_takes_maps_of_other_sides_and_as_many_positions() {
        ComputationGraph graph = softArgmaxAlone(DataType.FLOAT);
        INDArray high = Nd4j.zeros(DataType.FLOAT, 1, 3, 8, 2);
        high.putScalar(new int[] {0, 0, 0, 1}, 200);
        graph.outputSingle(Nd4j.zeros(DataType.FLOAT, 1, 3, 2, 8));
        INDArray where = graph.outputSingle(high);
        assertThat(where.getDouble(0)).isCloseTo(0.75, within(1e-6));
        assertThat(where.getDouble(1)).isCloseTo(1 / 16.0, within(1e-6));
    }

    @Test
    void softArgmax_refuses_maps_whose_channels_come_last() {
        assertThatThrownBy(() ->
                        new SoftArgmaxLayer().getOutputType(0, InputType.convolutional(8, 8, 8, CNN2DFormat.NHWC)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("channels come first (NCHW)")
                .hasMessageContaining("NHWC");
    }

    @Test
    void softArgmax_takes_maps_in_any_memory_order() {
        INDArray maps = Nd4j.rand(DataType.FLOAT, 2, 3, HEIGHT, WIDTH);
        ComputationGraph graph = softArgmaxAlone(DataType.FLOAT);
        assertThat(graph.outputSingle(maps.dup('f')).equalsWithEps(graph.outputSingle(maps.dup('c')), 1e-6))
                .isTrue();
    }

    private static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.image(1, 12, 12))
                .tower("points", SplitHead.of(Task.regression("point", 2).withWeight(100)))
                .tower("kinds", SplitHead.of(Task.classification("kind", 2)))
                .convolution("stem", 4, 3)
                .residual("block1", block -> block.layer(
                                "conv1", Convolution.of(6, 3).withStride(2).withPadding(Padding.SAME))
                        .batchNormalization()
                        .layer(
                                "conv2",
                                Convolution.of(6, 3).withPadding(Padding.SAME).withActivation(Activation.IDENTITY))
                        .batchNormalization())
                .stitch(CrossStitchUnit.perChannel())
                .residual(
                        "block2",
                        block -> block.layer("conv1", Convolution.of(6, 3).withPadding(Padding.SAME)))
                .maxPool(1)
                .in("points", points -> points.softArgmax())
                .initializer(Initializer.HE)
                .build();
    }

    @Test
    void a_block_is_the_activated_sum_of_its_layers_and_its_shortcut() {
        Dl4jModel model = Dl4jModel.create(network(), TrainingPlan.adam(1e-3).withSeed(7));
        var activations = model.graph().feedForward(Nd4j.rand(DataType.FLOAT, 3, 1, 12, 12), false);
        INDArray sum = activations.get("kinds/block1/norm2").add(activations.get("kinds/block1/shortcut"));
        INDArray rectified = sum.mul(sum.gt(0).castTo(DataType.FLOAT));
        assertThat(activations.get("kinds/block1").equalsWithEps(rectified, 1e-6))
                .isTrue();
        INDArray kept = activations
                .get("kinds/block2/conv1")
                .add(activations.get("kinds/block1:stitch")); // the block's input is what the unit makes
        assertThat(activations
                        .get("kinds/block2")
                        .equalsWithEps(kept.mul(kept.gt(0).castTo(DataType.FLOAT)), 1e-6))
                .isTrue();
    }

    @Tag("slow")
    @Test
    void such_a_network_learns_is_saved_and_counts_its_parameters(@TempDir Path directory) throws Exception {
        Random random = new Random(3);
        float[] pixels = new float[256 * 144];
        float[] where = new float[512];
        float[] kinds = new float[512];
        for (int n = 0; n < 256; n++) {
            int x = 2 + random.nextInt(8);
            int y = 2 + random.nextInt(8);
            int kind = random.nextInt(2);
            for (int k = -1; k <= 1; k++) { // a bar, lying or standing
                pixels[n * 144 + (kind == 0 ? y * 12 + x + k : (y + k) * 12 + x)] = 1;
            }
            where[2 * n] = (x + 0.5f) / 12;
            where[2 * n + 1] = (y + 0.5f) / 12;
            kinds[2 * n + kind] = 1;
        }
        MultiDataSet data = new MultiDataSet(
                new INDArray[] {Nd4j.createFromArray(pixels).reshape('c', 256, 1, 12, 12)}, new INDArray[] {
                    Nd4j.createFromArray(where).reshape('c', 256, 2),
                    Nd4j.createFromArray(kinds).reshape('c', 256, 2)
                });
        Dl4jModel model = Dl4jModel.create(network(), TrainingPlan.adam(1e-2).withSeed(7));
        assertThat(model.graph().params().length()).isEqualTo(network().parameters());

        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = new ArrayList<>();
        for (int from = 0; from < 256; from += 32) {
            INDArrayIndex rows = NDArrayIndex.interval(from, from + 32);
            batches.add(new MultiDataSet(new INDArray[] {data.getFeatures(0).get(rows)}, new INDArray[] {
                data.getLabels(0).get(rows), data.getLabels(1).get(rows)
            }));
        }
        model.fit(ListBatches.of(batches), FitOptions.epochs(20));

        INDArray error = model.predict(data.getFeatures(0)).of("point").sub(data.getLabels(0));
        assertThat(error.norm2Number().doubleValue() / Math.sqrt(512)).isLessThan(0.03);
        Path file = directory.resolve("model.zip");
        model.save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        assertThat(loaded.network()).isEqualTo(network());
        assertThat(loaded.predict(data.getFeatures(0)).of("point"))
                .isEqualTo(model.predict(data.getFeatures(0)).of("point"));
    }

    /** Deeplearning4j's activation layer writes over its input in predictions: over the data, or what others read. */
    @Test
    void an_activation_leaves_what_it_reads_as_it_is() {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(4))
                        .tower("a", SplitHead.of(Task.regression("p", 2)))
                        .tower("b", SplitHead.of(Task.regression("q", 2)))
                        .in("a", a -> a.activation(Activation.TANH))
                        .residual("block", block -> block.activation(Activation.SIGMOID)
                                .dense("fc", 4))
                        .startTowersEqual(true)
                        .build(),
                TrainingPlan.adam(1e-3).withSeed(2));
        model.graph().params().assign(Nd4j.rand(model.graph().params().shape()));
        INDArray x = Nd4j.rand(3, 4);
        INDArray given = x.dup();
        INDArray[] predicted = {model.predict(x).of("p"), model.predict(x).of("q")};
        INDArray[] training = model.graph().output(true, x);
        assertThat(x).isEqualTo(given);
        for (int t = 0; t < 2; t++) {
            assertThat(predicted[t].sub(training[t]).norm2Number().doubleValue())
                    .isLessThan(1e-5); // rounding; there is nothing that training does otherwise
        }
    }
}
