package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;

/** Says which inputs a network has, which tower reads which, and what is computed of them before towers begin. */
final class InputPlan {
    private final ImmutableMap<String, Input> inputs;
    private final ImmutableMap<String, ImmutableList<String>> reads;
    private final ImmutableList<NamedLayer> trunk;
    private final ImmutableMap<String, Shape> starts;

    /**
     * Checks what towers read.
     *
     * @param asked by tower the inputs that it reads, for those that were told; the others read all
     * @throws IllegalArgumentException if something does not fit; the message names inputs and towers
     */
    InputPlan(
            Map<String, Input> inputs,
            Collection<String> towers,
            Map<String, ? extends Collection<String>> asked,
            List<NamedLayer> trunk) {
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException("MultiTaskNetwork: a network has at least one input");
        }
        this.inputs = ImmutableMap.copyOf(inputs);
        this.trunk = ImmutableList.copyOf(trunk);
        asked.forEach((tower, names) -> checkAsked(tower, names, towers));
        ImmutableMap.Builder<String, ImmutableList<String>> all = ImmutableMap.builder();
        for (String tower : towers) {
            Collection<String> names = Objects.requireNonNullElse(asked.get(tower), inputs.keySet());
            all.put(tower, inputs.keySet().stream().filter(names::contains).collect(ImmutableList.toImmutableList()));
        }
        reads = all.build();
        checkThatAllAreRead();
        checkTrunk();
        ImmutableMap.Builder<String, Shape> shapes = ImmutableMap.builder();
        reads.forEach((tower, names) -> shapes.put(tower, start(tower, names)));
        starts = shapes.build();
    }

    private void checkAsked(String tower, Collection<String> names, Collection<String> towers) {
        if (!towers.contains(tower)) {
            throw new IllegalArgumentException(
                    "inputs %s: no tower '%s' that could read them; there are %s".formatted(names, tower, towers));
        }
        for (String name : names) {
            if (!inputs.containsKey(name)) {
                throw new IllegalArgumentException("tower '%s' reads the input '%s', which there is not; there are %s"
                        .formatted(tower, name, inputs.keySet()));
            }
        }
    }

    private void checkThatAllAreRead() {
        Set<String> unread = new LinkedHashSet<>(inputs.keySet());
        reads.values().forEach(unread::removeAll);
        if (!reads.isEmpty() && !unread.isEmpty()) {
            throw new IllegalArgumentException("no tower reads the input %s; the towers read %s"
                    .formatted(unread.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", ")), reads));
        }
    }

    private void checkTrunk() {
        if (!trunk.isEmpty() && new HashSet<>(reads.values()).size() > 1) {
            throw new IllegalArgumentException(
                    ("trunk: its layers are computed once for all towers, and so the towers must read the same"
                                    + " inputs, but they read %s")
                            .formatted(reads));
        }
        Set<String> names = new HashSet<>();
        for (NamedLayer layer : trunk) {
            if (!names.add(layer.name())) {
                throw new IllegalArgumentException("trunk: two layers are called '%s'".formatted(layer.name()));
            }
        }
    }

    private Shape start(String tower, List<String> names) {
        return ShapeChain.end("trunk", trunk, joined(tower, names));
    }

    /** Tells what comes of inputs that are joined: along channels, the size of a vector, or the features of steps. */
    private Shape joined(String tower, List<String> names) {
        List<Shape> shapes =
                names.stream().map(name -> input(name).outputShape()).toList();
        Shape first = shapes.get(0);
        if (shapes.size() == 1) {
            return first;
        }
        int channels = 0;
        for (int i = 0; i < shapes.size(); i++) {
            Shape shape = shapes.get(i);
            if (!canFollow(shape, first)) {
                throw new IllegalArgumentException(
                        ("tower '%s' reads the inputs '%s' %s and '%s' %s, which cannot be joined: vectors are joined"
                                        + " with vectors, images with those of equal height and width, sequences with"
                                        + " those of as many steps; give an input layers of its own that make it fit,"
                                        + " input(name, shape, layers -> ...), or let the tower read fewer")
                                .formatted(tower, names.get(0), first, names.get(i), shape));
            }
            channels = Math.addExact(channels, shape.channels());
        }
        return withChannels(first, channels);
    }

    private static boolean canFollow(Shape shape, Shape first) {
        boolean known =
                shape instanceof Shape.Vector || shape instanceof Shape.Image || shape instanceof Shape.Sequence;
        return known
                && shape.getClass() == first.getClass()
                && withChannels(shape, first.channels()).equals(first);
    }

    /** A shape that differs in its channels alone; the shape itself where these cannot be joined. */
    private static Shape withChannels(Shape shape, int channels) {
        if (shape instanceof Shape.Image image) {
            return Shape.image(channels, image.height(), image.width());
        }
        if (shape instanceof Shape.Sequence sequence) {
            return Shape.sequence(channels, sequence.steps());
        }
        return shape instanceof Shape.Vector ? Shape.vector(channels) : shape;
    }

    ImmutableList<Input> inputs() {
        return inputs.values().asList();
    }

    /** The input of this name. */
    Input input(String name) {
        Input input = inputs.get(name);
        if (input == null) {
            throw new IllegalArgumentException("no input '%s'; there are %s".formatted(name, inputs.keySet()));
        }
        return input;
    }

    ImmutableList<NamedLayer> trunk() {
        return trunk;
    }

    /** Names of the inputs that each tower reads, in the order of the inputs. */
    ImmutableMap<String, ImmutableList<String>> reads() {
        return reads;
    }

    /** By tower the names of the inputs that it reads, for those that do not read all. */
    Map<String, List<String>> told() {
        Map<String, List<String>> told = new LinkedHashMap<>();
        reads.forEach((tower, names) -> {
            if (names.size() < inputs.size()) {
                told.put(tower, names);
            }
        });
        return told;
    }

    /** Inputs joined, before the trunk; the same for all towers if there is a trunk. */
    Shape joined(String tower) {
        return joined(tower, Objects.requireNonNull(reads.get(tower), tower));
    }

    /** Where the layers of each tower begin: behind the trunk. */
    ImmutableMap<String, Shape> starts() {
        return starts;
    }

    /** Whether a network has one input without layers of its own, called as by {@code builder(Shape)}. */
    boolean isPlain() {
        return inputs.size() == 1
                && inputs.containsKey(Input.ONLY)
                && inputs.get(Input.ONLY).layers().isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof InputPlan plan
                && inputs().equals(plan.inputs())
                && reads.equals(plan.reads)
                && trunk.equals(plan.trunk);
    }

    @Override
    public int hashCode() {
        return Objects.hash(inputs(), reads, trunk);
    }
}
