package org.mtl4j.dl4j.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.testing.Closeness;
import org.mtl4j.dl4j.testing.EveryNetwork;
import org.mtl4j.dl4j.testing.EveryNetwork.Case;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A predictor answers what the model does that it was made from: each kind of layer, unit, gate, task and precision.
 */
class PredictorAnswersTest {
    private static final List<Integer> BATCHES = List.of(1, 7, 64);

    /** Of the largest number of a batch: single precision in another order of sums. */
    private static final double ROUNDING = 1e-5;

    /** Half precision has 11 bits, layer after layer. */
    private static final double HALF_ROUNDING = 1e-2;

    @ParameterizedTest
    @MethodSource("org.mtl4j.dl4j.testing.EveryNetwork#all")
    void a_predictor_answers_as_the_model_does(Case each) {
        compare(EveryNetwork.drawn(each.network(), DataType.FLOAT), ROUNDING, BATCHES);
        compare(EveryNetwork.drawn(each.network(), DataType.DOUBLE), ROUNDING, List.of(7));
        compare(EveryNetwork.drawn(each.network(), DataType.HALF), HALF_ROUNDING, List.of(7));
    }

    private static void compare(Dl4jModel model, double tolerance, List<Integer> batches) {
        try (Predictor predictor = model.predictor(PredictorOptions.standard().withThreads(2))) {
            for (int examples : batches) {
                Map<String, INDArray> features = EveryNetwork.features(model.network(), examples);
                compare(model, predictor, features, Map.of(), tolerance);
                Map<String, INDArray> masks = EveryNetwork.masks(model.network(), examples);
                if (!masks.isEmpty()) {
                    compare(model, predictor, features, masks, tolerance);
                }
            }
        }
    }

    private static void compare(
            Dl4jModel model,
            Predictor predictor,
            Map<String, INDArray> features,
            Map<String, INDArray> masks,
            double tolerance) {
        Predictions expected = model.predict(features, masks);
        Predictions found = predictor.predict(features, masks);
        assertThat(found.outputs().keySet()).isEqualTo(expected.outputs().keySet());
        expected.outputs().forEach((task, outputs) -> assertThat(Closeness.relative(found.of(task), outputs))
                .as("task '%s', %s examples, masks %s", task, outputs.size(0), masks.keySet())
                .isLessThanOrEqualTo(tolerance));
    }
}
