package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.programs.QuickStart;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine;

/** Predictors of the command line's networks, which are those of the recipes, answer as their models do. */
class RecipePredictorsTest {
    private static final int[] BATCHES = {1, 7, 64};

    static Stream<Arguments> networks() {
        List<Arguments> all = new ArrayList<>();
        all.add(Arguments.of("QuickStart", QuickStart.network()));
        for (Backbone backbone : Backbone.values()) {
            for (NetworkVariant variant : NetworkVariant.values()) {
                TrainingOptions settings = new TrainingOptions();
                new CommandLine(settings)
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .parseArgs("--backbone", backbone.name(), "--width", "0.25");
                all.add(Arguments.of(backbone + ", " + variant.title(), settings.network(variant)));
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("networks")
    void a_predictor_answers_as_the_model_does(String name, MultiTaskNetwork network) {
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-3).withSeed(3));
        INDArray parameters = model.graph().params();
        INDArray noise = Nd4j.rand(parameters.dataType(), parameters.shape());
        parameters.addi(noise.subi(0.5).muli(0.02)); // output layers start at 0
        try (Predictor predictor = model.predictor(PredictorOptions.standard().withThreads(2))) {
            for (int examples : BATCHES) {
                INDArray faces = Nd4j.rand(DataType.FLOAT, network.input().batch(examples));
                Predictions expected = model.predict(faces);
                Predictions found = predictor.predict(faces);
                expected.outputs().forEach((task, outputs) -> {
                    INDArray difference = found.of(task).sub(outputs);
                    assertThat(difference.amaxNumber().doubleValue()
                                    / outputs.amaxNumber().doubleValue())
                            .as("task '%s', %s examples", task, examples)
                            .isLessThanOrEqualTo(1e-5);
                });
            }
        }
    }
}
