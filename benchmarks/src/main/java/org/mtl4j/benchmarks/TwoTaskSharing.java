package org.mtl4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.network.Experts;
import org.mtl4j.network.LayerStack;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.task.Task;

/** Ways to share between tasks that read the same rows, as networks of fully connected layers. */
enum TwoTaskSharing {
    /** A network for each task. */
    SINGLE("single tasks"),
    /** One stack of layers below both towers. */
    HARD("hard sharing"),
    /** Two stacks, whose weights are pulled together. */
    L2("L2-tied"),
    /** Two stacks with cross-stitch units behind each layer. */
    CROSS_STITCH("cross-stitch"),
    /** The same, with the weights pulled together. */
    CROSS_STITCH_L2("cross-stitch + L2"),
    /** Two stacks with linear NDDR units behind each layer. */
    NDDR("NDDR"),
    /** Experts under one gate. */
    ONE_GATE("one-gate mixture"),
    /** Experts under a gate for each task. */
    MMOE("MMoE"),
    /** Shared experts, and some of each task's own. */
    CGC("CGC"),
    /** Two levels of these. */
    PLE("PLE");

    private final String text;

    TwoTaskSharing(String text) {
        this.text = text;
    }

    /**
     * How large the parts are.
     *
     * @param bottom units of the layers that are shared, or that each task has one of
     * @param tower units of the layers of a tower above them
     * @param gatedTower the same above experts
     * @param expert units of the layers of an expert
     * @param experts how many there are where all are shared
     * @param shared how many are shared where tasks have their own
     * @param own how many each task has of its own
     * @param strength of the pull between weights
     */
    record Sizes(
            int[] bottom,
            int[] tower,
            int[] gatedTower,
            int[] expert,
            int experts,
            int shared,
            int own,
            double strength) {}

    @Override
    public String toString() {
        return text;
    }

    /**
     * Makes the networks: one for each task, or one for all.
     *
     * @param inputs makes the beginning of a network, with its inputs
     */
    List<MultiTaskNetwork> networks(Supplier<NetworkBuilder> inputs, List<Task> tasks, Sizes sizes) {
        if (this == SINGLE) {
            List<MultiTaskNetwork> all = new ArrayList<>();
            for (Task task : tasks) {
                all.add(towers(inputs.get(), List.of(task))
                        .trunk(layers("fc", sizes.bottom()))
                        .in(task.name(), layers("top", sizes.tower()))
                        .build());
            }
            return all;
        }
        NetworkBuilder network = towers(inputs.get(), tasks);
        switch (this) {
            case HARD -> network.trunk(layers("fc", sizes.bottom()));
            case L2, CROSS_STITCH, CROSS_STITCH_L2, NDDR -> addStacks(network, sizes);
            case ONE_GATE -> network.experts(Experts.oneGate(sizes.experts(), layers("fc", sizes.expert())));
            case MMOE -> network.experts(Experts.mmoe(sizes.experts(), layers("fc", sizes.expert())));
            case CGC -> network.experts(Experts.cgc(sizes.shared(), sizes.own(), layers("fc", sizes.expert())));
            case PLE -> network.experts(Experts.ple(2, sizes.shared(), sizes.own(), layers("fc", sizes.expert())));
            case SINGLE -> throw new AssertionError();
        }
        boolean gated = this == ONE_GATE || this == MMOE || this == CGC || this == PLE;
        for (int i = 0; i < (gated ? sizes.gatedTower() : sizes.tower()).length; i++) {
            network.dense("top" + (i + 1), (gated ? sizes.gatedTower() : sizes.tower())[i]);
        }
        return List.of(network.build());
    }

    private static NetworkBuilder towers(NetworkBuilder network, List<Task> tasks) {
        tasks.forEach(task -> network.tower(task.name(), SplitHead.of(task)));
        return network;
    }

    private static Consumer<LayerStack<?>> layers(String name, int[] units) {
        return stack -> {
            for (int i = 0; i < units.length; i++) {
                NamedLayer layer = new NamedLayer(name + (i + 1), Dense.of(units[i]));
                stack.layer(layer.name(), layer.spec());
            }
        };
    }

    private void addStacks(NetworkBuilder network, Sizes sizes) {
        String[] names = new String[sizes.bottom().length];
        for (int i = 0; i < names.length; i++) {
            names[i] = "fc" + (i + 1);
            network.dense(names[i], sizes.bottom()[i]);
            if (this == NDDR) {
                network.stitch(NddrUnit.linear());
            } else if (this != L2) {
                network.stitch(CrossStitchUnit.perChannel());
            }
        }
        if (this == L2 || this == CROSS_STITCH_L2) {
            network.regularize(WeightRelatednessRegularizer.over(names).withStrength(sizes.strength()));
        }
    }

    /** Counts the parameters of all networks. */
    static long parameters(List<MultiTaskNetwork> networks) {
        return networks.stream().mapToLong(MultiTaskNetwork::parameters).sum();
    }
}
