package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.task.Task;

/**
 * Collects the description of a {@link MultiTaskNetwork}; everything is checked in {@link #build()}. Not safe for use
 * by several threads.
 */
public final class NetworkBuilder extends LayerStack<NetworkBuilder> {
    private final Map<String, Input> inputs = new LinkedHashMap<>();
    private final Map<String, List<String>> reads = new LinkedHashMap<>();
    private final List<NamedLayer> trunk = new ArrayList<>();
    private Optional<NamedPart> part = Optional.empty();
    private final Map<String, SplitHead> heads = new LinkedHashMap<>();
    private final List<Element> elements = new ArrayList<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private Optional<WeightRelatednessRegularizer> regularizer = Optional.empty();
    private Optional<LayerMix> layerMix = Optional.empty();
    private Initializer initializer = Initializer.HE;
    private Optional<Boolean> equalStart = Optional.empty();

    NetworkBuilder() {}

    /** What stands between the trunk and the towers, with its name. */
    record NamedPart(String name, SharedPart part) {}

    /**
     * Adds an input without layers of its own; see {@link #input(String, Shape, Consumer)}.
     *
     * @param name unique; see {@link Task#NAME_PATTERN}
     * @param shape of one example
     * @throws IllegalArgumentException if the name does not match the pattern, or there is an input of that name
     */
    public NetworkBuilder input(String name, Shape shape) {
        return input(name, shape, layers -> {});
    }

    /**
     * Adds an input with layers of its own: {@code input("codes", shape, layers -> layers.dense("codes-fc", 16))}. They
     * are computed once, for all towers that read the input. The features arrays of a batch come in the order in which
     * inputs are added.
     *
     * <p>A tower that reads several inputs gets them joined behind these layers: vectors one after the other, images of
     * equal height and width by their channels, sequences of as many steps by their features.
     *
     * @param name unique; see {@link Task#NAME_PATTERN}
     * @param shape of one example
     * @param layers appends the input's own layers
     * @throws IllegalArgumentException if the name does not match the pattern, there is an input of that name, or a
     *     layer does not fit the shape before it
     */
    public NetworkBuilder input(String name, Shape shape, Consumer<LayerStack<?>> layers) {
        Check.name("Input", name);
        OwnLayers own = new OwnLayers(new ArrayList<>());
        layers.accept(own);
        return input(new Input(name, shape, own.layers));
    }

    NetworkBuilder input(Input input) {
        if (inputs.putIfAbsent(input.name(), input) != null) {
            throw new IllegalArgumentException("two inputs are called '%s'".formatted(input.name()));
        }
        countNames(input.layers());
        return this;
    }

    /**
     * Says which inputs a tower reads; towers of which nothing is said read all of them. The order is that of the
     * inputs. Said again of a tower, it counts instead.
     *
     * @param tower may be added before or after
     * @param inputs at least one, may be added before or after
     * @throws IllegalArgumentException if none is given
     */
    public NetworkBuilder reads(String tower, String... inputs) {
        Objects.requireNonNull(tower, "tower");
        if (inputs.length == 0) {
            throw new IllegalArgumentException("tower '%s': a tower reads at least one input".formatted(tower));
        }
        reads.put(tower, List.of(inputs));
        return this;
    }

    /**
     * Appends layers that are computed once for all towers, between the joined inputs and where towers begin:
     * {@code trunk(layers -> layers.convolution("conv1", 32, 5).maxPool(2))}. All towers must read the same inputs.
     */
    public NetworkBuilder trunk(Consumer<LayerStack<?>> layers) {
        layers.accept(new OwnLayers(trunk));
        return this;
    }

    NetworkBuilder trunk(List<NamedLayer> layers) {
        trunk.addAll(layers);
        countNames(layers);
        return this;
    }

    /**
     * Adds experts between the trunk and the towers, called {@code experts}: each tower's own layers read what its gate
     * makes of them. See {@link Experts}.
     *
     * @throws IllegalArgumentException if the network has experts, attention or branches already
     */
    public NetworkBuilder experts(Experts experts) {
        return part(experts.kind(), experts);
    }

    /**
     * Adds experts by a name of their own; see {@link #experts(Experts)}.
     *
     * @param name see {@link Task#NAME_PATTERN}
     * @throws IllegalArgumentException if the name does not match the pattern, or the network has experts, attention or
     *     branches already
     */
    public NetworkBuilder experts(String name, Experts experts) {
        return part(name, experts);
    }

    /**
     * Adds attention between the trunk and the towers, called {@code attention}: each tower's own layers read what its
     * masks let through. See {@link Attention}.
     *
     * @throws IllegalArgumentException if the network has experts, attention or branches already
     */
    public NetworkBuilder attention(Attention attention) {
        return part(attention.kind(), attention);
    }

    /**
     * Adds branches that are learned between the trunk and the towers, called {@code branches}: each tower's own layers
     * read the branch that it chooses. See {@link Branching}.
     *
     * @throws IllegalArgumentException if the network has experts, attention or branches already
     */
    public NetworkBuilder branching(Branching branching) {
        return part(branching.kind(), branching);
    }

    NetworkBuilder part(String name, SharedPart added) {
        Check.name("Shared part", name);
        if (name.equals("trunk")) {
            throw new IllegalArgumentException(
                    "%s: they cannot be called 'trunk', which is what the trunk is called".formatted(added.kind()));
        }
        if (part.isPresent()) {
            throw new IllegalArgumentException(
                    ("a network has one kind of experts, attention or branches at most, but '%s' are added to '%s';"
                                    + " levels of experts go together by Experts.then")
                            .formatted(name, part.get().name()));
        }
        part = Optional.of(new NamedPart(name, added));
        return this;
    }

    Optional<NamedPart> part() {
        return part;
    }

    /**
     * Adds a tower. Layers go to all towers, whether added before or after them.
     *
     * @param name unique; see {@link Task#NAME_PATTERN}
     * @param head what it predicts
     * @throws IllegalArgumentException if the name does not match the pattern, or there is a tower of that name
     */
    public NetworkBuilder tower(String name, SplitHead head) {
        Check.name("Tower", name);
        if (heads.putIfAbsent(name, Objects.requireNonNull(head, "head")) != null) {
            throw new IllegalArgumentException("two towers are called '%s'".formatted(name));
        }
        return this;
    }

    @Override
    public NetworkBuilder layer(String name, LayerSpec layer) {
        elements.add(new Element.LayerElement(null, new NamedLayer(name, layer)));
        return this;
    }

    /** Appends layers to one tower only: {@code in("pose", tower -> tower.dense("extra", 64))}. */
    public NetworkBuilder in(String tower, Consumer<LayerStack<?>> layers) {
        Objects.requireNonNull(tower, "tower");
        layers.accept(new OneTower(tower));
        return this;
    }

    /** Joins the towers' ends by a unit; the place has the name of the layer before it. */
    public NetworkBuilder stitch(SharingUnit unit) {
        elements.add(new Element.StitchElement(null, Objects.requireNonNull(unit, "unit")));
        return this;
    }

    /** Joins the towers' ends by a unit at a place of this name. */
    public NetworkBuilder stitch(String place, SharingUnit unit) {
        Check.name("Stitch", place);
        elements.add(new Element.StitchElement(place, Objects.requireNonNull(unit, "unit")));
        return this;
    }

    /** Has each tower's head read a learned mix of these of its layers; replaces an earlier mix. */
    public NetworkBuilder mixLayers(LayerMix mix) {
        layerMix = Optional.of(mix);
        return this;
    }

    /** Ties the weights of the towers; replaces an earlier regularizer. */
    public NetworkBuilder regularize(WeightRelatednessRegularizer regularizer) {
        this.regularizer = Optional.of(regularizer);
        return this;
    }

    /** Sets how the weights of hidden layers are drawn; {@link Initializer#HE} unless told otherwise. */
    public NetworkBuilder initializer(Initializer initializer) {
        this.initializer = Objects.requireNonNull(initializer, "initializer");
        return this;
    }

    /**
     * Sets whether layers of one name and size start with equal weights in all towers. Unless told otherwise they do
     * exactly when the regularizer's function needs it ({@link org.mtl4j.relatedness.Relatedness#needsEqualStart()}).
     */
    public NetworkBuilder startTowersEqual(boolean equal) {
        equalStart = Optional.of(equal);
        return this;
    }

    /**
     * Checks the description as a whole.
     *
     * @throws IllegalArgumentException if a layer does not fit the shape before it, two things have one name, a unit
     *     cannot join the shapes at its place or has fewer than two towers, or the regularizer names what is not there;
     *     the message says what and where
     */
    public MultiTaskNetwork build() {
        return new MultiTaskNetwork(this);
    }

    @Override
    String nextName(String kind) {
        return kind + counts.merge(kind, 1, Integer::sum);
    }

    /** What the inputs are, and who reads them. */
    InputPlan inputPlan() {
        return new InputPlan(inputs, heads.keySet(), reads, trunk);
    }

    Map<String, SplitHead> heads() {
        return heads;
    }

    ImmutableList<Element> elements() {
        return ImmutableList.copyOf(elements);
    }

    Optional<LayerMix> layerMix() {
        return layerMix;
    }

    Optional<WeightRelatednessRegularizer> regularizer() {
        return regularizer;
    }

    Initializer initializer() {
        return initializer;
    }

    /** What was asked for; empty to leave it to the regularizer. */
    Optional<Boolean> equalStart() {
        return equalStart;
    }

    NetworkBuilder elements(List<Element> more) {
        elements.addAll(more);
        more.forEach(element -> element.layerName().ifPresent(this::countName));
        return this;
    }

    private void countNames(List<NamedLayer> layers) {
        layers.forEach(layer -> countName(layer.name()));
    }

    /** Lets names that are made up go on behind this one. */
    private void countName(String name) {
        String kind = name.replaceAll("[0-9]+$", "");
        String digits = name.substring(kind.length());
        if (!digits.isEmpty() && digits.length() < 9) {
            counts.merge(kind, Integer.parseInt(digits), Math::max);
        }
    }

    /** Appends to an input, or to the trunk. */
    private final class OwnLayers extends LayerStack<OwnLayers> {
        private final List<NamedLayer> layers;

        OwnLayers(List<NamedLayer> layers) {
            this.layers = layers;
        }

        @Override
        public OwnLayers layer(String name, LayerSpec layer) {
            layers.add(new NamedLayer(name, layer));
            return this;
        }

        @Override
        String nextName(String kind) {
            return NetworkBuilder.this.nextName(kind);
        }
    }

    /** Appends to one tower. */
    private final class OneTower extends LayerStack<OneTower> {
        private final String tower;

        OneTower(String tower) {
            this.tower = tower;
        }

        @Override
        public OneTower layer(String name, LayerSpec layer) {
            elements.add(new Element.LayerElement(tower, new NamedLayer(name, layer)));
            return this;
        }

        @Override
        String nextName(String kind) {
            return NetworkBuilder.this.nextName(kind);
        }
    }
}
