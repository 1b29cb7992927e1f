package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;

/**
 * Experts: several stacks of layers that read the same, and for each tower a gate that says, example by example, how
 * much each of them counts.
 *
 * <pre>{@code
 * MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(40))
 *     .experts(Experts.mmoe(8, expert -> expert.dense(64).dense(64)))
 *     .tower("income", SplitHead.of(income))
 *     .tower("married", SplitHead.of(married))
 *     .dense("fc", 32)
 *     .build();
 * }</pre>
 *
 * <ul>
 *   <li>{@link #oneGate}: one gate for all towers.
 *   <li>{@link #mmoe}: a gate for each tower. Ma et al., "Modeling Task Relationships in Multi-task Learning with
 *       Multi-gate Mixture-of-Experts", KDD 2018.
 *   <li>{@link #cgc}: besides shared experts each tower has some of its own, which only its gate knows.
 *   <li>{@link #ple}: levels of that. Each level but the last has one more gate, over all of its experts, whose mix the
 *       shared experts of the next level read; a tower's own experts, and its gate, read the tower's mix. Tang et al.,
 *       "Progressive Layered Extraction (PLE)", RecSys 2020.
 * </ul>
 *
 * Experts of one bank, that is the shared ones of a level or those of one tower, whose layers are fully connected, with
 * activations, batch normalisation and dropout between, are computed side by side, and gradient clipping looks at all
 * of them together.
 *
 * <p>Gates begin at random, and each expert's weights are drawn by themselves, so experts differ from the first step
 * on. {@link NetworkBuilder#startTowersEqual} does not touch them: experts that began equal, under a gate that weighs
 * them equally, would get equal gradients and stay equal for ever.
 */
public final class Experts extends SharedPart {
    private static final String SHARED = "shared";
    private static final String TOWER = "tower/";

    /**
     * One level of experts.
     *
     * @param shared how many all towers share, at least 0
     * @param own how many each tower has of its own, at least 0
     * @param ownOf how many towers have of their own of which another number was told
     * @param layers of one expert
     * @param ownLayers of one expert of a tower's own; must end in the same shape
     * @param gate how they are weighed
     */
    public record Level(
            int shared,
            int own,
            Map<String, Integer> ownOf,
            List<NamedLayer> layers,
            List<NamedLayer> ownLayers,
            Gate gate) {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if one is negative, or all are 0
         */
        public Level {
            ownOf = ImmutableMap.copyOf(ownOf);
            layers = ImmutableList.copyOf(layers);
            ownLayers = ImmutableList.copyOf(ownLayers);
            Objects.requireNonNull(gate, "gate");
            Check.atLeast(0, shared, "Experts: number of shared experts");
            Check.atLeast(0, own, "Experts: number of a tower's own experts");
            ownOf.forEach((tower, count) ->
                    Check.atLeast(0, count, "Experts: number of own experts of tower '%s'".formatted(tower)));
            if (shared == 0 && own == 0 && ownOf.values().stream().allMatch(count -> count == 0)) {
                throw new IllegalArgumentException("Experts: a gate over no experts: 0 shared and 0 of a tower's own");
            }
        }

        /** {@return how many experts of its own a tower has} */
        public int ownOf(String tower) {
            return ownOf.getOrDefault(tower, own);
        }
    }

    private final boolean oneGate;
    private final ImmutableList<Level> levels;

    Experts(boolean oneGate, List<Level> levels) {
        this.oneGate = oneGate;
        this.levels = ImmutableList.copyOf(levels);
        if (levels.isEmpty()) {
            throw new IllegalArgumentException("Experts: at least one level");
        }
        if (oneGate
                && levels.stream()
                        .anyMatch(level -> level.own() > 0
                                || level.ownOf().values().stream().anyMatch(count -> count > 0))) {
            throw new IllegalArgumentException(
                    "Experts: under one gate for all towers, no tower has experts of its own");
        }
    }

    private static Experts of(boolean oneGate, int shared, int own, Consumer<LayerStack<?>> layers) {
        List<NamedLayer> stack = LayerStack.collect(layers);
        return new Experts(oneGate, List.of(new Level(shared, own, Map.of(), stack, stack, Gate.softmax())));
    }

    /**
     * {@return experts under one gate for all towers, which read the same mix}
     *
     * @param experts how many, at least 1
     * @param layers appends the layers of one of them
     * @throws IllegalArgumentException if there is no expert
     */
    public static Experts oneGate(int experts, Consumer<LayerStack<?>> layers) {
        return of(true, experts, 0, layers);
    }

    /**
     * {@return multi-gate mixture of experts: shared experts, and a gate for each tower}
     *
     * @param experts how many, at least 1
     * @param layers appends the layers of one of them
     * @throws IllegalArgumentException if there is no expert
     */
    public static Experts mmoe(int experts, Consumer<LayerStack<?>> layers) {
        return of(false, experts, 0, layers);
    }

    /**
     * {@return customised gate control: shared experts, and some of each tower's own}
     *
     * @param shared how many are shared, at least 0
     * @param own how many each tower has of its own, at least 0; see {@link #withOwn}
     * @param layers appends the layers of one of them
     * @throws IllegalArgumentException if a number is negative, or both are 0
     */
    public static Experts cgc(int shared, int own, Consumer<LayerStack<?>> layers) {
        return of(false, shared, own, layers);
    }

    /**
     * {@return progressive layered extraction: levels of {@link #cgc} that are alike} For levels that differ, put them
     * together by {@link #then}.
     *
     * @param levels how many, at least 1
     * @param shared how many experts of a level are shared, at least 0
     * @param own how many each tower has of its own in a level, at least 0
     * @param layers appends the layers of one expert
     * @throws IllegalArgumentException if a number is out of its range, or there is no expert
     */
    public static Experts ple(int levels, int shared, int own, Consumer<LayerStack<?>> layers) {
        Check.atLeast(1, levels, "Experts: number of levels");
        Experts one = cgc(shared, own, layers);
        Experts all = one;
        for (int level = 1; level < levels; level++) {
            all = all.then(one);
        }
        return all;
    }

    /**
     * {@return these experts with others behind them, which read their mixes}
     *
     * @throws IllegalArgumentException if one of the two has one gate for all towers, and the other has not
     */
    public Experts then(Experts upper) {
        if (oneGate != upper.oneGate) {
            throw new IllegalArgumentException(
                    "Experts: levels under one gate for all towers do not go together with levels of a gate for each");
        }
        return new Experts(
                oneGate, Stream.concat(levels.stream(), upper.levels.stream()).toList());
    }

    /** {@return these experts with another gate in all levels} */
    public Experts withGate(Gate gate) {
        return new Experts(
                oneGate,
                levels.stream()
                        .map(level -> new Level(
                                level.shared(), level.own(), level.ownOf(), level.layers(), level.ownLayers(), gate))
                        .toList());
    }

    /**
     * {@return these experts with another number of a tower's own in all levels}
     *
     * @param tower may be added to the network before or after
     * @param experts at least 0
     * @throws IllegalArgumentException if the number is negative
     */
    public Experts withOwn(String tower, int experts) {
        Objects.requireNonNull(tower, "tower");
        return new Experts(
                oneGate,
                levels.stream()
                        .map(level -> {
                            Map<String, Integer> ownOf = new LinkedHashMap<>(level.ownOf());
                            ownOf.put(tower, experts);
                            return new Level(
                                    level.shared(),
                                    level.own(),
                                    ownOf,
                                    level.layers(),
                                    level.ownLayers(),
                                    level.gate());
                        })
                        .toList());
    }

    /** {@return these experts with other layers in the towers' own, of all levels; they must end in the same shape} */
    public Experts withOwnLayers(Consumer<LayerStack<?>> layers) {
        List<NamedLayer> stack = LayerStack.collect(layers);
        return new Experts(
                oneGate,
                levels.stream()
                        .map(level -> new Level(
                                level.shared(), level.own(), level.ownOf(), level.layers(), stack, level.gate()))
                        .toList());
    }

    /** {@return whether all towers have one gate} */
    public boolean isOneGate() {
        return oneGate;
    }

    /** {@return the levels, the one that reads the trunk first} */
    public List<Level> levels() {
        return levels;
    }

    @Override
    public String kind() {
        return "experts";
    }

    @Override
    public boolean sharesWeights() {
        return oneGate || levels.stream().anyMatch(level -> level.shared() > 0);
    }

    @Override
    Experts alone(String tower, Collection<String> towers) {
        for (int i = 0; i < levels.size() - 1; i++) {
            Level level = levels.get(i);
            if (isShared(i + 1)
                    && level.shared() > 0
                    && towers.stream().anyMatch(other -> !other.equals(tower) && level.ownOf(other) > 0)) {
                throw new IllegalArgumentException(
                        ("tower '%s' is nothing by itself: behind level %s of the experts it reads a mix of all towers'"
                                        + " own experts")
                                .formatted(tower, i + 1));
            }
        }
        return new Experts(
                oneGate,
                levels.stream()
                        .map(level -> new Level(
                                level.shared(),
                                level.ownOf(tower),
                                Map.of(),
                                level.layers(),
                                level.ownLayers(),
                                level.gate()))
                        .toList());
    }

    @Override
    SharedGraph in(String name, Shape input, List<String> towers) {
        SharedGraph graph = new SharedGraph(name, input, towers);
        for (Level level : levels) {
            for (String tower : level.ownOf().keySet()) {
                if (!towers.contains(tower)) {
                    throw new IllegalArgumentException(
                            "experts '%s': own experts are given for tower '%s', which there is not; there are %s"
                                    .formatted(name, tower, towers));
                }
            }
        }
        String shared = SharedNode.START;
        Map<String, String> ends = new LinkedHashMap<>();
        towers.forEach(tower -> ends.put(tower, SharedNode.START));
        for (int i = 0; i < levels.size(); i++) {
            shared = new LevelNodes(graph, i, shared, ends).add(isShared(i + 1));
        }
        ends.forEach(graph::end);
        return graph;
    }

    /** Tells whether there are shared experts from a level on. */
    private boolean isShared(int from) {
        return levels.subList(from, levels.size()).stream().anyMatch(level -> level.shared() > 0);
    }

    /** Adds the nodes of one level. */
    private final class LevelNodes {
        private final SharedGraph graph;
        private final Level level;
        private final String prefix;
        private final String where;
        private final String shared;
        private final Map<String, String> ends;
        /** By owner the bank of its experts; empty for those that are shared. */
        private final Map<String, SharedNode.Bank> banks = new LinkedHashMap<>();

        LevelNodes(SharedGraph graph, int index, String shared, Map<String, String> ends) {
            this.graph = graph;
            this.level = levels.get(index);
            this.prefix = "level" + (index + 1) + "/";
            this.where = "experts '%s', level %s".formatted(graph.name(), index + 1);
            this.shared = shared;
            this.ends = ends;
        }

        /**
         * Moves the towers' ends, and returns what the shared experts of the next level read.
         *
         * @param sharedAbove whether there are any above
         */
        String add(boolean sharedAbove) {
            if (level.shared() > 0) {
                addBank("", shared, level.shared(), level.layers());
            }
            for (String tower : graph.towers()) {
                if (level.ownOf(tower) > 0) {
                    addBank(tower, endOf(tower), level.ownOf(tower), level.ownLayers());
                }
            }
            requireOneShape();
            if (oneGate) {
                String mix = addGate("", shared, List.of(""));
                graph.towers().forEach(tower -> ends.put(tower, mix));
                return mix;
            }
            String next = !sharedAbove || level.shared() == 0 ? shared : addGate("", shared, banks.keySet());
            for (String tower : graph.towers()) {
                List<String> known = banks.keySet().stream()
                        .filter(owner -> owner.isEmpty() || owner.equals(tower))
                        .toList();
                ends.put(tower, addGate(tower, endOf(tower), known));
            }
            return next;
        }

        private String endOf(String tower) {
            return Objects.requireNonNull(ends.get(tower), tower);
        }

        private String path(String owner, String what) {
            return prefix + (owner.isEmpty() ? SHARED : TOWER + owner) + "/" + what;
        }

        private void addBank(String owner, String input, int experts, List<NamedLayer> layers) {
            String what = owner.isEmpty()
                    ? where + ", shared experts"
                    : where + ", own experts of tower '%s'".formatted(owner);
            if (layers.isEmpty()) {
                throw new IllegalArgumentException(what + ": an expert has at least one layer");
            }
            Shape shape = graph.shapeOf(input);
            ShapeChain.end(what, layers, shape);
            SharedNode.Bank bank = new SharedNode.Bank(path(owner, "experts"), owner, input, shape, experts, layers);
            graph.add(bank);
            banks.put(owner, bank);
        }

        private void requireOneShape() {
            SharedNode.Bank first = null;
            for (SharedNode.Bank bank : banks.values()) {
                if (first != null && !bank.output().equals(first.output())) {
                    throw new IllegalArgumentException(
                            "%s: what a gate mixes must be of one shape, but '%s' gives %s and '%s' gives %s"
                                    .formatted(where, first.name(), first.output(), bank.name(), bank.output()));
                }
                first = first == null ? bank : first;
            }
        }

        private String addGate(String owner, String input, Iterable<String> owners) {
            List<String> mixed = new ArrayList<>();
            List<Integer> counts = new ArrayList<>();
            Shape output = null;
            for (String each : owners) {
                SharedNode.Bank bank = Objects.requireNonNull(banks.get(each));
                mixed.add(bank.name());
                counts.add(bank.experts());
                output = bank.output();
            }
            int experts = counts.stream().mapToInt(Integer::intValue).sum();
            String whose = owner.isEmpty() ? "shared gate" : "gate of tower '%s'".formatted(owner);
            if (output == null) {
                throw new IllegalArgumentException(
                        "%s: the %s is over no experts: 0 shared and 0 of its own".formatted(where, whose));
            }
            Gate gate = level.gate();
            if (gate.selectors() > experts) {
                throw new IllegalArgumentException("%s: k of DSelect-k is %s, but the %s is over %s experts"
                        .formatted(where, gate.selectors(), whose, experts));
            }
            String reads = gate.overInput() ? SharedNode.START : input;
            Shape shape = ShapeChain.end(where + ", " + whose, gate.layers(), graph.shapeOf(reads));
            requireVector(shape, whose);
            String gating = graph.add(
                    new SharedNode.Gating(path(owner, "gate"), owner, reads, graph.shapeOf(reads), experts, gate));
            return graph.add(
                    new SharedNode.Mix(path(owner, "mix"), owner, gating, gate.isSoftmax(), mixed, counts, output));
        }

        private void requireVector(Shape shape, String whose) {
            if (!(shape instanceof Shape.Vector || shape instanceof Shape.Image)) {
                throw new IllegalArgumentException(
                        ("%s: the %s reads vectors or images, not %s; give it layers that make a vector of that:"
                                        + " Gate.softmax().withLayers(...)")
                                .formatted(where, whose, shape));
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Experts experts && oneGate == experts.oneGate && levels.equals(experts.levels);
    }

    @Override
    public int hashCode() {
        return Objects.hash(oneGate, levels);
    }

    @Override
    public String toString() {
        return "Experts[%s%s]".formatted(oneGate ? "one gate, " : "", levels);
    }
}
