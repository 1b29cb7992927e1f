package org.mtl4j.dl4j.internal.fit;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Has the listeners of a graph look at steps from outside: whatever they ask the graph for meanwhile, such as scores of
 * other data, does not become part of the step.
 */
public final class GraphListeners {
    private static final String LOOKS_AT_ACTIVATIONS = "onForwardPass";

    private GraphListeners() {}

    /** {@return the classes of the listeners that want to see the activations of a whole batch, and so one graph} */
    public static List<String> thatNeedTheWholeBatch(ComputationGraph graph) {
        return graph.getListeners().stream()
                .map(TrainingListener::getClass)
                .filter(GraphListeners::looksAtActivations)
                .map(Class::getName)
                .distinct()
                .toList();
    }

    private static boolean looksAtActivations(Class<?> listener) {
        for (Class<?> argument : List.of(Map.class, List.class)) {
            try {
                Method method = listener.getMethod(LOOKS_AT_ACTIVATIONS, Model.class, argument);
                if (method.getDeclaringClass() != BaseTrainingListener.class
                        && method.getDeclaringClass() != TrainingListener.class) {
                    return true;
                }
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(listener.getName() + " is no listener of this Deeplearning4j", e);
            }
        }
        return false;
    }

    /** Computes something that no listener of the graph is told of. */
    static <T> T unheard(ComputationGraph graph, Supplier<T> work) {
        Collection<TrainingListener> listeners = graph.getListeners();
        if (listeners.isEmpty()) {
            return work.get();
        }
        List<TrainingListener> theirs = List.copyOf(listeners);
        listeners.clear();
        try {
            return work.get();
        } finally {
            listeners.addAll(theirs);
        }
    }

    /** Tells of gradients, which the graph has by now, in the way of {@link ComputationGraph#fit}. */
    static void gradientIsKnown(ComputationGraph graph) {
        List<TrainingListener> listeners = List.copyOf(graph.getListeners());
        listeners.forEach(listener -> listener.onBackwardPass(graph));
        listeners.forEach(listener -> listener.onGradientCalculation(graph));
    }

    /** Tells that a step was made. */
    public static void stepIsDone(ComputationGraph graph) {
        for (TrainingListener listener : List.copyOf(graph.getListeners())) {
            listener.iterationDone(graph, graph.getIterationCount(), graph.getEpochCount());
        }
    }

    /**
     * Makes a step of {@link ComputationGraph#fit}, with listeners or without.
     *
     * @param draws whether layers draw random numbers, of which listeners may not take any
     * @param settle what else belongs to the step; done before listeners are told that it was made
     * @return what the step came to, as it was before any listener was asked
     */
    static StepResult fit(
            ComputationGraph graph, List<Task> tasks, boolean draws, Runnable settle, Runnable step) {
        if (graph.getListeners().isEmpty()) {
            step.run();
            settle.run();
            return StepResult.of(graph, tasks);
        }
        First first = new First(graph, tasks, draws, settle);
        List<TrainingListener> all = new ArrayList<>(List.of(first));
        all.addAll(graph.getListeners());
        graph.setListeners(all);
        try {
            step.run();
        } finally {
            if (graph.getListeners().contains(first)) { // a listener may have set others
                List<TrainingListener> theirs = new ArrayList<>(graph.getListeners());
                theirs.remove(first);
                graph.setListeners(theirs);
            }
            if (first.random != null) {
                first.random.restore();
            }
        }
        return first.result();
    }

    /** Is told before all other listeners. */
    private static final class First extends BaseTrainingListener {
        private final ComputationGraph graph;
        private final List<Task> tasks;
        private final boolean draws;
        private final Runnable settle;
        private @Nullable RandomState random;
        private @Nullable StepResult result;

        First(ComputationGraph graph, List<Task> tasks, boolean draws, Runnable settle) {
            this.graph = graph;
            this.tasks = tasks;
            this.draws = draws;
            this.settle = settle;
        }

        StepResult result() {
            return result == null ? StepResult.of(graph, tasks) : result;
        }

        @Override
        public void onForwardPass(Model model, Map<String, INDArray> activations) {
            if (draws && random == null) { // not of what listeners compute
                random = RandomState.now();
            }
        }

        @Override
        public void onBackwardPass(Model model) {
            if (result == null) {
                result = StepResult.of(graph, tasks);
            }
        }

        @Override
        public void iterationDone(Model model, int iteration, int epoch) {
            settle.run();
        }
    }
}
