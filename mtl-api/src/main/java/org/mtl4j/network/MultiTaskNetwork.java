package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.relatedness.WeightRelatednessRegularizer.Pair;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;

/**
 * The description of a multi-task network. Single-task, split, cross-stitch, and cross-stitch with weight relatedness are
 * one description with parts left out:
 *
 * <pre>{@code
 * Task landmarks = Task.regression("landmarks", 10);
 * Task gender = Task.classification("gender", 2).weighted(0.2);
 *
 * MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 40, 40))
 *     .tower("landmarks", SplitHead.of(landmarks))
 *     .tower("attributes", SplitHead.of(gender))
 *     .convolution("conv1", 20, 4).maxPool(2).stitch(CrossStitchUnit.perChannel())
 *     .dense("fc", 120).stitch(CrossStitchUnit.perLayer())
 *     .regularize(WeightRelatednessRegularizer.over("conv1", "fc").strength(1e-3))
 *     .build();
 * }</pre>
 *
 * All towers read the same input. Layers go to every tower, or to one by {@link Builder#in}. A unit mixes the towers'
 * ends as they are when {@link Builder#stitch} is called; at least two towers, any number of them, equal in shape there.
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
    /** What was asked for; null where the regularizer decided. */
    private final Boolean askedStart;

    private final ImmutableList<Element> elements;
    private final Table<String, String, Shape> shapes;

    private MultiTaskNetwork(Builder builder) {
        input = builder.input;
        initializer = builder.initializer;
        elements = ImmutableList.copyOf(builder.elements);
        if (builder.towers.isEmpty()) {
            throw new IllegalArgumentException("MultiTaskNetwork: a network has at least one tower");
        }
        Assembly assembly = new Assembly(input, builder.towers, elements);
        towers = assembly.towers();
        shapes = assembly.shapes();
        stitches = assembly.stitches();
        checkTasks();
        regularizer = Optional.ofNullable(builder.regularizer);
        regularizer.ifPresent(this::checkRegularizer);
        askedStart = builder.equalStart;
        equalStart = builder.equalStart != null
                ? builder.equalStart
                : regularizer.map(r -> r.relatedness().needsEqualStart()).orElse(false);
    }

    /** Starts a description of a network whose towers read inputs of this shape. */
    public static Builder builder(Shape input) {
        return new Builder(input);
    }

    /** Shape of one example of the input. */
    public Shape input() {
        return input;
    }

    /** The towers, in the order in which they were added. */
    public List<Tower> towers() {
        return towers.values().asList();
    }

    /**
     * The network of one tower by itself, without units and regularizer: what is trained where a tower starts from its own
     * tasks.
     *
     * @throws IllegalArgumentException if there is no such tower
     */
    public MultiTaskNetwork alone(String tower) {
        Tower one = tower(tower);
        Builder builder = builder(input).initializer(initializer).tower(one.name(), one.head());
        one.layers().forEach(layer -> builder.layer(layer.name(), layer.spec()));
        return builder.build();
    }

    /** The tower of this name. */
    public Tower tower(String name) {
        Tower tower = towers.get(name);
        if (tower == null) {
            throw new IllegalArgumentException("no tower '%s'; there are %s".formatted(name, towers.keySet()));
        }
        return tower;
    }

    /**
     * All tasks, tower by tower in the order of their heads. This is the order of the labels of a data set and of the
     * outputs of the graph.
     */
    public List<Task> tasks() {
        return towers.values().stream()
                .flatMap(tower -> tower.head().tasks().stream())
                .collect(ImmutableList.toImmutableList());
    }

    /** The task of this name. */
    public Task task(String name) {
        return tasks().stream()
                .filter(task -> task.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no task '%s'; there are %s"
                        .formatted(name, tasks().stream().map(Task::name).collect(Collectors.toList()))));
    }

    /** The cross-stitch units, in the order in which they were added. */
    public List<Stitch> stitches() {
        return stitches;
    }

    /** The weight-relatedness term, if there is one. */
    public Optional<WeightRelatednessRegularizer> regularizer() {
        return regularizer;
    }

    /** The pairs of towers that the regularizer ties; empty without one. */
    public List<Pair> regularizedPairs() {
        if (regularizer.isEmpty()) {
            return List.of();
        }
        return regularizer.get().pairs().isEmpty()
                ? allPairs()
                : regularizer.get().pairs();
    }

    /** {@return every layer that computes, of the towers and of the branches of their heads; blocks are taken apart} */
    public List<PlacedLayer> placedLayers() {
        ImmutableList.Builder<PlacedLayer> all = ImmutableList.builder();
        for (Tower tower : towers.values()) {
            all.addAll(PlacedLayer.of(tower.layers(), input));
            Shape shared = tower.layers().isEmpty()
                    ? input
                    : shapeAfter(
                            tower.name(),
                            tower.layers().get(tower.layers().size() - 1).name());
            for (SplitHead.Branch branch : tower.head().branches()) {
                all.addAll(PlacedLayer.of(branch.layers(), shared));
            }
        }
        return all.build();
    }

    /** How the weights of hidden layers are drawn. */
    public Initializer initializer() {
        return initializer;
    }

    /** Whether layers of one name and size start with equal weights in all towers. */
    public boolean equalStart() {
        return equalStart;
    }

    /** Shape of one example after the layer {@code layer} of {@code tower}. */
    public Shape shapeAfter(String tower, String layer) {
        Shape shape = shapes.get(tower, layer);
        if (shape == null) {
            throw new IllegalArgumentException("no layer '%s' in tower '%s'; there are %s"
                    .formatted(layer, tower, shapes.row(tower).keySet()));
        }
        return shape;
    }

    /** Number of parameters: layers, output layers, α, and learned coefficients of the regularizer. */
    public long parameters() {
        long sum = 0;
        for (Tower tower : towers.values()) {
            Shape shape = input;
            for (NamedLayer layer : tower.layers()) {
                sum += layer.spec().parameters(shape);
                shape = shapeAfter(tower.name(), layer.name());
            }
            for (SplitHead.Branch branch : tower.head().branches()) {
                sum += branchParameters(branch, shape);
            }
        }
        sum += stitches.stream().mapToLong(Stitch::parameters).sum();
        return sum + coefficientCount();
    }

    /** What was asked for by {@link Builder#startTowersEqual}; null if the regularizer decides. */
    Boolean askedStart() {
        return askedStart;
    }

    /** What the network is made of, to take it apart again; used by backends and by the table. */
    ImmutableList<Element> elements() {
        return elements;
    }

    /** A builder that holds everything that this network was built from. */
    public Builder toBuilder() {
        Builder builder = new Builder(input).elements(elements);
        towers.values().forEach(tower -> builder.tower(tower.name(), tower.head()));
        builder.regularizer = regularizer.orElse(null);
        builder.initializer = initializer;
        builder.equalStart = askedStart;
        return builder;
    }

    /** Writes this description as JSON, for {@link #fromJson(String)}. Types of your own are written by their classes. */
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
     * @param types what layers, losses and relatedness functions of your own are called in it, and which packages are trusted
     * @throws IllegalArgumentException if the text is not such a description, names a type that is not known or not trusted, or
     *     describes what {@link Builder#build()} refuses
     */
    public static MultiTaskNetwork fromJson(String json, SavedTypes types) {
        return NetworkJson.read(json, types);
    }

    /** A readable table of layers, shapes, parameters and stitches. */
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

    static long branchParameters(SplitHead.Branch branch, Shape shape) {
        long sum = 0;
        Shape current = shape;
        for (NamedLayer layer : branch.layers()) {
            sum += layer.spec().parameters(current);
            current = layer.spec().outputShape(current);
        }
        return sum + Dense.of(branch.task().outputs()).parameters(current);
    }

    long coefficientCount() {
        return regularizer
                .map(r -> (long) r.layers().size()
                        * regularizedPairs().size()
                        * r.relatedness().coefficientNames().size())
                .orElse(0L);
    }

    private ImmutableList<Pair> allPairs() {
        List<String> names = new ArrayList<>(towers.keySet());
        ImmutableList.Builder<Pair> pairs = ImmutableList.builder();
        for (int i = 0; i < names.size(); i++) {
            for (int j = i + 1; j < names.size(); j++) {
                pairs.add(new Pair(names.get(i), names.get(j)));
            }
        }
        return pairs.build();
    }

    private void checkTasks() {
        Map<String, String> towerOf = new HashMap<>();
        for (Tower tower : towers.values()) {
            for (Task task : tower.head().tasks()) {
                if (RESERVED_TASK_NAMES.contains(task.name())) {
                    throw new IllegalArgumentException("tower '%s': a task cannot be called '%s'; %s are reserved"
                            .formatted(tower.name(), task.name(), RESERVED_TASK_NAMES));
                }
                String other = towerOf.putIfAbsent(task.name(), tower.name());
                if (other != null) {
                    throw new IllegalArgumentException("towers '%s' and '%s' both have a task called '%s'"
                            .formatted(other, tower.name(), task.name()));
                }
            }
        }
    }

    private void checkRegularizer(WeightRelatednessRegularizer term) {
        if (towers.size() < 2) {
            throw new IllegalArgumentException(
                    "WeightRelatednessRegularizer ties the weights of towers, but the network has only tower %s"
                            .formatted(towers.keySet()));
        }
        List<Pair> pairs = term.pairs().isEmpty() ? allPairs() : term.pairs();
        for (Pair pair : pairs) {
            for (String layer : term.layers()) {
                String first = weightsOf(pair.first(), layer);
                String second = weightsOf(pair.second(), layer);
                if (!first.equals(second)) {
                    throw new IllegalArgumentException(
                            ("WeightRelatednessRegularizer, layer '%s': the weights differ in shape, tower '%s' has %s, tower '%s'"
                                            + " has %s")
                                    .formatted(layer, pair.first(), first, pair.second(), second));
                }
            }
        }
    }

    /** The shape of a layer's weights as text. */
    private String weightsOf(String towerName, String layerName) {
        if (!towers.containsKey(towerName)) {
            throw new IllegalArgumentException(
                    "WeightRelatednessRegularizer: no tower '%s'; there are %s".formatted(towerName, towers.keySet()));
        }
        for (PlacedLayer layer : PlacedLayer.of(towers.get(towerName).layers(), input)) {
            if (layer.path().equals(layerName)) {
                return layer.spec()
                        .accept(new WeightShapes(layer.input()))
                        .orElseThrow(() -> new IllegalArgumentException(
                                "WeightRelatednessRegularizer: layer '%s' of tower '%s' (%s) has no weights to relate"
                                        .formatted(
                                                layerName,
                                                towerName,
                                                layer.spec().describe())));
            }
        }
        throw new IllegalArgumentException("WeightRelatednessRegularizer: tower '%s' has no layer '%s'; it has %s"
                .formatted(
                        towerName,
                        layerName,
                        PlacedLayer.of(towers.get(towerName).layers(), input).stream()
                                .map(PlacedLayer::path)
                                .toList()));
    }

    /** One step of the description. */
    sealed interface Element permits LayerElement, StitchElement {}

    /** A layer in one tower, or in all of them where {@code tower} is null. */
    record LayerElement(String tower, NamedLayer layer) implements Element {}

    /** A unit at the towers' ends; {@code place} is null where the layer before it gives the name. */
    record StitchElement(String place, CrossStitchUnit unit) implements Element {}

    /** Follows the elements from the input to the heads. */
    private static final class Assembly {
        private final Map<String, SplitHead> heads;
        private final Map<String, List<NamedLayer>> layers = new LinkedHashMap<>();
        private final Map<String, Shape> ends = new HashMap<>();
        private final Set<String> stitchedEnds = new HashSet<>();
        private final ImmutableTable.Builder<String, String, Shape> shapes = ImmutableTable.builder();
        private final List<Stitch> stitches = new ArrayList<>();

        Assembly(Shape input, Map<String, SplitHead> heads, List<Element> elements) {
            this.heads = heads;
            heads.keySet().forEach(tower -> {
                layers.put(tower, new ArrayList<>());
                ends.put(tower, input);
            });
            for (Element element : elements) {
                if (element instanceof LayerElement layer) {
                    add(layer);
                } else if (element instanceof StitchElement stitch) {
                    add(stitch);
                }
            }
            heads.forEach(this::checkHead);
        }

        ImmutableMap<String, Tower> towers() {
            ImmutableMap.Builder<String, Tower> towers = ImmutableMap.builder();
            heads.forEach((name, head) -> towers.put(name, new Tower(name, layers.get(name), head)));
            return towers.build();
        }

        Table<String, String, Shape> shapes() {
            return shapes.build();
        }

        ImmutableList<Stitch> stitches() {
            return ImmutableList.copyOf(stitches);
        }

        private void add(LayerElement element) {
            if (element.tower() != null && !heads.containsKey(element.tower())) {
                throw new IllegalArgumentException("layer '%s': no tower '%s'; there are %s"
                        .formatted(element.layer().name(), element.tower(), heads.keySet()));
            }
            for (String tower : element.tower() == null ? heads.keySet() : Set.of(element.tower())) {
                NamedLayer layer = element.layer();
                if (layers.get(tower).stream().anyMatch(other -> other.name().equals(layer.name()))) {
                    throw new IllegalArgumentException(
                            "tower '%s': two layers are called '%s'".formatted(tower, layer.name()));
                }
                Shape shape =
                        output("tower '%s', layer '%s'".formatted(tower, layer.name()), layer.spec(), ends.get(tower));
                layers.get(tower).add(layer);
                ends.put(tower, shape);
                shapes.put(tower, layer.name(), shape);
                stitchedEnds.remove(tower);
            }
        }

        private void add(StitchElement element) {
            CrossStitchUnit unit = element.unit();
            List<String> joined = unit.towers().isEmpty() ? List.copyOf(heads.keySet()) : unit.towers();
            Map<String, String> after = new LinkedHashMap<>();
            for (String tower : joined) {
                if (!heads.containsKey(tower)) {
                    throw new IllegalArgumentException(
                            "%s: no tower '%s'; there are %s".formatted(unit, tower, heads.keySet()));
                }
                List<NamedLayer> stack = layers.get(tower);
                if (stack.isEmpty()) {
                    throw new IllegalArgumentException(
                            "%s: tower '%s' has no layer yet; a unit goes after a layer".formatted(unit, tower));
                }
                after.put(tower, stack.get(stack.size() - 1).name());
            }
            String place = element.place() != null ? element.place() : after.get(joined.get(0));
            if (joined.size() < 2) {
                throw new IllegalArgumentException(
                        "stitch '%s': a unit joins at least 2 towers, the network has only %s"
                                .formatted(place, joined));
            }
            for (String tower : joined) {
                if (!stitchedEnds.add(tower)) {
                    throw new IllegalArgumentException("stitch '%s': tower '%s' is stitched twice after layer '%s'"
                            .formatted(place, tower, after.get(tower)));
                }
            }
            if (stitches.stream().anyMatch(other -> other.place().equals(place))) {
                throw new IllegalArgumentException(
                        "stitch '%s': there is another unit of that name; name this one by stitch(place, unit)"
                                .formatted(place));
            }
            Shape shape = ends.get(joined.get(0));
            if (joined.stream().anyMatch(tower -> !ends.get(tower).equals(shape))) {
                throw new IllegalArgumentException(
                        ("stitch '%s': the towers differ in shape there (%s); towers must agree"
                                        + " where they are stitched")
                                .formatted(
                                        place,
                                        joined.stream()
                                                .map(tower -> "'%s' after '%s': %s"
                                                        .formatted(tower, after.get(tower), ends.get(tower)))
                                                .collect(Collectors.joining(", "))));
            }
            try {
                unit.initialRows(joined.size(), shape.channels());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("stitch '%s': %s".formatted(place, e.getMessage()), e);
            }
            stitches.add(new Stitch(place, unit, after, shape));
        }

        private void checkHead(String tower, SplitHead head) {
            for (SplitHead.Branch branch : head.branches()) {
                String task =
                        "tower '%s', task '%s'".formatted(tower, branch.task().name());
                Shape shape = ends.get(tower);
                for (NamedLayer layer : branch.layers()) {
                    shape = output("%s, layer '%s'".formatted(task, layer.name()), layer.spec(), shape);
                }
                output(task + ", output layer", Dense.of(branch.task().outputs()), shape);
            }
        }

        private static Shape output(String where, LayerSpec spec, Shape input) {
            try {
                return spec.outputShape(input);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
            }
        }
    }

    /** Collects a description; everything is checked in {@link #build()}. Not safe for use by several threads. */
    public static final class Builder extends LayerStack<Builder> {
        private final Shape input;
        private final Map<String, SplitHead> towers = new LinkedHashMap<>();
        private final List<Element> elements = new ArrayList<>();
        private final Map<String, Integer> counts = new HashMap<>();
        private WeightRelatednessRegularizer regularizer;
        private Initializer initializer = Initializer.HE;
        private Boolean equalStart;

        private Builder(Shape input) {
            this.input = Objects.requireNonNull(input, "input");
        }

        /**
         * Adds a tower. Layers go to all towers, whether added before or after them.
         *
         * @param name unique; see {@link Task#NAME_PATTERN}
         * @param head what it predicts
         * @throws IllegalArgumentException if the name does not match the pattern, or there is a tower of that name
         */
        public Builder tower(String name, SplitHead head) {
            Check.name("Tower", name);
            if (towers.putIfAbsent(name, Objects.requireNonNull(head, "head")) != null) {
                throw new IllegalArgumentException("two towers are called '%s'".formatted(name));
            }
            return this;
        }

        @Override
        public Builder layer(String name, LayerSpec layer) {
            elements.add(new LayerElement(null, new NamedLayer(name, layer)));
            return this;
        }

        /** Appends layers to one tower only: {@code in("pose", tower -> tower.dense("extra", 64))}. */
        public Builder in(String tower, Consumer<LayerStack<?>> layers) {
            Objects.requireNonNull(tower, "tower");
            layers.accept(new OneTower(tower));
            return this;
        }

        /** Joins the towers' ends by a unit; the place has the name of the layer before it. */
        public Builder stitch(CrossStitchUnit unit) {
            elements.add(new StitchElement(null, Objects.requireNonNull(unit, "unit")));
            return this;
        }

        /** Joins the towers' ends by a unit at a place of this name. */
        public Builder stitch(String place, CrossStitchUnit unit) {
            Check.name("Stitch", place);
            elements.add(new StitchElement(place, Objects.requireNonNull(unit, "unit")));
            return this;
        }

        /** Ties the weights of the towers; replaces an earlier regularizer. */
        public Builder regularize(WeightRelatednessRegularizer regularizer) {
            this.regularizer = Objects.requireNonNull(regularizer, "regularizer");
            return this;
        }

        /** How the weights of hidden layers are drawn; {@link Initializer#HE} unless told otherwise. */
        public Builder initializer(Initializer initializer) {
            this.initializer = Objects.requireNonNull(initializer, "initializer");
            return this;
        }

        /**
         * Whether layers of one name and size start with equal weights in all towers. Unless told otherwise they do
         * exactly when the regularizer's function needs it ({@link org.mtl4j.relatedness.Relatedness#needsEqualStart()}).
         */
        public Builder startTowersEqual(boolean equal) {
            this.equalStart = equal;
            return this;
        }

        /**
         * Checks the description as a whole.
         *
         * @throws IllegalArgumentException if a layer does not fit the shape before it, two things have one name, a
         *     stitch joins unequal shapes or fewer than two towers, or the regularizer names what is not there; the
         *     message says what and where
         */
        public MultiTaskNetwork build() {
            return new MultiTaskNetwork(this);
        }

        @Override
        String nextName(String kind) {
            return kind + counts.merge(kind, 1, Integer::sum);
        }

        Builder elements(List<Element> more) {
            elements.addAll(more);
            counts.putAll(countNames(elements));
            return this;
        }

        private static Map<String, Integer> countNames(List<Element> elements) {
            Map<String, Integer> counts = new HashMap<>();
            for (Element element : elements) {
                if (element instanceof LayerElement layer) {
                    String name = layer.layer().name();
                    String kind = name.replaceAll("[0-9]+$", "");
                    String digits = name.substring(kind.length());
                    if (!digits.isEmpty() && digits.length() < 9) {
                        counts.merge(kind, Integer.parseInt(digits), Math::max);
                    }
                }
            }
            return counts;
        }

        /** Appends to one tower. */
        private final class OneTower extends LayerStack<OneTower> {
            private final String tower;

            OneTower(String tower) {
                this.tower = tower;
            }

            @Override
            public OneTower layer(String name, LayerSpec layer) {
                elements.add(new LayerElement(tower, new NamedLayer(name, layer)));
                return this;
            }

            @Override
            String nextName(String kind) {
                return Builder.this.nextName(kind);
            }
        }
    }
}
