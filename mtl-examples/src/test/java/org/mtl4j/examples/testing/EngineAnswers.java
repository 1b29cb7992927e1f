package org.mtl4j.examples.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Input;
import org.mtl4j.onnxruntime.OnnxRuntimePredictors;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Asks both engines of predictors what a model says. */
public final class EngineAnswers {
    private static final List<Integer> BATCHES = List.of(1, 7, 64);

    /** The largest difference, of the largest number of a batch: single precision in another order of sums. */
    private static final double ROUNDING = 1e-5;

    private EngineAnswers() {}

    /**
     * Holds that ONNX Runtime, fed by the export, and the library's engine answer as a model does. What starts at 0, as
     * output layers do, is given other numbers first.
     */
    public static void assertAlike(Dl4jModel model) {
        INDArray parameters = model.graph().params();
        INDArray noise =
                Nd4j.createFromArray(numbers(Math.toIntExact(parameters.length()), Integer.MAX_VALUE, new Random(3)));
        parameters.addi(noise.subi(0.5).muli(0.1).reshape(parameters.shape()).castTo(parameters.dataType()));
        PredictorOptions options = PredictorOptions.standard().withThreads(2);
        try (Predictor own = model.predictor(options);
                Predictor other = OnnxRuntimePredictors.of(model, options)) {
            assertThat(other.engine()).startsWith("ONNX Runtime ");
            for (int examples : BATCHES) {
                Map<String, INDArray> features = features(model, examples);
                Map<String, INDArray> copies = new LinkedHashMap<>();
                features.forEach((name, array) -> copies.put(name, array.dup()));
                Predictions expected = model.predict(copies, Map.of());
                for (Predictor asked : List.of(own, other)) {
                    Predictions found = asked.predict(features, Map.of());
                    expected.outputs().forEach((task, outputs) -> assertThat(difference(outputs, found.of(task)))
                            .as("task '%s', %s examples, by %s", task, examples, asked.engine())
                            .isLessThanOrEqualTo(ROUNDING));
                }
            }
        }
    }

    private static Map<String, INDArray> features(Dl4jModel model, int examples) {
        Random random = new Random(examples);
        Map<String, INDArray> features = new LinkedHashMap<>();
        for (Input input : model.network().inputs()) {
            Shape shape = input.shape();
            int count = Math.toIntExact(shape.elements() * examples);
            int codes = shape instanceof Shape.Categories categories
                    ? categories.sizes().stream().min(Integer::compare).orElseThrow()
                    : shape instanceof Shape.Tokens tokens ? tokens.vocabulary() : Integer.MAX_VALUE;
            features.put(input.name(), Nd4j.create(numbers(count, codes, random), shape.batch(examples), 'c'));
        }
        return features;
    }

    /** {@return numbers from 0 to 1, or codes where there are fewer of them} */
    private static float[] numbers(int count, int codes, Random random) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = codes == Integer.MAX_VALUE ? random.nextFloat() : random.nextInt(codes);
        }
        return numbers;
    }

    private static double difference(INDArray expected, INDArray found) {
        assertThat(found.shape()).isEqualTo(expected.shape());
        INDArray wide = expected.castTo(DataType.DOUBLE);
        double difference =
                found.castTo(DataType.DOUBLE).subi(wide).amaxNumber().doubleValue();
        return difference / wide.amaxNumber().doubleValue();
    }
}
