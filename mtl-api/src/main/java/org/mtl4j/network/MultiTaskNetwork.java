package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Table;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
 * All towers read the same input. Layers go to every tower, or to one by {@link NetworkBuilder#in}. A unit mixes the
 * towers' ends as they are when {@link NetworkBuilder#stitch} is called; at least two towers, any number of them, equal
 * in shape there.
 *
 * <p>{@link #toString()} is a readable table of layers, shapes, parameters and stitches. Immutable.
 */
public final class MultiTaskNetwork {

    /** Names that tasks cannot have, because other parts of a built graph have them. */
    public static final Set<String> RESERVED_TASK_NAMES = Set.of("input", "relatedness");

    private final Shape input;
    private final ImmutableMap<String, Tower> towers;
    private final ImmutableList<Stitch> stitches;
    private final Optional<WeightRelatednessRegularizer> regularizer;
    private final Initializer initializer;
    private final boolean equalStart;
    /** What was asked for; empty where the regularizer decided. */
    private final Optional<Boolean> askedStart;

    private final ImmutableList<Element> elements;
    private final Table<String, String, Shape> shapes;

    MultiTaskNetwork(NetworkBuilder builder) {
        input = builder.input();
        initializer = builder.initializer();
        elements = builder.elements();
        TowerAssembly assembly = new TowerAssembly(input, builder.heads(), elements);
        towers = assembly.towers();
        shapes = assembly.shapes();
        stitches = assembly.stitches();
        NetworkChecks.uniqueTasks(towers.values());
        regularizer = builder.regularizer();
        regularizer.ifPresent(term -> NetworkChecks.tiedWeights(term, towers, input));
        askedStart = builder.equalStart();
        equalStart = builder.equalStart()
                .orElse(regularizer.map(r -> r.relatedness().needsEqualStart()).orElse(false));
    }

    /** Starts a description of a network whose towers read inputs of this shape. */
    public static NetworkBuilder builder(Shape input) {
        return new NetworkBuilder(input);
    }

    /** {@return the shape of one example of the input} */
    public Shape input() {
        return input;
    }

    /** {@return the towers, in the order in which they were added} */
    public List<Tower> towers() {
        return towers.values().asList();
    }

    /**
     * {@return the network of one tower by itself, without units and regularizer: what is trained where a tower starts
     * from its own tasks}
     *
     * @throws IllegalArgumentException if there is no such tower
     */
    public MultiTaskNetwork alone(String tower) {
        Tower one = tower(tower);
        NetworkBuilder builder = builder(input).initializer(initializer).tower(one.name(), one.head());
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

    /** {@return the cross-stitch units, in the order in which they were added} */
    public List<Stitch> stitches() {
        return stitches;
    }

    /** {@return the weight-relatedness term, if there is one} */
    public Optional<WeightRelatednessRegularizer> regularizer() {
        return regularizer;
    }

    /** {@return the pairs of towers that the regularizer ties; empty without one} */
    public List<Pair> regularizedPairs() {
        return regularizer.map(term -> term.pairsAmong(towers.keySet())).orElse(List.of());
    }

    /** {@return every layer that computes, of the towers and of the branches of their heads; blocks are taken apart} */
    public List<PlacedLayer> placedLayers() {
        ImmutableList.Builder<PlacedLayer> all = ImmutableList.builder();
        for (Tower tower : towers.values()) {
            all.addAll(PlacedLayer.of(tower.layers(), input));
            for (SplitHead.Branch branch : tower.head().branches()) {
                all.addAll(PlacedLayer.of(branch.layers(), shapeBeforeHead(tower.name())));
            }
        }
        return all.build();
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

    /** {@return the shape of one example where the head of {@code tower} begins} */
    public Shape shapeBeforeHead(String tower) {
        List<NamedLayer> layers = tower(tower).layers();
        return layers.isEmpty()
                ? input
                : shapeAfter(tower, layers.get(layers.size() - 1).name());
    }

    /** {@return the number of parameters: layers, output layers, α, and learned coefficients of the regularizer} */
    public long parameters() {
        return ParameterCount.of(this);
    }

    /** What was asked for by {@link NetworkBuilder#startTowersEqual}; empty if the regularizer decides. */
    Optional<Boolean> askedStart() {
        return askedStart;
    }

    /** What the network is made of, to take it apart again; used by backends and by the table. */
    ImmutableList<Element> elements() {
        return elements;
    }

    /** {@return a builder that holds everything that this network was built from} */
    public NetworkBuilder toBuilder() {
        NetworkBuilder builder = new NetworkBuilder(input).elements(elements).initializer(initializer);
        towers.values().forEach(tower -> builder.tower(tower.name(), tower.head()));
        regularizer.ifPresent(builder::regularize);
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
                && input.equals(network.input)
                && towers.equals(network.towers)
                && stitches.equals(network.stitches)
                && regularizer.equals(network.regularizer)
                && initializer == network.initializer
                && equalStart == network.equalStart;
    }

    @Override
    public int hashCode() {
        return Objects.hash(input, towers, stitches, regularizer, initializer, equalStart);
    }
}
