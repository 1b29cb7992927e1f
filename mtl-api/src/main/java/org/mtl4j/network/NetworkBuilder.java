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
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;

/**
 * Collects the description of a {@link MultiTaskNetwork}; everything is checked in {@link #build()}. Not safe for use
 * by several threads.
 */
public final class NetworkBuilder extends LayerStack<NetworkBuilder> {
    private final Shape input;
    private final Map<String, SplitHead> heads = new LinkedHashMap<>();
    private final List<Element> elements = new ArrayList<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private Optional<WeightRelatednessRegularizer> regularizer = Optional.empty();
    private Initializer initializer = Initializer.HE;
    private Optional<Boolean> equalStart = Optional.empty();

    NetworkBuilder(Shape input) {
        this.input = Objects.requireNonNull(input, "input");
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
    public NetworkBuilder stitch(CrossStitchUnit unit) {
        elements.add(new Element.StitchElement(null, Objects.requireNonNull(unit, "unit")));
        return this;
    }

    /** Joins the towers' ends by a unit at a place of this name. */
    public NetworkBuilder stitch(String place, CrossStitchUnit unit) {
        Check.name("Stitch", place);
        elements.add(new Element.StitchElement(place, Objects.requireNonNull(unit, "unit")));
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
     * @throws IllegalArgumentException if a layer does not fit the shape before it, two things have one name, a stitch
     *     joins unequal shapes or fewer than two towers, or the regularizer names what is not there; the message says
     *     what and where
     */
    public MultiTaskNetwork build() {
        return new MultiTaskNetwork(this);
    }

    @Override
    String nextName(String kind) {
        return kind + counts.merge(kind, 1, Integer::sum);
    }

    Shape input() {
        return input;
    }

    Map<String, SplitHead> heads() {
        return heads;
    }

    ImmutableList<Element> elements() {
        return ImmutableList.copyOf(elements);
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
        counts.putAll(countNames(elements));
        return this;
    }

    private static Map<String, Integer> countNames(List<Element> elements) {
        Map<String, Integer> counts = new HashMap<>();
        for (Element element : elements) {
            element.layerName().ifPresent(name -> {
                String kind = name.replaceAll("[0-9]+$", "");
                String digits = name.substring(kind.length());
                if (!digits.isEmpty() && digits.length() < 9) {
                    counts.merge(kind, Integer.parseInt(digits), Math::max);
                }
            });
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
            elements.add(new Element.LayerElement(tower, new NamedLayer(name, layer)));
            return this;
        }

        @Override
        String nextName(String kind) {
            return NetworkBuilder.this.nextName(kind);
        }
    }
}
