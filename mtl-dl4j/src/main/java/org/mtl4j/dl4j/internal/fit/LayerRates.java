package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Tells the learning rates of a graph's layers, and whether somebody has set them on the graph since it was built:
 * {@link ComputationGraph#setLearningRate(double)} knows layers only, so that α and coefficients stay behind.
 */
final class LayerRates {
    private static final int MOST_NAMED = 3;

    private final ModelState model;
    private final ComputationGraph graph;
    private final Map<String, IUpdater> built = new LinkedHashMap<>();

    /** Remembers the rates as they are now, when the graph has just been built. */
    LayerRates(ModelState model) {
        this.model = model;
        this.graph = model.graph();
        for (Layer layer : graph.getLayers()) {
            IUpdater updater = updaterOf(layer);
            if (updater != null) {
                built.put(layer.conf().getLayer().getLayerName(), updater.clone());
            }
        }
    }

    private static @Nullable IUpdater updaterOf(Layer layer) {
        return layer.numParams() > 0 && layer.conf().getLayer() instanceof BaseLayer base ? base.getIUpdater() : null;
    }

    /** The layers that have another updater than they were built with. */
    private List<String> changed() {
        List<String> changed = new ArrayList<>();
        built.forEach((name, updater) -> {
            if (!updater.equals(updaterOf(graph.getLayer(name)))) {
                changed.add(name);
            }
        });
        return changed;
    }

    /** {@return what to do instead of setting rates on the graph, if somebody has} */
    Optional<String> setOnGraph() {
        List<String> changed = changed();
        if (changed.isEmpty()) {
            return Optional.empty();
        }
        List<String> named = new ArrayList<>();
        for (String layer : changed.subList(0, Math.min(MOST_NAMED, changed.size()))) {
            named.add("'%s' %s".formatted(layer, rateOf(layer)));
        }
        return Optional.of(
                ("learning rates were set on the graph, of %s (of %s layers in all); alpha and coefficients keep those"
                                + " of the plan, and so does a saved model. Dl4jModel.withPlan changes all of them,"
                                + " for good")
                        .formatted(String.join(", ", named), changed.size()));
    }

    private double rateOf(String layer) {
        IUpdater updater = updaterOf(graph.getLayer(layer));
        return updater != null && updater.hasLearningRate()
                ? updater.getLearningRate(graph.getIterationCount(), graph.getEpochCount())
                : Double.NaN;
    }

    /** {@return the rate of the last step: of all layers if somebody has set the same for all, else of the plan} */
    double inLastStep(int epoch) {
        int iteration = Math.max(0, graph.getIterationCount() - 1);
        IUpdater updater = model.plan().updater();
        List<String> changed = changed();
        if (!changed.isEmpty() && changed.size() == built.size()) {
            IUpdater first = updaterOf(graph.getLayer(changed.get(0)));
            if (first != null && changed.stream().allMatch(layer -> first.equals(updaterOf(graph.getLayer(layer))))) {
                updater = first;
            }
        }
        return updater.hasLearningRate() ? updater.getLearningRate(iteration, epoch) : Double.NaN;
    }
}
