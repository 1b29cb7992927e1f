package org.mtl4j.network;

import java.util.ArrayList;
import java.util.List;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;

/**
 * One step of a {@link SharedGraph}. A node reads others by their names, or {@link #START}, which is what the whole
 * part reads.
 */
public sealed interface SharedNode {

    /** The name of what the whole part reads. */
    String START = "";

    /** {@return its name, unique in the part; of several words separated by a slash} */
    String name();

    /** {@return the tower that alone has it; empty if it is shared} */
    String owner();

    /** {@return the nodes that it reads, or {@link #START}} */
    List<String> inputs();

    /** {@return the shape of what it gives for one example} */
    Shape output();

    /** {@return the number of its parameters} */
    long parameters();

    /** {@return its layers, at their places; none by default} */
    default List<PlacedLayer> layers() {
        return List.of();
    }

    /**
     * A run of layers.
     *
     * @param name unique in the part
     * @param owner the tower that alone has it; empty if it is shared
     * @param input what it reads
     * @param shape of one example of that
     * @param stack the layers; may be empty
     */
    record Layers(String name, String owner, String input, Shape shape, List<NamedLayer> stack) implements SharedNode {
        /** Copies the list. */
        public Layers {
            stack = List.copyOf(stack);
        }

        @Override
        public List<String> inputs() {
            return List.of(input);
        }

        @Override
        public Shape output() {
            return ShapeChain.end(name, stack, shape);
        }

        @Override
        public long parameters() {
            return sum(layers());
        }

        @Override
        public List<PlacedLayer> layers() {
            return placed(name, stack, shape);
        }
    }

    /**
     * Several experts, each with layers like these and weights of its own, that read the same.
     *
     * @param name unique in the part
     * @param owner the tower that alone has it; empty if it is shared
     * @param input what they read
     * @param shape of one example of that
     * @param experts how many there are
     * @param stack the layers of one of them
     */
    record Bank(String name, String owner, String input, Shape shape, int experts, List<NamedLayer> stack)
            implements SharedNode {
        /** Copies the list. */
        public Bank {
            stack = List.copyOf(stack);
        }

        @Override
        public List<String> inputs() {
            return List.of(input);
        }

        /** {@return the shape of what one expert gives} */
        @Override
        public Shape output() {
            return ShapeChain.end(name, stack, shape);
        }

        @Override
        public long parameters() {
            return sum(layers());
        }

        /** {@return the layers of all experts, one expert after the other} */
        @Override
        public List<PlacedLayer> layers() {
            List<PlacedLayer> all = new ArrayList<>();
            for (int e = 1; e <= experts; e++) {
                all.addAll(placed(name + "/" + e, stack, shape));
            }
            return all;
        }
    }

    /**
     * What a gate says of experts, before or after the softmax.
     *
     * @param name unique in the part
     * @param owner the tower that alone has it; empty if it is shared
     * @param input what it reads
     * @param shape of one example of that
     * @param experts how many it weighs
     * @param gate how
     */
    record Gating(String name, String owner, String input, Shape shape, int experts, Gate gate) implements SharedNode {
        @Override
        public List<String> inputs() {
            return List.of(input);
        }

        @Override
        public Shape output() {
            return Shape.vector(experts);
        }

        /** {@return the shape of what its last step reads, behind its own layers} */
        public Shape last() {
            return ShapeChain.end(name, gate.layers(), shape);
        }

        @Override
        public long parameters() {
            return sum(layers())
                    + (gate.isSoftmax()
                            ? Dense.of(experts).parameters(last())
                            : (long) gate.logits(experts)
                                    * (gate.byExample() ? Math.addExact(last().elements(), 1) : 1));
        }

        @Override
        public List<PlacedLayer> layers() {
            return placed(name, gate.layers(), shape);
        }
    }

    /**
     * Experts, weighed by a gate.
     *
     * @param name unique in the part
     * @param owner the tower that alone has it; empty if it is shared
     * @param gate the node of that
     * @param softmax whether the gate's numbers go through the softmax first
     * @param banks the nodes with the experts, in the order of the gate's numbers
     * @param experts how many there are in each of them
     * @param output shape of one expert
     */
    record Mix(
            String name,
            String owner,
            String gate,
            boolean softmax,
            List<String> banks,
            List<Integer> experts,
            Shape output)
            implements SharedNode {
        /** Copies the lists. */
        public Mix {
            banks = List.copyOf(banks);
            experts = List.copyOf(experts);
        }

        @Override
        public List<String> inputs() {
            List<String> inputs = new ArrayList<>(List.of(gate));
            inputs.addAll(banks);
            return inputs;
        }

        /** {@return one number for each expert: its mean weight, which is not trained} */
        @Override
        public long parameters() {
            return experts.stream().mapToLong(Integer::intValue).sum();
        }
    }

    /**
     * A product, number by number.
     *
     * @param name unique in the part
     * @param owner the tower that alone has it; empty if it is shared
     * @param mask one factor
     * @param value the other one
     * @param output shape of both
     */
    record Product(String name, String owner, String mask, String value, Shape output) implements SharedNode {
        @Override
        public List<String> inputs() {
            return List.of(mask, value);
        }

        @Override
        public long parameters() {
            return 0;
        }
    }

    /**
     * Activations one after the other: vectors, or the channels of images of equal height and width.
     *
     * @param name unique in the part
     * @param owner the tower that alone has it; empty if it is shared
     * @param inputs the nodes
     * @param output shape of all of them
     */
    record Joined(String name, String owner, List<String> inputs, Shape output) implements SharedNode {
        /** Copies the list. */
        public Joined {
            inputs = List.copyOf(inputs);
        }

        @Override
        public long parameters() {
            return 0;
        }
    }

    /**
     * One of several nodes, chosen by what is learned.
     *
     * @param name unique in the part
     * @param owner the tower that alone has it; empty if it is shared
     * @param inputs the nodes, of one shape
     * @param branching how it is learned
     * @param start initial logits
     * @param output shape of one node
     */
    record Choice(String name, String owner, List<String> inputs, Branching branching, List<Double> start, Shape output)
            implements SharedNode {
        /** Copies the lists. */
        public Choice {
            inputs = List.copyOf(inputs);
            start = List.copyOf(start);
        }

        @Override
        public long parameters() {
            return inputs.size();
        }
    }

    private static long sum(List<PlacedLayer> layers) {
        return layers.stream()
                .mapToLong(layer -> layer.spec().parameters(layer.input()))
                .sum();
    }

    private static List<PlacedLayer> placed(String node, List<NamedLayer> stack, Shape shape) {
        return PlacedLayer.of(stack, shape).stream()
                .map(layer -> new PlacedLayer(node + "/" + layer.path(), layer.spec(), layer.input()))
                .toList();
    }
}
