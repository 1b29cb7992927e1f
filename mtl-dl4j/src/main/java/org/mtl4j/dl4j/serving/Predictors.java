package org.mtl4j.dl4j.serving;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.io.ModelFile;
import org.mtl4j.dl4j.internal.model.BackendCheck;
import org.mtl4j.dl4j.internal.serving.PreparedModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.serving.Signature;
import org.mtl4j.task.Task;

/**
 * Makes predictors with the library's own engine, of model files and of graphs; of a model in memory
 * {@code Dl4jModel.predictor()} makes one.
 *
 * <p>The engine runs the network as a prepared sequence of kernels over memory of its own: batch normalisation, ReLU
 * and maximum pooling are part of the products before them. It computes in single precision, also for models of other
 * precisions. Numbers are copied; training the model later changes nothing.
 */
public final class Predictors {
    private Predictors() {}

    /**
     * {@return a predictor of a saved model, with standard options}; see {@link #load(Path, PredictorOptions,
     * SavedTypes)}
     */
    public static Predictor load(Path file) throws IOException {
        return load(file, PredictorOptions.standard(), SavedTypes.none());
    }

    /**
     * {@return a predictor of a model that {@code save} wrote} The state of its training is let go of at once.
     *
     * @param types what types of your own are called in the file, and which packages are trusted
     * @throws IOException if the file cannot be read or is not such a model; the message names the file
     * @throws IllegalArgumentException if the network has a layer, vertex or unit that the engine does not have; the
     *     message names it and its place
     * @throws IllegalStateException if there is no ND4J backend on the class path
     */
    public static Predictor load(Path file, PredictorOptions options, SavedTypes types) throws IOException {
        BackendCheck.require();
        return PreparedModel.predictor(ModelFile.read(file, types), options);
    }

    /**
     * {@return a predictor of any graph of layers of this library and of Deeplearning4j, such as that of a
     * {@code StitchedGraph}}
     *
     * @param graph whose weights are copied; nobody may train it meanwhile
     * @param inputs by name of an input of the graph the shape of one example
     * @param tasks for each output of the graph, in their order, what it is: called as the output, or anything where
     *     the output's name is none that a task can have, as in a {@code StitchedGraph}
     * @throws IllegalArgumentException if the graph has a layer or vertex that the engine does not have, or inputs or
     *     outputs are not those of the graph; the message names what
     */
    public static Predictor of(
            ComputationGraph graph, Map<String, Shape> inputs, List<Task> tasks, PredictorOptions options) {
        BackendCheck.require();
        Signature signature = new Signature(
                graph.getConfiguration().getNetworkInputs().stream()
                        .map(name -> new Signature.Input(name, shape(inputs, name)))
                        .toList(),
                tasks,
                false);
        requireTasks(graph.getConfiguration().getNetworkOutputs(), signature.taskNames());
        return PreparedModel.predictor(signature, graph, inputs, options, Map.of(), Optional.empty());
    }

    private static void requireTasks(List<String> outputs, List<String> tasks) {
        boolean fit = outputs.size() == tasks.size();
        for (int i = 0; fit && i < outputs.size(); i++) {
            fit = outputs.get(i).equals(tasks.get(i)) || !outputs.get(i).matches(Task.NAME_PATTERN);
        }
        if (!fit) {
            throw new IllegalArgumentException(
                    ("the graph has the outputs %s, and tasks are given for %s; give one for each, in this order,"
                                    + " called as the output, or as you like where a task cannot be called so")
                            .formatted(outputs, tasks));
        }
    }

    private static Shape shape(Map<String, Shape> inputs, String name) {
        Shape shape = inputs.get(name);
        if (shape == null) {
            throw new IllegalArgumentException("no shape is given for the graph's input '%s'; there are those of %s"
                    .formatted(name, inputs.keySet()));
        }
        return shape;
    }
}
