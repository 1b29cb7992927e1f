package org.mtl4j.dl4j.internal.model;

import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.mtl4j.balance.BalanceState;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.internal.assembly.GraphAssembly;
import org.mtl4j.dl4j.internal.cpu.ProductCheck;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.Tower;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Holds everything that a model is: description, plan, graph, history, properties, and the average of a run under way.
 */
public final class ModelState {
    private final MultiTaskNetwork network;
    private final TrainingPlan plan;
    private final ComputationGraph graph;
    private final ModelAccess access;
    private final Map<String, String> properties;
    private HistoryLog log;
    private final Set<String> unstarted = new LinkedHashSet<>();
    private long earlierIterations;
    private volatile boolean maskedSteps;
    private Optional<ParameterAverage> average = Optional.empty();
    private Optional<TableEncoding> encoding = Optional.empty();
    private Optional<BalanceState> balance = Optional.empty();

    /**
     * Takes the graph as it is, which is what a file or a copy needs; see {@link #create} for a fresh one.
     *
     * @throws IllegalStateException if the backend computes wrong products of matrices in the plan's data type
     */
    public ModelState(
            MultiTaskNetwork network,
            TrainingPlan plan,
            ComputationGraph graph,
            TrainingHistory history,
            Map<String, String> properties) {
        ProductCheck.require(plan.dataType());
        this.network = network;
        this.plan = plan;
        this.graph = graph;
        this.access = new ModelAccess(graph);
        this.log = new HistoryLog(history);
        this.properties = new TreeMap<>(properties);
        if (!isTrained()) {
            network.tasks().stream()
                    .filter(task -> task.start() == OutputStart.TARGET_MEAN)
                    .forEach(task -> unstarted.add(task.name()));
        }
    }

    /**
     * Builds the graph of a description, with weights drawn from the plan's seed.
     *
     * @throws IllegalStateException if there is no ND4J backend on the class path, or it computes wrong products of
     *     matrices; the message says what to add or to set
     * @throws IllegalArgumentException if the network has layers that this module cannot build
     */
    public static ModelState create(MultiTaskNetwork network, TrainingPlan plan) {
        Objects.requireNonNull(network, "network");
        Objects.requireNonNull(plan, "plan");
        BackendCheck.require();
        ComputationGraph graph = new ComputationGraph(GraphAssembly.configure(network, plan));
        graph.init();
        if (network.equalStart()) {
            startTowersEqual(network, graph);
        }
        return new ModelState(network, plan, graph, new TrainingHistory(List.of(), List.of()), Map.of());
    }

    private static void startTowersEqual(MultiTaskNetwork network, ComputationGraph graph) {
        for (List<String> vertices : GraphAssembly.alikeLayers(network)) {
            INDArray first = graph.getVertex(vertices.get(0)).params();
            for (String other : vertices.subList(1, vertices.size())) {
                graph.getVertex(other).params().assign(first);
            }
        }
    }

    /**
     * Copies one tower into a model of its own, without units and regularizer; what became of it is noted as an event.
     */
    public ModelState tower(String name) {
        ModelState fresh = create(network.alone(name), plan.withHeld());
        try (ModelAccess.Use reading = access.readWhole()) {
            for (GraphVertex vertex : fresh.graph.getVertices()) {
                if (vertex.numParams() > 0) {
                    vertex.params()
                            .assign(graph.getVertex(vertex.getVertexName()).params());
                }
            }
        }
        ModelState tower = new ModelState(fresh.network, fresh.plan, fresh.graph, fresh.history(), properties());
        tower.unstarted.retainAll(unstarted);
        tower.maskedSteps = maskedSteps;
        tower.encoding = encoding;
        if (isTrained()) {
            tower.add(new TrainingEvent(
                    -1,
                    TrainingEvent.Kind.TOWER_TAKEN,
                    name,
                    "from a network of the towers %s after %s epochs"
                            .formatted(
                                    network.towers().stream().map(Tower::name).toList(), graph.getEpochCount())));
        }
        return tower;
    }

    /** Tells whether the weights have come from data, here or in the networks that they were taken from. */
    public boolean isTrained() {
        return graph.getIterationCount() + earlierIterations > 0
                || history().events().stream()
                        .map(TrainingEvent::kind)
                        .anyMatch(kind ->
                                kind == TrainingEvent.Kind.TOWERS_JOINED || kind == TrainingEvent.Kind.TOWER_TAKEN);
    }

    /**
     * {@return the tasks whose output layers wait for their start at the means of the targets: none was started before,
     * and each has the parameters that it was made with, so that weights from elsewhere count as a start, however they
     * have come}
     */
    public synchronized Set<String> outputsAsMade() {
        Set<String> asMade = new LinkedHashSet<>(unstarted);
        asMade.removeIf(task -> graph.getVertex(task).params().amaxNumber().doubleValue() != 0); // made as zeros
        return asMade;
    }

    /**
     * Says which output layers still wait for their start.
     *
     * @throws IllegalArgumentException if one of them is no task's
     */
    public synchronized void setOutputsAsMade(Collection<String> tasks) {
        List<String> known = network.tasks().stream().map(Task::name).toList();
        if (!known.containsAll(tasks)) {
            throw new IllegalArgumentException(
                    "output layers of the tasks %s, and there are %s".formatted(tasks, known));
        }
        unstarted.clear();
        unstarted.addAll(tasks);
    }

    /** {@return whether training has seen sequences of which some steps were masked} */
    public boolean hasSeenMaskedSteps() {
        return maskedSteps;
    }

    /** Notes that training has seen sequences of which some steps were masked. */
    public void setSeenMaskedSteps() {
        maskedSteps = true;
    }

    /** Takes over everything that training has changed in another model of the same network and plan. */
    public void continueFrom(ModelState other) {
        ParameterSnapshot snapshot = ParameterSnapshot.of(other.graph);
        access.write(() -> {
            snapshot.restoreTo(graph);
            graph.getConfiguration().setIterationCount(other.graph.getIterationCount());
            graph.getConfiguration().setEpochCount(other.graph.getEpochCount());
            access.announce(other.graph.getIterationCount() - 1);
            synchronized (this) {
                log = new HistoryLog(other.history());
                properties.putAll(other.properties);
                earlierIterations = other.earlierIterations;
                encoding = other.encoding.or(() -> encoding);
            }
            setOutputsAsMade(other.unstarted);
            maskedSteps |= other.maskedSteps;
        });
        average = other.average.map(running -> new ParameterAverage(graph, running.values(), running.steps()));
        balance = other.balance;
    }

    /** {@return how rows of a table become what the network reads; empty if it was made for arrays} */
    public synchronized Optional<TableEncoding> encoding() {
        return encoding;
    }

    /**
     * Keeps an encoding with the model. That of a trained model stays, and gets the labels of tasks that it has not.
     *
     * @throws IllegalArgumentException if it does not fit the network, or the model was trained with another one
     */
    public synchronized void setEncoding(TableEncoding encoding) {
        encoding.requireFits(network);
        if (isTrained() && this.encoding.isPresent()) {
            requireSameEncoding(encoding, "rows");
            this.encoding = Optional.of(this.encoding.get().withLabelsOf(encoding));
            return;
        }
        this.encoding = Optional.of(encoding);
    }

    /**
     * Compares the encoding of data with that of the model, if it has one.
     *
     * @param data what the data are
     * @throws IllegalArgumentException if it is another one
     */
    public synchronized void requireSameEncoding(TableEncoding encoding, String data) {
        if (this.encoding.isPresent() && !this.encoding.get().encodesAlike(encoding)) {
            throw new IllegalArgumentException(
                    ("%s of a table are encoded otherwise than those that the model was trained on, so that codes mean"
                                    + " other values; encode them by model.encoding(). %s")
                            .formatted(data, EncodingDifferences.of(this.encoding.get(), encoding)));
        }
    }

    /** {@return after how many steps the parameters are} */
    public int iterations() {
        return access.iterations();
    }

    /** {@return the description} */
    public MultiTaskNetwork network() {
        return network;
    }

    /** {@return how the model is optimised} */
    public TrainingPlan plan() {
        return plan;
    }

    /** {@return the graph itself, not a copy} */
    public ComputationGraph graph() {
        return graph;
    }

    /** {@return by what several threads use the model} */
    public ModelAccess access() {
        return access;
    }

    /** {@return a copy of the history as it is now} */
    public synchronized TrainingHistory history() {
        return log.history();
    }

    /** {@return how many steps were made before the graph's count began anew} */
    public long earlierIterations() {
        return earlierIterations;
    }

    /** Says how many steps were made before the graph's count began anew. */
    public void setEarlierIterations(long steps) {
        earlierIterations = steps;
    }

    /** Adds an epoch to the history. */
    public synchronized void add(EpochResult result) {
        log.add(result);
    }

    /** Adds an event to the history. */
    public synchronized void add(TrainingEvent event) {
        log.add(event);
    }

    /** Lets an epoch stay in the history whatever comes, in the place of one that was to stay before. */
    public synchronized void keepInHistory(int epoch) {
        log.keep(epoch);
    }

    /** Keeps so many of the latest epochs, and of events those that the model goes by. */
    public synchronized void trimHistory(int epochs) {
        log.trim(epochs);
    }

    /** {@return a copy of the texts that are kept with the model} */
    public synchronized Map<String, String> properties() {
        return ImmutableMap.copyOf(properties);
    }

    /** Sets one of {@link #properties()}. */
    public synchronized void setProperty(String key, String value) {
        properties.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
    }

    /** {@return the average of the run that is under way, if it has one} */
    public Optional<ParameterAverage> average() {
        return average;
    }

    /** Starts to average the parameters, in the place of an average that there is. */
    public void setAverage(ParameterAverage running) {
        average = Optional.of(running);
    }

    /** Forgets the average. */
    public void clearAverage() {
        average = Optional.empty();
    }

    /** {@return what the balance of the run that is under way remembers, if it has one} */
    public Optional<BalanceState> balance() {
        return balance;
    }

    /** Sets what the balance of the run remembers; empty at its end. */
    public void setBalance(Optional<BalanceState> state) {
        balance = state;
    }
}
