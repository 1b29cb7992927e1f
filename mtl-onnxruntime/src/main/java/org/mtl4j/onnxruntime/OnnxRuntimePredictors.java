package org.mtl4j.onnxruntime;

import java.util.List;
import java.util.Objects;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.onnx.OnnxExport;
import org.mtl4j.layer.Shape;
import org.mtl4j.serving.EnginePredictor;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.serving.Signature;

/**
 * Makes predictors with ONNX Runtime as their engine, of what {@link OnnxExport} writes of a model; no file is needed.
 * They are the same type as {@code Dl4jModel.predictor()} makes with the library's own engine, and answer the same
 * within 1e-5 of a task's largest output:
 *
 * <pre>{@code
 * try (Predictor predictor = OnnxRuntimePredictors.of(model, PredictorOptions.standard().withThreads(2))) {
 *     Outputs outputs = predictor.predict(pixels);
 * }
 * }</pre>
 *
 * Which engine computes is what was called to make the predictor; {@code toString} says it.
 */
public final class OnnxRuntimePredictors {
    private OnnxRuntimePredictors() {}

    /** {@return a predictor of a model as it is now, with standard options} See the longer form. */
    public static Predictor of(Dl4jModel model) {
        return of(model, PredictorOptions.standard());
    }

    /**
     * {@return a predictor of a model as it is now} Training the model later changes nothing; nobody may train it
     * meanwhile.
     *
     * @param options how it works; threads are those that ONNX Runtime divides one call among
     * @throws IllegalArgumentException if the network has a part that cannot be exported; the message names it and its
     *     place
     * @throws IllegalStateException if ONNX Runtime cannot be loaded here, or refuses the network
     */
    public static Predictor of(Dl4jModel model, PredictorOptions options) {
        Objects.requireNonNull(options, "options");
        Signature signature = Signature.of(model.network(), model.needsMasks());
        OnnxRuntimeEngine engine =
                new OnnxRuntimeEngine(signature, exported(model).toBytes(), options.threads());
        return EnginePredictor.of(signature, engine, options, model.properties(), model.encoding());
    }

    /** Sequences are given masks where it is known what layers make of them, for calls that have some. */
    private static OnnxExport exported(Dl4jModel model) {
        OnnxExport export = OnnxExport.of(model);
        List<Shape> shapes =
                model.network().inputs().stream().map(input -> input.shape()).toList();
        if (shapes.stream().noneMatch(OnnxRuntimePredictors::hasSteps) || model.needsMasks()) {
            return export;
        }
        try {
            return export.withMasks();
        } catch (IllegalArgumentException e) { // a layer of Deeplearning4j's
            return export;
        }
    }

    private static boolean hasSteps(Shape shape) {
        return shape instanceof Shape.Sequence || shape instanceof Shape.Tokens;
    }
}
