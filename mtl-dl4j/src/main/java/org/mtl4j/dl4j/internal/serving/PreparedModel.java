package org.mtl4j.dl4j.internal.serving;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.internal.cpu.prepared.Products;
import org.mtl4j.dl4j.internal.model.ModelAccess;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.dl4j.internal.program.Lowering;
import org.mtl4j.dl4j.internal.program.LoweringException;
import org.mtl4j.dl4j.internal.program.Masks;
import org.mtl4j.dl4j.internal.program.Program;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Input;
import org.mtl4j.serving.EnginePredictor;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.serving.Signature;
import org.mtl4j.task.Task;

/** Makes predictors of models and graphs: lowers, prepares, and hands over. */
public final class PreparedModel {
    private PreparedModel() {}

    /** {@return a predictor of a model as it is now} */
    public static Predictor predictor(ModelState model, PredictorOptions options) {
        Map<String, Shape> inputs =
                model.network().inputs().stream().collect(Collectors.toMap(Input::name, Input::shape));
        try (ModelAccess.Use reading = model.access().read()) {
            return predictor(
                    Signature.of(model.network(), model.hasSeenMaskedSteps()),
                    model.graph(),
                    inputs,
                    options,
                    model.properties(),
                    model.encoding());
        }
    }

    /** {@return a predictor of a graph as it is now; where it has no kernels for masks, it refuses these alone} */
    public static Predictor predictor(
            Signature signature,
            ComputationGraph graph,
            Map<String, Shape> inputs,
            PredictorOptions options,
            Map<String, String> properties,
            Optional<TableEncoding> encoding) {
        boolean steps = signature.inputs().stream().anyMatch(input -> input.steps() > 0);
        Program whole = Lowering.of(graph, inputs, Masks.NONE);
        requireWidths(signature, whole);
        Program masked = null;
        LoweringException withoutMasks = null;
        if (steps) {
            try {
                masked = Lowering.of(graph, inputs, Masks.GIVEN);
            } catch (LoweringException e) {
                if (signature.needsMasks()) {
                    throw e; // it would never have an answer
                }
                withoutMasks = e;
            }
        }
        PreparedEngine engine =
                PreparedEngine.of(signature, whole, masked, withoutMasks, options.threads(), Products.here());
        return EnginePredictor.of(signature, engine, options, properties, encoding);
    }

    private static void requireWidths(Signature signature, Program program) {
        for (int t = 0; t < signature.tasks().size(); t++) {
            Program.Output output = program.outputs().get(t);
            Task task = signature.tasks().get(t);
            if (output.value().elements() != task.outputs()) {
                throw new IllegalArgumentException("task '%s' has %s outputs, and the graph's output '%s' %s numbers"
                        .formatted(
                                task.name(),
                                task.outputs(),
                                output.task(),
                                output.value().elements()));
            }
        }
    }
}
