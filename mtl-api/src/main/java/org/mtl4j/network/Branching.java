package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;

/**
 * Learning to branch: levels of nodes, each of which chooses the node of the level below that it reads, and towers that
 * choose among the nodes of the last level. What comes of it is a tree: which towers go together how far. Guo, Lee and
 * Ulbricht, "Learning to Branch for Multi-Task Learning", ICML 2020.
 *
 * <pre>{@code
 * MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(40))
 *     .branching(Branching.level(2, node -> node.dense(64)).then(2, node -> node.dense(32)).searching(20))
 *     .tower("income", SplitHead.of(income))
 *     .tower("married", SplitHead.of(married))
 *     .build();
 * }</pre>
 *
 * In the epochs of the search each step draws choices, the same for all examples, by Gumbel's trick with a temperature
 * that falls; gradients go straight through. Afterwards, and in all predictions, each choice is that of the largest
 * logit, and stays. What is drawn depends on the plan's seed, the name of the choice and the step alone. Epochs are
 * counted over all calls of {@code fit}.
 */
public final class Branching extends SharedPart {
    /** The temperature of the first epoch unless told otherwise. */
    public static final double DEFAULT_TEMPERATURE = 5;

    /** By what the temperature is multiplied after each epoch unless told otherwise. */
    public static final double DEFAULT_DECAY = 0.9;

    /** For how many epochs parents are drawn unless told otherwise. */
    public static final int DEFAULT_SEARCH_EPOCHS = 20;

    /**
     * One level of nodes.
     *
     * @param nodes how many, at least 1
     * @param layers of one of them
     */
    public record Level(int nodes, List<NamedLayer> layers) {
        /**
         * Checks that there is something.
         *
         * @throws IllegalArgumentException if there is no node, or no layer
         */
        public Level {
            Check.atLeast(1, nodes, "Branching: number of nodes of a level");
            layers = ImmutableList.copyOf(layers);
            if (layers.isEmpty()) {
                throw new IllegalArgumentException("Branching: a node has at least one layer");
            }
        }
    }

    private final ImmutableList<Level> levels;
    private final double temperature;
    private final double decay;
    private final int searchEpochs;
    /** By choice the number of the parent that it begins with, from 0; those of which nothing is said begin even. */
    private final ImmutableMap<String, Integer> chosen;

    Branching(List<Level> levels, double temperature, double decay, int searchEpochs, Map<String, Integer> chosen) {
        this.levels = ImmutableList.copyOf(levels);
        this.temperature = Check.finiteAboveZero(temperature, "Branching: temperature");
        this.decay = Check.unitIntervalWithOne(decay, "Branching: decay of the temperature");
        this.searchEpochs = Check.atLeast(0, searchEpochs, "Branching: epochs of the search");
        this.chosen = ImmutableMap.copyOf(chosen);
        if (levels.isEmpty()) {
            throw new IllegalArgumentException("Branching: at least one level");
        }
    }

    /**
     * {@return branches with one level of nodes, which all read what the part reads}
     *
     * @param nodes how many, at least 1
     * @param layers appends the layers of one of them
     * @throws IllegalArgumentException if there is no node, or no layer
     */
    public static Branching level(int nodes, Consumer<LayerStack<?>> layers) {
        return new Branching(
                List.of(new Level(nodes, LayerStack.collect(layers))),
                DEFAULT_TEMPERATURE,
                DEFAULT_DECAY,
                DEFAULT_SEARCH_EPOCHS,
                Map.of());
    }

    /**
     * {@return this with one more level, whose nodes choose among those of the level before}
     *
     * @throws IllegalArgumentException if there is no node, or no layer
     */
    public Branching then(int nodes, Consumer<LayerStack<?>> layers) {
        List<Level> all = new ArrayList<>(levels);
        all.add(new Level(nodes, LayerStack.collect(layers)));
        return new Branching(all, temperature, decay, searchEpochs, chosen);
    }

    /**
     * {@return this with another number of epochs in which parents are drawn; 0 keeps to what choices begin with}
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Branching searching(int epochs) {
        return new Branching(levels, temperature, decay, epochs, chosen);
    }

    /**
     * {@return this with another temperature}
     *
     * @param first of the first epoch, positive
     * @param factor by what it is multiplied after each epoch, in (0, 1]
     * @throws IllegalArgumentException if a number is out of its range
     */
    public Branching withTemperature(double first, double factor) {
        return new Branching(levels, first, factor, searchEpochs, chosen);
    }

    /**
     * {@return this with a choice that begins with one parent, with a logit of 1 against 0}
     *
     * @param choice a tower, or {@code level/node} as in {@code 2/1}, the first node of the second level; counted from
     *     1
     * @param parent the number of the node below, from 1
     * @throws IllegalArgumentException if it is below 1
     */
    public Branching choosing(String choice, int parent) {
        Map<String, Integer> all = new LinkedHashMap<>(chosen);
        all.put(
                Objects.requireNonNull(choice, "choice"),
                Check.atLeast(1, parent, "Branching: number of the parent") - 1);
        return new Branching(levels, temperature, decay, searchEpochs, all);
    }

    /** {@return the levels, the one that reads the trunk first} */
    public List<Level> levels() {
        return levels;
    }

    /** {@return the temperature of the first epoch} */
    public double temperature() {
        return temperature;
    }

    /** {@return by what the temperature is multiplied after each epoch} */
    public double decay() {
        return decay;
    }

    /** {@return for how many epochs parents are drawn} */
    public int searchEpochs() {
        return searchEpochs;
    }

    /** {@return by choice the number of the parent that it begins with, from 0} */
    public Map<String, Integer> chosen() {
        return chosen;
    }

    @Override
    public String kind() {
        return "branches";
    }

    @Override
    public boolean sharesWeights() {
        return true;
    }

    @Override
    Branching alone(String tower, Collection<String> towers) {
        Map<String, Integer> kept = new LinkedHashMap<>();
        chosen.forEach((choice, parent) -> {
            if (choice.contains("/") || choice.equals(tower)) {
                kept.put(choice, parent);
            }
        });
        return new Branching(levels, temperature, decay, searchEpochs, kept);
    }

    @Override
    SharedGraph in(String name, Shape input, List<String> towers) {
        SharedGraph graph = new SharedGraph(name, input, towers);
        List<String> choices = new ArrayList<>();
        List<String> below = List.of(SharedNode.START);
        for (int l = 0; l < levels.size(); l++) {
            Level level = levels.get(l);
            List<String> nodes = new ArrayList<>();
            for (int n = 0; n < level.nodes(); n++) {
                String node = "%s/%s".formatted(l + 1, n + 1);
                String where = "branches '%s', level %s".formatted(name, l + 1);
                String read = below.get(0);
                if (l > 0) {
                    choices.add(node);
                    read = choose(graph, node, "level%s/choice%s".formatted(l + 1, n + 1), "", below);
                }
                Shape shape = graph.shapeOf(read);
                ShapeChain.end(where, level.layers(), shape);
                nodes.add(graph.add(new SharedNode.Layers(
                        "level%s/node%s".formatted(l + 1, n + 1), "", read, shape, level.layers())));
            }
            below = nodes;
        }
        for (String tower : towers) {
            choices.add(tower);
            graph.end(tower, choose(graph, tower, "tower/" + tower, tower, below));
        }
        for (String choice : chosen.keySet()) {
            if (!choices.contains(choice)) {
                throw new IllegalArgumentException(
                        "branches '%s': there is no choice '%s'; there are %s".formatted(name, choice, choices));
            }
        }
        return graph;
    }

    private String choose(SharedGraph graph, String choice, String name, String owner, List<String> parents) {
        List<Double> start = new ArrayList<>(Collections.nCopies(parents.size(), 0.0));
        Integer parent = chosen.get(choice);
        if (parent != null && parent >= parents.size()) {
            throw new IllegalArgumentException("branches '%s': '%s' is to choose parent %s, but there are %s"
                    .formatted(graph.name(), choice, parent + 1, parents.size()));
        }
        if (parent != null) {
            start.set(parent, 1.0);
        }
        return graph.add(new SharedNode.Choice(name, owner, parents, this, start, graph.shapeOf(parents.get(0))));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Branching branching
                && levels.equals(branching.levels)
                && temperature == branching.temperature
                && decay == branching.decay
                && searchEpochs == branching.searchEpochs
                && chosen.equals(branching.chosen);
    }

    @Override
    public int hashCode() {
        return Objects.hash(levels, temperature, decay, searchEpochs, chosen);
    }

    @Override
    public String toString() {
        return "Branching[%s, temperature %s x %s, searching for %s epochs%s]"
                .formatted(levels, temperature, decay, searchEpochs, chosen.isEmpty() ? "" : ", " + chosen);
    }
}
