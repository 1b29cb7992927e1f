package org.mtl4j.dl4j.vertex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitGradients;
import org.mtl4j.sharing.UnitParameter;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;

/** Units that the library does not know, in whole networks. */
class SharingUnitVertexTest {
    @TempDir
    private java.nio.file.Path folder;

    /** A cross-stitch unit that the library does not recognise as one. */
    public record Disguised(CrossStitchUnit unit) implements SharingUnit {
        @Override
        public String kind() {
            return "disguised";
        }

        @Override
        public String describe() {
            return unit.describe();
        }

        @Override
        public List<UnitParameter> parameters(List<Shape> inputs) {
            return unit.parameters(inputs);
        }

        @Override
        public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
            return unit.forward(inputs, parameters, training);
        }

        @Override
        public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
            return unit.backward(inputs, parameters, outputGradients);
        }
    }

    private static NetworkBuilder towers(Shape input) {
        return MultiTaskNetwork.builder(input)
                .tower("a", SplitHead.of(Task.regression("r", 2).withStart(OutputStart.RANDOM)))
                .tower("b", SplitHead.of(Task.classification("c", 3).withStart(OutputStart.RANDOM)));
    }

    private static MultiTaskNetwork images(SharingUnit first, SharingUnit second) {
        return towers(Shape.image(2, 6, 6))
                .layer("conv", Convolution.of(3, 3).withActivation(Activation.TANH))
                .stitch(first)
                .layer("fc", Dense.of(4).withActivation(Activation.TANH))
                .stitch(second)
                .build();
    }

    private static INDArray features(int examples, DataType type) {
        double[] numbers = new Random(7).doubles(examples * 72L, -1, 1).toArray();
        return Nd4j.createFromArray(numbers).castTo(type).reshape('c', examples, 2, 6, 6);
    }

    private static INDArray[] labels(int examples, DataType type) {
        INDArray classes = Nd4j.zeros(type, examples, 3);
        for (int i = 0; i < examples; i++) {
            classes.putScalar(i, i % 3, 1);
        }
        double[] numbers = new Random(8).doubles(examples * 2L, -1, 1).toArray();
        return new INDArray[] {Nd4j.createFromArray(numbers).castTo(type).reshape('c', examples, 2), classes};
    }

    private static ArrayBatches batches(int examples, DataType type) {
        return ArrayBatches.of(features(examples, type), labels(examples, type))
                .withBatchSize(6)
                .withShuffling(3);
    }

    @Test
    void backpropagation_agrees_with_central_differences() {
        DataType floating = Nd4j.defaultFloatingPointType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE); // or the check of Deeplearning4j refuses to run
        try {
            Dl4jModel model = Dl4jModel.create(
                    images(new MeanBlend(0.3), new MeanBlend(-0.2)),
                    TrainingPlan.of(new NoOp()).withDataType(DataType.DOUBLE).withSeed(3));
            assertThat(GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig()
                            .net(model.graph())
                            .epsilon(1e-5)
                            .maxRelError(1e-5)
                            .minAbsoluteError(1e-8)
                            .inputs(new INDArray[] {features(3, DataType.DOUBLE)})
                            .labels(labels(3, DataType.DOUBLE))
                            .print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                            .exitOnFirstError(false)))
                    .isTrue();
        } finally {
            Nd4j.setDefaultDataTypes(floating, floating);
        }
    }

    /** Trained by momentum, with a factor of the rate and frozen at first: like the unit that is known. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_unit_of_one_s_own_is_trained_like_one_of_the_library_s(int workers) {
        CrossStitchUnit channels = CrossStitchUnit.perChannel(0.7).withLearningRateFactor(5);
        CrossStitchUnit layer = CrossStitchUnit.perLayer(0.8);
        TrainingPlan plan =
                TrainingPlan.of(new Adam(0.01)).withDataType(DataType.DOUBLE).withSeed(4);
        Dl4jModel known = Dl4jModel.create(images(channels, layer), plan);
        Dl4jModel own = Dl4jModel.create(images(new Disguised(channels), new Disguised(layer)), plan);
        FitOptions options = FitOptions.epochs(3).withWorkers(workers);
        known.fit(batches(18, DataType.DOUBLE), options);
        own.fit(batches(18, DataType.DOUBLE), options);
        INDArray expected = known.predict(features(5, DataType.DOUBLE)).of("r");
        INDArray found = own.predict(features(5, DataType.DOUBLE)).of("r");
        assertThat(found.distance2(expected)).isCloseTo(0, within(1e-10)); // 9 steps of double precision
        assertThat(own.network().parameters()).isEqualTo(known.network().parameters());
        assertThat(own.graph().params().length())
                .isEqualTo(known.graph().params().length());
    }

    @Test
    void a_model_with_a_unit_of_one_s_own_is_saved_and_goes_on_as_it_would_have() throws Exception {
        SavedTypes types = SavedTypes.none().with("mean-blend", MeanBlend.class);
        Dl4jModel model = Dl4jModel.create(
                images(new MeanBlend(0.3), new MeanBlend(0.1)),
                TrainingPlan.of(new Adam(0.01)).withSeed(4));
        model.fit(batches(18, DataType.FLOAT), 2);
        model.save(folder.resolve("model.zip"), types);
        Dl4jModel loaded = Dl4jModel.load(folder.resolve("model.zip"), types);
        assertThat(loaded.network()).isEqualTo(model.network());
        assertThat(loaded.graph().params()).isEqualTo(model.graph().params());
        model.fit(batches(18, DataType.FLOAT), 2);
        loaded.fit(batches(18, DataType.FLOAT), 2);
        assertThat(loaded.graph().params()).isEqualTo(model.graph().params());
        assertThat(model.network().toJson(types)).contains("\"type\" : \"unit\"", "\"type\" : \"mean-blend\"");
        assertThat(model.network().toString()).contains("mean-blend from 0.3");
    }

    @Test
    void the_configuration_of_a_graph_keeps_the_unit() {
        Dl4jModel model = Dl4jModel.create(
                images(new MeanBlend(0.3), new MeanBlend(0.1)),
                TrainingPlan.of(new Sgd(0.01)).withL2(0.1));
        ComputationGraphConfiguration configuration = model.graph().getConfiguration();
        ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(configuration.toJson());
        assertThat(read.getVertices()).isEqualTo(configuration.getVertices());
        assertThat(configuration.clone().getVertices()).isEqualTo(configuration.getVertices());
    }
}
