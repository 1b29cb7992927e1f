package org.mtl4j.examples.cli;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.Problem;
import org.mtl4j.internal.io.Versions;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.serving.Predictor;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;

/** Says what computes where a predictor is asked, by making one with each engine that there is here. */
final class PredictionEngines {
    /** In a module that this program is without, unless somebody puts it on the class path. */
    private static final String OF_ONNX_RUNTIME = "org.mtl4j.onnxruntime.OnnxRuntimePredictors";

    private PredictionEngines() {}

    /** {@return lines about the engines, each asked for a predictor of a small network} */
    static List<String> here() {
        return of(Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(4))
                        .tower("any", SplitHead.of(Task.regression("number", 1)))
                        .dense("fc", 4)
                        .build(),
                TrainingPlan.adam(1e-3)));
    }

    /** {@return lines about the engines, each asked for a predictor of a model} */
    static List<String> of(Dl4jModel model) {
        return List.of(own(model), onnxRuntime(model, OF_ONNX_RUNTIME));
    }

    private static String own(Dl4jModel model) {
        String name = "model.predictor(): the library's engine " + version();
        try (Predictor predictor = model.predictor()) {
            return name + ", " + predictor.engine();
        } catch (IllegalArgumentException e) { // a layer of somebody's own
            return name + " does not have this network: " + e.getMessage();
        }
    }

    private static String version() {
        return Versions.beside(Dl4jModel.class).orElse("of an unknown version");
    }

    /** @param maker the class that makes predictors with ONNX Runtime, which nothing here depends on */
    static String onnxRuntime(Dl4jModel model, String maker) {
        String name = "OnnxRuntimePredictors.of(model): ";
        try (Predictor predictor = (Predictor)
                Class.forName(maker).getMethod("of", Dl4jModel.class).invoke(null, model)) {
            return name + predictor.engine();
        } catch (ClassNotFoundException e) {
            return name + "not on the class path; the module mtl-onnxruntime brings it and ONNX Runtime";
        } catch (InvocationTargetException e) {
            return name + "ONNX Runtime does not have this network, or does not run here: " + Problem.of(e.getCause());
        } catch (ReflectiveOperationException | LinkageError e) {
            return name + "of another version of the library: " + Problem.of(e);
        }
    }
}
