package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Table;
import java.io.NotSerializableException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.mtl4j.internal.json.WrittenClasses;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.relatedness.WeightRelatednessRegularizer.Pair;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.task.Task;

/**
 * The description of a multi-task network. Single-task, split, cross-stitch, and cross-stitch with weight relatedness
 * are one description with parts left out:
 *
 * <pre>{@code
 * Task landmarks = Task.regression("landmarks", 10);
 * Task gender = Task.classification("gender", 2).withWeight(0.2);
 *
 * MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 40, 40))
 *     .tower("landmarks", SplitHead.of(landmarks))
 *     .tower("attributes", SplitHead.of(gender))
 *     .convolution("conv1", 20, 4).maxPool(2).stitch(CrossStitchUnit.perChannel())
 *     .dense("fc", 120).stitch(CrossStitchUnit.perLayer())
 *     .regularize(WeightRelatednessRegularizer.over("conv1", "fc").withStrength(1e-3))
 *     .build();
 * }</pre>
 *
 * Layers go to every tower, or to one by {@link NetworkBuilder#in}. A unit mixes the towers' ends as they are when
 * {@link NetworkBuilder#stitch} is called; at least two towers, any number of them, and for most units equal in shape
 * there.
 *
 * <p>There may be several named inputs, with layers of their own, of which a tower reads all or some, and a trunk of
 * layers that all towers have in common:
 *
 * <pre>{@code
 * MultiTaskNetwork network = MultiTaskNetwork.builder()
 *     .input("numbers", Shape.vector(6))
 *     .input("pictures", Shape.image(1, 28, 28), layers -> layers.convolution("conv1", 8, 5).dense("code", 16))
 *     .trunk(layers -> layers.dense("trunk1", 64))
 *     .tower("gender", SplitHead.of(gender))
 *     .tower("pose", SplitHead.of(pose))
 *     .dense("fc", 32)
 *     .build();
 * }</pre>
 *
 * <p>{@link #toString()} is a readable table of layers, shapes, parameters and stitches. Immutable. Java serialises it
 * as the JSON of {@link #toJson()}.
 */
public final class MultiTaskNetwork implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Names that tasks cannot have, because other parts of a built graph have them. */
    public static final Set<String> RESERVED_TASK_NAMES = Set.of("input", "relatedness");

    private final InputPlan inputs;
    private final Optional<SharedPart> part;
    private final Optional<SharedGraph> shared;
    /** By tower the shape that its layers begin with. */
    private final ImmutableMap<String, Shape> starts;

    private final ImmutableMap<String, Tower> towers;
    private final ImmutableList<Joint> joints;
    private final Optional<LayerMix> layerMix;
    private final Optional<WeightRelatednessRegularizer> regularizer;
    private final Initializer initializer;
    private final boolean equalStart;
    /** What was asked for; empty where the regularizer decided. */
    private final Optional<Boolean> askedStart;

    private final ImmutableList<Element> elements;
    private final Table<String, String, Shape> shapes;
    private final Table<String, String, Shape> layerInputs;
    private final ImmutableMap<String, Shape> ends;

    MultiTaskNetwork(NetworkBuilder builder) {
        inputs = builder.inputPlan();
        initializer = builder.initializer();
        elements = builder.elements();
        part = builder.part().map(NetworkBuilder.NamedPart::part);
        shared = builder.part().map(named -> NetworkChecks.shared(named, inputs));
        starts = shared.map(SharedGraph::starts).orElse(inputs.starts());
        TowerAssembly assembly = new TowerAssembly(starts, builder.heads(), elements);
        towers = assembly.towers();
        shapes = assembly.shapes();
        layerInputs = assembly.inputs();
        ends = assembly.ends();
        joints = assembly.joints();
        layerMix = builder.layerMix();
        layerMix.ifPresent(assembly::check);
        NetworkChecks.uniqueTasks(towers.values());
        NetworkChecks.inputNames(inputs, towers.values());
        regularizer = builder.regularizer();
        regularizer.ifPresent(
                term -> shared.ifPresent(graph -> NetworkChecks.noSharedLayers(term, graph, placedByTower())));
        regularizer.ifPresent(term -> NetworkChecks.tiedWeights(term, towers, placedByTower()));
        askedStart = builder.equalStart();
        equalStart = builder.equalStart()
                .orElse(regularizer.map(r -> r.relatedness().needsEqualStart()).orElse(false));
    }

    /**
     * Starts a description of a network with one input of this shape, which is called {@code input} and which all
     * towers read.
     */
    public static NetworkBuilder builder(Shape input) {
        return builder().input(Input.ONLY, input);
    }

    /** Starts a description of a network whose inputs are added by {@link NetworkBuilder#input}. */
    public static NetworkBuilder builder() {
        return new NetworkBuilder();
    }

    /**
     * {@return the shape of one example of the input, where there is one}
     *
     * @throws IllegalStateException if there are several: ask {@link #inputs()}
     */
    public Shape input() {
        if (inputs.inputs().size() > 1) {
            throw new IllegalStateException("the network has several inputs, %s; ask inputs() or input(name)"
                    .formatted(inputs.inputs().stream().map(Input::name).toList()));
        }
        return inputs.inputs().get(0).shape();
    }

    /** {@return the inputs, in the order of the features arrays of a batch} */
    public List<Input> inputs() {
        return inputs.inputs();
    }

    /**
     * {@return the input of this name}
     *
     * @throws IllegalArgumentException if there is none
     */
    public Input input(String name) {
        return inputs.input(name);
    }

    /**
     * {@return the names of the inputs that a tower reads, in the order of the inputs}
     *
     * @throws IllegalArgumentException if there is no such tower
     */
    public List<String> inputsOf(String tower) {
        return Objects.requireNonNull(inputs.reads().get(tower(tower).name()));
    }

    /** {@return the layers that are computed once for all towers, between the inputs and the towers; may be empty} */
    public List<NamedLayer> trunk() {
        return inputs.trunk();
    }

    /** {@return the experts, attention or branches between the trunk and the towers, if there are any} */
    public Optional<SharedPart> sharedPart() {
        return part;
    }

    /** {@return what {@link #sharedPart()} comes to in this network} */
    public Optional<SharedGraph> sharedGraph() {
        return shared;
    }

    /**
     * {@return the shape of one example where a tower's own layers begin: the inputs that it reads, joined, behind the
     * trunk and behind experts, attention or branches}
     *
     * @throws IllegalArgumentException if there is no such tower
     */
    public Shape shapeBeforeLayers(String tower) {
        return Objects.requireNonNull(starts.get(tower(tower).name()));
    }

    /**
     * {@return the shape of one example of the inputs that a tower reads, joined: where the trunk begins}
     *
     * @throws IllegalArgumentException if there is no such tower
     */
    public Shape shapeOfInputs(String tower) {
        return inputs.joined(tower(tower).name());
    }

    /** {@return the towers, in the order in which they were added} */
    public List<Tower> towers() {
        return towers.values().asList();
    }

    /**
     * {@return the network of one tower by itself, without units and regularizer: what is trained where a tower starts
     * from its own tasks} It has the inputs that the tower reads, the trunk, and of experts and the like what the tower
     * uses.
     *
     * @throws IllegalArgumentException if there is no such tower, or if it reads what other towers' experts say, as
     *     behind the first level of {@link Experts#ple}
     */
    public MultiTaskNetwork alone(String tower) {
        Tower one = tower(tower);
        NetworkBuilder builder = builder().initializer(initializer).tower(one.name(), one.head());
        inputsOf(tower).forEach(name -> builder.input(input(name)));
        builder.trunk(trunk());
        shared.ifPresent(graph -> builder.part(graph.name(), part.orElseThrow().alone(tower, towers.keySet())));
        one.layers().forEach(layer -> builder.layer(layer.name(), layer.spec()));
        return builder.build();
    }

    /** {@return the tower of this name} */
    public Tower tower(String name) {
        Tower tower = towers.get(name);
        if (tower == null) {
            throw new IllegalArgumentException("no tower '%s'; there are %s".formatted(name, towers.keySet()));
        }
        return tower;
    }

    /**
     * {@return all tasks, tower by tower in the order of their heads} This is the order of the labels of a data set and
     * of the outputs of the graph.
     */
    public List<Task> tasks() {
        return towers.values().stream()
                .flatMap(tower -> tower.head().tasks().stream())
                .collect(ImmutableList.toImmutableList());
    }

    /** {@return the task of this name} */
    public Task task(String name) {
        return tasks().stream()
                .filter(task -> task.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no task '%s'; there are %s"
                        .formatted(name, tasks().stream().map(Task::name).collect(Collectors.toList()))));
    }

    /** {@return the units with their places, in the order in which they were added} */
    public List<Stitch> stitches() {
        return joints.stream()
                .filter(Stitch.class::isInstance)
                .map(Stitch.class::cast)
                .collect(ImmutableList.toImmutableList());
    }

    /**
     * {@return the layer whose weights make the channels that a tower gives to a unit: the last convolution or fully
     * connected layer before it, where nothing between them mixes channels; empty if there is none}
     */
    public Optional<String> weightsBefore(Stitch stitch, String tower) {
        return SubspaceWeights.before(tower(tower).layers(), stitch.after().get(tower));
    }

    /** {@return the mix of each tower's layers before its head, if there is one} */
    public Optional<LayerMix> layerMix() {
        return layerMix;
    }

    /** {@return everything that joins towers between their layers, in the order in which it was added} */
    public List<Joint> joints() {
        return joints;
    }

    /** {@return the weight-relatedness term, if there is one} */
    public Optional<WeightRelatednessRegularizer> regularizer() {
        return regularizer;
    }

    /** {@return the pairs of towers that the regularizer ties; empty without one, and for functions of all towers} */
    public List<Pair> regularizedPairs() {
        return regularizer.map(term -> term.pairsAmong(towers.keySet())).orElse(List.of());
    }

    /**
     * {@return for each layer of the regularizer the towers that its terms are about: two by two, or all at once; empty
     * without one}
     */
    public List<List<String>> regularizedGroups() {
        return regularizer.map(term -> term.groupsAmong(towers.keySet())).orElse(List.of());
    }

    /**
     * {@return every layer that computes, of the inputs, the trunk, experts and the like, the towers and the branches
     * of their heads; blocks are taken apart}
     */
    public List<PlacedLayer> placedLayers() {
        ImmutableList.Builder<PlacedLayer> all = ImmutableList.builder();
        for (Input input : inputs()) {
            all.addAll(PlacedLayer.of(input.layers(), input.shape()));
        }
        if (!trunk().isEmpty()) {
            all.addAll(PlacedLayer.of(trunk(), shapeOfInputs(towers().get(0).name())));
        }
        shared.ifPresent(graph -> all.addAll(graph.placedLayers()));
        for (Tower tower : towers.values()) {
            all.addAll(placedLayers(tower.name()));
            for (SplitHead.Branch branch : tower.head().branches()) {
                all.addAll(PlacedLayer.of(branch.layers(), shapeBeforeHead(tower.name())));
            }
        }
        return all.build();
    }

    /** {@return every layer of a tower that computes, without those of its head; blocks are taken apart} */
    public List<PlacedLayer> placedLayers(String tower) {
        ImmutableList.Builder<PlacedLayer> all = ImmutableList.builder();
        for (NamedLayer layer : tower(tower).layers()) {
            all.addAll(PlacedLayer.of(layer, shapeBefore(tower, layer.name())));
        }
        return all.build();
    }

    private Map<String, List<PlacedLayer>> placedByTower() {
        return ImmutableMap.copyOf(Maps.asMap(towers.keySet(), this::placedLayers));
    }

    /** {@return how the weights of hidden layers are drawn} */
    public Initializer initializer() {
        return initializer;
    }

    /** {@return whether layers of one name and size start with equal weights in all towers} */
    public boolean equalStart() {
        return equalStart;
    }

    /** {@return the shape of one example after the layer {@code layer} of {@code tower}} */
    public Shape shapeAfter(String tower, String layer) {
        Shape shape = shapes.get(tower, layer);
        if (shape == null) {
            throw new IllegalArgumentException("no layer '%s' in tower '%s'; there are %s"
                    .formatted(layer, tower, shapes.row(tower).keySet()));
        }
        return shape;
    }

    /** {@return the shape of one example that the layer {@code layer} of {@code tower} reads} */
    public Shape shapeBefore(String tower, String layer) {
        Shape shape = layerInputs.get(tower, layer);
        if (shape == null) {
            throw new IllegalArgumentException("no layer '%s' in tower '%s'; there are %s"
                    .formatted(layer, tower, layerInputs.row(tower).keySet()));
        }
        return shape;
    }

    /** {@return the shape of one example where the head of {@code tower} begins} */
    public Shape shapeBeforeHead(String tower) {
        return Objects.requireNonNull(ends.get(tower(tower).name()));
    }

    /** {@return the number of parameters: layers, output layers, units, and learned coefficients of the regularizer} */
    public long parameters() {
        return ParameterCount.of(this);
    }

    /** What was asked for by {@link NetworkBuilder#startTowersEqual}; empty if the regularizer decides. */
    Optional<Boolean> askedStart() {
        return askedStart;
    }

    /** What the inputs are, and who reads them. */
    InputPlan inputPlan() {
        return inputs;
    }

    /** What the network is made of, to take it apart again; used by backends and by the table. */
    ImmutableList<Element> elements() {
        return elements;
    }

    /** {@return a builder that holds everything that this network was built from} */
    public NetworkBuilder toBuilder() {
        NetworkBuilder builder = new NetworkBuilder().initializer(initializer);
        inputs().forEach(builder::input);
        builder.trunk(trunk()).elements(elements);
        shared.ifPresent(graph -> builder.part(graph.name(), part.orElseThrow()));
        towers.values().forEach(tower -> builder.tower(tower.name(), tower.head()));
        inputs.told().forEach((tower, names) -> builder.reads(tower, names.toArray(String[]::new)));
        regularizer.ifPresent(builder::regularize);
        layerMix.ifPresent(builder::mixLayers);
        askedStart.ifPresent(builder::startTowersEqual);
        return builder;
    }

    /**
     * Writes this description as JSON, for {@link #fromJson(String)}. Types of your own are written by their classes.
     */
    public String toJson() {
        return toJson(SavedTypes.none());
    }

    /**
     * Writes this description as JSON, for {@link #fromJson(String, SavedTypes)}.
     *
     * @param types what layers, losses and relatedness functions of your own are called in it
     * @throws IllegalArgumentException if one of them cannot be written
     */
    public String toJson(SavedTypes types) {
        return NetworkJson.write(this, types);
    }

    /**
     * Reads the description that {@link #toJson()} wrote, if it has no types of your own.
     *
     * @throws IllegalArgumentException as of {@link #fromJson(String, SavedTypes)}
     */
    public static MultiTaskNetwork fromJson(String json) {
        return fromJson(json, SavedTypes.none());
    }

    /**
     * Reads the description that {@link #toJson(SavedTypes)} wrote, also by earlier versions.
     *
     * @param types what layers, losses and relatedness functions of your own are called in it, and which packages are
     *     trusted
     * @throws IllegalArgumentException if the text is not such a description, names a type that is not known or not
     *     trusted, or describes what {@link NetworkBuilder#build()} refuses
     */
    public static MultiTaskNetwork fromJson(String json, SavedTypes types) {
        return NetworkJson.read(json, types);
    }

    /** {@return a readable table of layers, shapes, parameters and stitches} */
    @Override
    public String toString() {
        return new NetworkTable(this).toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MultiTaskNetwork network
                && inputs.equals(network.inputs)
                && part.equals(network.part)
                && shared.map(SharedGraph::name).equals(network.shared.map(SharedGraph::name))
                && towers.equals(network.towers)
                && joints.equals(network.joints)
                && layerMix.equals(network.layerMix)
                && regularizer.equals(network.regularizer)
                && initializer == network.initializer
                && equalStart == network.equalStart;
    }

    @Override
    public int hashCode() {
        return Objects.hash(inputs, part, towers, joints, layerMix, regularizer, initializer, equalStart);
    }

    /** What Java serialises in its place: its saved form. */
    private Object writeReplace() throws NotSerializableException {
        return new Written(WrittenClasses.written(this::toJson));
    }

    private record Written(String json) implements Serializable {
        private Object readResolve() {
            return MultiTaskNetwork.fromJson(json, WrittenClasses.trusted(json));
        }
    }
}
