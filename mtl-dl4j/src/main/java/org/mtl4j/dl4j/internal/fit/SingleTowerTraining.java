package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.Metric;
import org.mtl4j.network.Input;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.PlacedLayer;
import org.mtl4j.network.SharedPart;
import org.mtl4j.network.Tower;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.batches.EncodedBatches;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.mtl4j.train.stopping.EarlyStopping;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Trains each tower of a network by itself and puts the weights into the whole. */
public final class SingleTowerTraining {
    private final GraphModel joined;
    private final MultiDataSetIterator training;
    private final FitOptions options;

    public SingleTowerTraining(GraphModel joined, MultiDataSetIterator training, FitOptions options) {
        this.joined = joined;
        this.training = training;
        this.options = options;
        requireNoSharedLayers(joined.network());
        if (options.taskStopping().isPresent()
                || options.lossWeighting().isPresent()
                || options.stepWeighting().isPresent()
                || options.gradientBalance().isPresent()
                || options.gradientWatch().isPresent()) {
            throw new IllegalArgumentException(
                    "towers that are trained by themselves have no auxiliary tasks to drop or reweigh; give"
                            + " withTaskStopping, withLossWeighting, withStepWeighting, withGradientBalance and"
                            + " withGradientWatch when the joined model is fitted");
        }
    }

    /** Refuses layers that several towers would each have trained: which of them should stay? */
    private static void requireNoSharedLayers(MultiTaskNetwork network) {
        List<String> shared = new ArrayList<>();
        for (Input input : network.inputs()) {
            long readers = network.towers().stream()
                    .filter(tower -> network.inputsOf(tower.name()).contains(input.name()))
                    .count();
            if (readers > 1 && hasParameters(input.layers(), input.shape())) {
                shared.add("the layers of the input '%s'".formatted(input.name()));
            }
        }
        Shape start = network.shapeOfInputs(network.towers().get(0).name());
        if (network.towers().size() > 1 && hasParameters(network.trunk(), start)) {
            shared.add("the trunk");
        }
        if (network.towers().size() > 1
                && network.sharedPart().map(SharedPart::sharesWeights).orElse(false)) {
            shared.add("the %s '%s'"
                    .formatted(
                            network.sharedPart().orElseThrow().kind(),
                            network.sharedGraph().orElseThrow().name()));
        }
        if (!shared.isEmpty()) {
            throw new IllegalArgumentException(
                    "towers that are trained by themselves would each train %s, which they have in common in the whole;"
                                    .formatted(String.join(" and ", shared))
                            + " train the network as a whole, or give each tower such layers of its own");
        }
    }

    private static boolean hasParameters(List<NamedLayer> layers, Shape input) {
        return PlacedLayer.of(layers, input).stream()
                .anyMatch(layer -> layer.spec().parameters(layer.input()) > 0);
    }

    /** Trains all of them, and notes in the history of the whole how far they have come. */
    public void train() {
        EncodedBatches.encodingOf(training).ifPresent(joined::setEncoding);
        Set<String> waiting = new HashSet<>();
        for (Tower tower : joined.network().towers()) {
            GraphModel single = alone(tower);
            for (GraphVertex vertex : single.graph().getVertices()) {
                if (vertex.numParams() > 0) {
                    joined.graph().getVertex(vertex.getVertexName()).params().assign(vertex.params());
                }
            }
            waiting.addAll(single.state().outputsAsMade());
            if (single.state().hasSeenMaskedSteps()) {
                joined.state().setSeenMaskedSteps();
            }
            joined.state()
                    .add(new TrainingEvent(
                            -1,
                            Kind.TOWERS_JOINED,
                            tower.name(),
                            "trained alone for %s epochs, losses in the last: training %s, validation %s"
                                    .formatted(
                                            single.graph().getEpochCount(),
                                            single.history().last().trainingLoss(),
                                            single.history().last().validationLoss())));
        }
        joined.state().setOutputsAsMade(waiting);
    }

    private GraphModel alone(Tower tower) {
        MultiTaskNetwork network = joined.network().alone(tower.name());
        FitOptions alone = FitOptions.epochs(options.epochs());
        if (options.workers().isPresent()) {
            alone = alone.withWorkers(options.workers().getAsInt());
        }
        if (options.validation().isPresent()) {
            alone = alone.withValidation(new SelectedLabels(options.validation().get(), joined.network(), network));
        }
        for (ProgressListener listener : options.listeners()) {
            alone = alone.withListener(listener);
        }
        if (options.checkpoints().isPresent()) {
            Checkpoints given = options.checkpoints().get();
            alone = alone.withCheckpoints(
                    new Checkpoints(given.directory().resolve(tower.name()), given.everyEpochs(), given.kept()));
        }
        if (options.parameterAveraging().isPresent()) {
            alone = alone.withParameterAveraging(options.parameterAveraging().getAsDouble());
        }
        if (options.earlyStopping().isPresent()) {
            EarlyStopping rule = options.earlyStopping().get();
            alone = alone.withEarlyStopping(ruleFor(network, rule));
        }
        for (Task task : network.tasks()) {
            Metric[] metrics = options.metricsOf(task).toArray(Metric[]::new);
            if (metrics.length > 0) {
                alone = alone.withMetrics(task.name(), metrics);
            }
        }
        GraphModel single = GraphModel.create(network, joined.plan().withHeld());
        single.fit(new SelectedLabels(training, joined.network(), network), alone);
        return single;
    }

    /** By the metric where it applies to a task of the tower, else by the losses. */
    private static EarlyStopping ruleFor(MultiTaskNetwork network, EarlyStopping rule) {
        boolean measured = rule.metric()
                .filter(metric -> network.tasks().stream().anyMatch(metric::appliesTo))
                .isPresent();
        return new EarlyStopping(
                Optional.empty(),
                rule.patience(),
                rule.leastImprovement(),
                measured ? rule.metric() : Optional.empty());
    }
}
