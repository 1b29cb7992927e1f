package org.mtl4j.dl4j.internal.fit;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.layer.StepDraws;
import org.mtl4j.dl4j.internal.model.ModelAccess;
import org.mtl4j.dl4j.internal.model.ModelState;
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
        if (graph.getListeners().isEmpty()) {
            return List.of();
        }
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
     * Makes a step of {@link ComputationGraph#fit}. Others that use the model are kept out from when the gradient is
     * known to when the parameters have changed; while other listeners are told, they are not.
     *
     * @param draws whether layers draw random numbers, of which listeners may not take any
     * @param settle what else belongs to the step; done before listeners are told that it was made
     * @param step calls {@code fit} of the model's graph
     * @return what the step came to, as it was before any listener was asked
     */
    static StepResult fit(ModelState model, boolean draws, Runnable settle, Runnable step) {
        ComputationGraph graph = model.graph();
        Change change = new Change(model, settle);
        First first = new First(model, draws && !graph.getListeners().isEmpty(), change);
        Last last = new Last(change);
        List<TrainingListener> all = new ArrayList<>(List.of(first));
        all.addAll(graph.getListeners());
        all.add(last);
        graph.setListeners(all);
        try {
            step.run();
        } finally {
            change.end();
            List<TrainingListener> theirs = new ArrayList<>(graph.getListeners());
            if (theirs.removeAll(List.of(first, last))) { // a listener may have set others
                graph.setListeners(theirs);
            }
            if (first.random != null) {
                first.random.restore();
            }
        }
        return first.result();
    }

    /** Changes the parameters. */
    private static final class Change {
        private final ModelState model;
        private final Runnable settle;
        /** Deeplearning4j applies them after it has told listeners. */
        private final boolean constrained;

        private ModelAccess.@Nullable Use use;

        Change(ModelState model, Runnable settle) {
            this.model = model;
            this.settle = settle;
            this.constrained = Arrays.stream(model.graph().getLayers())
                    .map(layer -> layer.conf().getLayer().getConstraints())
                    .anyMatch(constraints -> constraints != null && !constraints.isEmpty());
        }

        void begin() {
            use = model.access().change();
        }

        void settle(int iteration) {
            settle.run();
            model.access().announce(iteration);
            if (!constrained) {
                end();
            }
        }

        void end() {
            if (use != null) {
                use.close();
                use = null;
            }
        }
    }

    /** Is told after all other listeners. */
    private static final class Last extends BaseTrainingListener {
        private final Change change;

        Last(Change change) {
            this.change = change;
        }

        @Override
        public void onGradientCalculation(Model model) {
            change.begin();
        }
    }

    /** Is told before all other listeners. */
    private static final class First extends BaseTrainingListener {
        private final ComputationGraph graph;
        private final List<Task> tasks;
        private final boolean keepsRandom;
        private final Change change;
        private @Nullable RandomState random;
        private @Nullable StepResult result;

        First(ModelState model, boolean keepsRandom, Change change) {
            this.graph = model.graph();
            this.tasks = model.network().tasks();
            this.keepsRandom = keepsRandom;
            this.change = change;
        }

        StepResult result() {
            return result == null ? StepResult.of(graph, tasks) : result;
        }

        @Override
        public void onForwardPass(Model model, Map<String, INDArray> activations) {
            if (keepsRandom && random == null) { // not of what listeners compute
                random = RandomState.now();
            }
        }

        @Override
        public void onBackwardPass(Model model) {
            if (result == null) {
                result = StepResult.of(graph, tasks);
                PartialStep.weigh(graph, tasks, null); // listeners may ask about other examples
                StepDraws.end(graph);
            }
        }

        @Override
        public void iterationDone(Model model, int iteration, int epoch) {
            change.settle(iteration);
        }
    }
}
