package org.mtl4j.dl4j;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.cpu.SingleThreadedBlas;
import org.mtl4j.dl4j.layer.LabelMask;
import org.mtl4j.dl4j.layer.TaskOutputLayer;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.Stitch;
import org.mtl4j.network.Tower;
import org.mtl4j.sharing.Granularity;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.AlphaState;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.RelatednessState;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A multi-task network as a plain Deeplearning4j {@link ComputationGraph}.
 *
 * <pre>{@code
 * Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-3).decayedPerEpoch(0.9));
 * model.fit(training, FitOptions.epochs(25).validatedOn(validation));
 * INDArray points = model.predict(images).of("landmarks");
 * model.save(Path.of("faces.zip"));
 * }</pre>
 *
 * {@link #graph()} is the graph itself, for listeners, early stopping, evaluation, {@code ModelSerializer} and whatever
 * else works on graphs. Its outputs are the tasks, in the order of {@link MultiTaskNetwork#tasks()}, by their names.
 *
 * <p>Same description, plan, data, machine, backend and thread count: same result, bit for bit.
 */
public final class Dl4jModel implements MultiTaskModel {
    private final MultiTaskNetwork network;
    private final TrainingPlan plan;
    private final ComputationGraph graph;
    private final List<EpochResult> epochs;
    private final List<TrainingEvent> events;
    private final Map<String, String> properties;
    private final Work amount;
    private Replicas replicas;
    private Optional<ParameterAverage> average = Optional.empty();

    Dl4jModel(
            MultiTaskNetwork network,
            TrainingPlan plan,
            ComputationGraph graph,
            TrainingHistory history,
            Map<String, String> properties) {
        this.network = network;
        this.plan = plan;
        this.graph = graph;
        this.amount = Work.of(network);
        this.epochs = new ArrayList<>(history.epochs());
        this.events = new ArrayList<>(history.events());
        this.properties = new TreeMap<>(properties);
    }

    /**
     * A fresh model with weights drawn from the plan's seed.
     *
     * @throws IllegalStateException if there is no ND4J backend on the class path; the message says what to add
     * @throws IllegalArgumentException if the network has layers that this module cannot build
     */
    public static Dl4jModel create(MultiTaskNetwork network, TrainingPlan plan) {
        Objects.requireNonNull(network, "network");
        Objects.requireNonNull(plan, "plan");
        Backend.require();
        ComputationGraph graph = new ComputationGraph(GraphAssembly.configure(network, plan));
        graph.init();
        if (network.equalStart()) {
            startTowersEqual(network, graph);
        }
        return new Dl4jModel(network, plan, graph, new TrainingHistory(List.of(), List.of()), Map.of());
    }

    /**
     * A model whose towers have been trained by themselves, each on its own tasks, before they were joined by the units at
     * their initial values: the start that Misra et al. (2016, section 5) found better than from scratch. Fit it further to
     * train the towers together.
     *
     * <p>Each tower starts with the same seed, so that towers of the same layers start equal.
     *
     * @param training the data of the whole network; labels of other towers' tasks are left out
     * @param options epochs, validation data, listeners, workers and checkpoints (one directory per tower under that given).
     *     With early stopping each tower stops by all of its tasks
     * @throws IllegalArgumentException if the options drop or reweigh tasks, which is for the joined model
     */
    public static Dl4jModel fromSingleTasks(
            MultiTaskNetwork network, TrainingPlan plan, MultiDataSetIterator training, FitOptions options) {
        Dl4jModel joined = create(network, plan);
        new SingleTasks(joined, training, options).train();
        return joined;
    }

    /**
     * One tower as a model of its own, the way back from a stitched network: its layers, its tasks, copies of its present
     * weights and of the properties, without units and regularizer. {@code tower(name).graph()} is a plain graph whose vertices
     * are called as in this one. ({@link org.mtl4j.dl4j.join.StitchedGraph} does the same for graphs of any origin.)
     *
     * <p>Where all units are at the identity it predicts exactly what this model predicts; elsewhere it does not, because what
     * the tower got from the others is gone, and should be trained on. It starts with fresh updater state and no history of
     * epochs.
     *
     * @throws IllegalArgumentException if there is no tower of this name
     */
    public Dl4jModel tower(String name) {
        Dl4jModel fresh = create(network.alone(name), plan);
        for (GraphVertex vertex : fresh.graph.getVertices()) {
            if (vertex.numParams() > 0) {
                vertex.params().assign(graph.getVertex(vertex.getVertexName()).params());
            }
        }
        Dl4jModel tower = new Dl4jModel(fresh.network, plan, fresh.graph, fresh.history(), properties);
        if (isTrained()) {
            tower.addToHistory(new TrainingEvent(
                    -1,
                    TrainingEvent.Kind.TOWER_TAKEN,
                    name,
                    "from a network of the towers %s after %d epochs"
                            .formatted(
                                    network.towers().stream().map(Tower::name).toList(), epochs.size())));
        }
        return tower;
    }

    /** Whether the weights have come from data, here or in the networks that they were taken from. */
    boolean isTrained() {
        return graph.getIterationCount() > 0
                || events.stream()
                        .map(TrainingEvent::kind)
                        .anyMatch(kind ->
                                kind == TrainingEvent.Kind.TOWERS_JOINED || kind == TrainingEvent.Kind.TOWER_TAKEN);
    }

    /**
     * Reads a model that {@link #save} wrote; it predicts the same numbers, and goes on training as if it had never been
     * saved.
     *
     * <p>The file need not be trusted: it can only name classes of this library and of Deeplearning4j's configuration, and
     * of the packages given here; check sums and sizes are looked at before anything is made of it.
     *
     * @param trustedPackages packages of layers and relatedness functions of your own that the model uses, such as {@code
     *     "com.example.layers"}
     * @throws IOException if the file cannot be read or is not such a model; the message names the file
     * @throws IllegalStateException if there is no ND4J backend on the class path
     */
    public static Dl4jModel load(Path file, String... trustedPackages) throws IOException {
        Backend.require();
        return ModelFile.read(file, List.of(trustedPackages));
    }

    /** The graph itself. Training or changing it changes this model. */
    public ComputationGraph graph() {
        return graph;
    }

    @Override
    public MultiTaskNetwork network() {
        return network;
    }

    @Override
    public TrainingPlan plan() {
        return plan;
    }

    @Override
    public TrainingHistory fit(MultiDataSetIterator training, FitOptions options) {
        new Training(this, new LocalSteps(this, training, options), options).run();
        return history();
    }

    /**
     * As {@link #fit(MultiDataSetIterator, FitOptions)}, with the steps computed by other processes. Everything else, such as
     * validation, rules that stop, checkpoints and the updater's state, stays here.
     *
     * @param workers each with a share of the training data
     * @param averaging what they have in common after each round
     * @param options as of the other method; {@link FitOptions#workers}, threads of this process, means nothing here, and
     *     validation is done in this process
     * @return the epochs of the model's whole life, these included
     * @throws IllegalArgumentException as of the other method
     * @throws org.mtl4j.train.TrainingDivergedException if the score is not finite after a round
     */
    public TrainingHistory fit(Workers workers, Averaging averaging, FitOptions options) {
        new Training(this, new SharedSteps(this, workers, averaging), options).run();
        return history();
    }

    @Override
    public TrainingHistory history() {
        return new TrainingHistory(epochs, events);
    }

    void addToHistory(EpochResult result) {
        epochs.add(result);
    }

    void addToHistory(TrainingEvent event) {
        events.add(event);
    }

    @Override
    public Predictions predict(INDArray features) {
        checkFeatures(features);
        return predict(features, null);
    }

    /** Of the features of a batch, of which some steps may be masked. */
    Predictions predict(MultiDataSet batch) {
        return predict(batch.getFeatures(0), batch.getFeaturesMaskArrays());
    }

    private Predictions predict(INDArray features, INDArray[] masks) {
        INDArray[] outputs = output(features, masks);
        ImmutableMap.Builder<String, INDArray> byTask = ImmutableMap.builder();
        for (int i = 0; i < outputs.length; i++) {
            byTask.put(network.tasks().get(i).name(), outputs[i]);
        }
        return new Predictions(byTask.build());
    }

    private INDArray[] output(INDArray features, INDArray[] masks) {
        List<INDArray[]> parts = divided(features, (replica, rows, from, to) -> output(replica, rows, masks, from, to));
        if (parts.size() == 1) {
            return parts.get(0);
        }
        INDArray[] outputs = new INDArray[parts.get(0).length];
        for (int t = 0; t < outputs.length; t++) {
            int task = t;
            outputs[t] = Nd4j.concat(0, parts.stream().map(part -> part[task]).toArray(INDArray[]::new));
        }
        return outputs;
    }

    private static INDArray[] output(ComputationGraph replica, INDArray rows, INDArray[] masks, long from, long to) {
        return masks == null
                ? replica.output(false, rows)
                : replica.output(false, new INDArray[] {rows}, TrainingStep.slice(masks, from, to));
    }

    /** The loss of each task, mean over the examples of a batch that have its label; 0 if none has. */
    double[] measuredLosses(MultiDataSet batch) {
        List<Task> tasks = network.tasks();
        double[] sums = new double[tasks.size()];
        double[] labelled = TaskMeans.labelled(batch);
        INDArray[] masks = Masks.ofLabels(batch);
        for (double[] part : divided(batch.getFeatures(0), (replica, rows, from, to) -> {
            INDArray[] labelsHere = TrainingStep.slice(batch.getLabels(), from, to);
            INDArray[] masksHere = TrainingStep.slice(masks, from, to);
            for (int t = 0; t < sums.length; t++) {
                TaskOutputLayer.measure(replica.getLayer(tasks.get(t).name()), labelsHere[t], masksHere[t]);
            }
            try {
                output(replica, rows, batch.getFeaturesMaskArrays(), from, to);
            } finally {
                tasks.forEach(task -> TaskOutputLayer.measure(replica.getLayer(task.name()), null, null));
            }
            double[] losses = new double[sums.length];
            for (int t = 0; t < sums.length; t++) {
                Layer layer = replica.getLayer(tasks.get(t).name());
                losses[t] = TaskOutputLayer.lossOf(layer) * LabelMask.labelled(masksHere[t], to - from);
            }
            return losses;
        })) {
            for (int t = 0; t < sums.length; t++) {
                sums[t] += part[t];
            }
        }
        for (int t = 0; t < sums.length; t++) {
            sums[t] = labelled[t] == 0 ? 0 : sums[t] / labelled[t];
        }
        return sums;
    }

    /** What is done with some rows of a batch, those from {@code from} to before {@code to}. */
    @FunctionalInterface
    private interface RowsOfBatch<T> {
        T run(ComputationGraph replica, INDArray features, long from, long to);
    }

    /** Divides a batch among as many threads as it is worth. */
    private <T> List<T> divided(INDArray features, RowsOfBatch<T> work) {
        int workers = Replicas.best();
        long examples = features.size(0);
        int parts = amount.parts(examples, workers);
        if (parts == 1) {
            return amount.worthThreadsInOperations(examples)
                    ? List.of(work.run(graph, features, 0, examples))
                    : HostThreads.withOne(() -> List.of(work.run(graph, features, 0, examples)));
        }
        try (SingleThreadedBlas blas = SingleThreadedBlas.open()) {
            return replicas(workers)
                    .divide(
                            examples,
                            parts,
                            (replica, part, from, to) -> work.run(
                                    replica, TrainingStep.slice(new INDArray[] {features}, from, to)[0], from, to));
        }
    }

    /** The graphs for a call of fit, or null if one graph does everything. */
    Replicas replicasForTraining(FitOptions options) {
        int workers =
                options.workers() > 0 ? options.workers() : Replicas.mayDivideTraining(network) ? Replicas.best() : 1;
        return workers == 1 ? null : replicas(workers);
    }

    private Replicas replicas(int count) {
        if (replicas == null || replicas.count() != count) {
            replicas = new Replicas(graph, count);
        }
        return replicas;
    }

    @Override
    public Map<String, TaskScore> evaluate(MultiDataSetIterator data) {
        return new Evaluation(this).scores(data);
    }

    @Override
    public Map<String, Double> losses(MultiDataSetIterator data) {
        return new Evaluation(this).losses(data);
    }

    @Override
    public Map<String, INDArray> alphas() {
        Map<String, INDArray> alphas = new LinkedHashMap<>();
        for (Stitch stitch : network.stitches()) {
            int towers = stitch.towers().size();
            INDArray[] rows = stitch.towers().stream()
                    .map(tower -> graph.getVertex(GraphAssembly.stitchVertex(tower, stitch.place()))
                            .params())
                    .toArray(INDArray[]::new);
            INDArray all = Nd4j.concat(0, rows);
            alphas.put(
                    stitch.place(),
                    stitch.unit().granularity() == Granularity.PER_LAYER
                            ? all
                            : all.reshape('c', towers, towers, all.size(1) / towers));
        }
        return alphas;
    }

    /** {@link #alphas()} over the channels. */
    List<AlphaState> alphaStates() {
        Map<String, INDArray> alphas = alphas();
        List<AlphaState> states = new ArrayList<>();
        for (Stitch stitch : network.stitches()) {
            INDArray alpha = alphas.get(stitch.place());
            List<String> towers = stitch.towers();
            for (int to = 0; to < towers.size(); to++) {
                for (int from = 0; from < towers.size(); from++) {
                    INDArray channels = alpha.get(NDArrayIndex.point(to), NDArrayIndex.point(from));
                    states.add(new AlphaState(
                            stitch.place(),
                            towers.get(to),
                            towers.get(from),
                            channels.meanNumber().doubleValue(),
                            channels.minNumber().doubleValue(),
                            channels.maxNumber().doubleValue()));
                }
            }
        }
        return states;
    }

    @Override
    public List<RelatednessState> relatedness() {
        return network.regularizer()
                .map(term -> WeightRelatednessVertex.states(graph, GraphAssembly.RELATEDNESS))
                .map(values -> {
                    List<RelatednessState> states = new ArrayList<>();
                    int tie = 0;
                    for (String layer : network.regularizer().orElseThrow().layers()) {
                        for (var pair : network.regularizedPairs()) {
                            WeightRelatednessVertex.State value = values.get(tie++);
                            states.add(new RelatednessState(layer, pair, value.value(), value.coefficients()));
                        }
                    }
                    return states;
                })
                .orElse(List.of());
    }

    @Override
    public Map<String, String> properties() {
        return ImmutableMap.copyOf(properties);
    }

    @Override
    public void setProperty(String key, String value) {
        properties.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
    }

    @Override
    public void save(Path file) throws IOException {
        ModelFile.write(this, file, Optional.empty());
    }

    /** The average of the run that is under way, if it has one. */
    Optional<ParameterAverage> average() {
        return average;
    }

    /** @param running null for none */
    void average(ParameterAverage running) {
        average = Optional.ofNullable(running);
    }

    /** Takes over everything that training has changed in another model of the same network and plan. */
    void goOnFrom(Dl4jModel other) {
        ParameterState.of(other.graph).restoreTo(graph);
        graph.getConfiguration().setIterationCount(other.graph.getIterationCount());
        graph.getConfiguration().setEpochCount(other.graph.getEpochCount());
        epochs.clear();
        epochs.addAll(other.epochs);
        events.clear();
        events.addAll(other.events);
        properties.putAll(other.properties);
        average = other.average.map(running -> new ParameterAverage(graph, running.values(), running.steps()));
    }

    /**
     * A batch as the graph wants it. One labels array per task must be there, in their order; null for a task means that none
     * of the examples has its label.
     */
    MultiDataSet checked(MultiDataSet batch) {
        if (batch.numFeatureArrays() != 1) {
            throw new IllegalArgumentException(
                    "a batch has one features array, got " + batch.numFeatureArrays() + "; all towers read the same");
        }
        checkFeatures(batch.getFeatures(0));
        List<Task> tasks = network.tasks();
        if (batch.numLabelsArrays() != tasks.size()) {
            throw new IllegalArgumentException("a batch has one labels array per task, %s, got %d arrays"
                    .formatted(tasks.stream().map(Task::name).toList(), batch.numLabelsArrays()));
        }
        long examples = batch.getFeatures(0).size(0);
        INDArray[] labels = batch.getLabels().clone();
        INDArray[] masks = Masks.ofLabels(batch);
        boolean filled = false;
        for (int t = 0; t < labels.length; t++) {
            Task task = tasks.get(t);
            if (labels[t] == null) {
                labels[t] = Nd4j.zeros(plan.dataType(), examples, task.outputs());
                masks[t] = Nd4j.zeros(plan.dataType(), examples, 1);
                filled = true;
            } else if (labels[t].rank() != 2 || labels[t].size(0) != examples || labels[t].size(1) != task.outputs()) {
                throw new IllegalArgumentException("task '%s': labels must be [%d, %d], got %s"
                        .formatted(task.name(), examples, task.outputs(), Arrays.toString(labels[t].shape())));
            }
            if (masks[t] != null) {
                LabelMask.check(masks[t], examples, task.outputs(), task.name());
                if (task.kind() == TaskKind.MULTI_CLASS && masks[t].size(1) != 1) {
                    throw new IllegalArgumentException(
                            "task '%s': one class of several is there or not, so the mask of its labels must be [%d, 1], got %s"
                                    .formatted(task.name(), examples, Arrays.toString(masks[t].shape())));
                }
            }
        }
        return filled
                ? new org.nd4j.linalg.dataset.MultiDataSet(
                        batch.getFeatures(), labels, batch.getFeaturesMaskArrays(), masks)
                : batch;
    }

    private void checkFeatures(INDArray features) {
        Shape shape = network.input();
        long[] expected = featuresShape(-1);
        long[] given = features.shape();
        boolean fits = given.length == expected.length && given[0] > 0;
        for (int i = 1; fits && i < expected.length; i++) {
            fits = given[i] == expected[i];
        }
        if (!fits) {
            throw new IllegalArgumentException("features must be [batch, %s, got %s"
                    .formatted(shape.toString().substring(1), Arrays.toString(given)));
        }
    }

    /** The shape of the features of so many examples. */
    long[] featuresShape(long examples) {
        return network.input().batch(examples);
    }

    private static void startTowersEqual(MultiTaskNetwork network, ComputationGraph graph) {
        for (List<String> vertices : GraphAssembly.alikeLayers(network)) {
            INDArray first = graph.getVertex(vertices.get(0)).params();
            for (String other : vertices.subList(1, vertices.size())) {
                graph.getVertex(other).params().assign(first);
            }
        }
    }
}
