package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Shape;
import org.nd4j.linalg.activations.Activation;

/**
 * Attention over a shared trunk: each tower has masks by which it picks features of the trunk's blocks. Liu, Johns and
 * Davison, "End-to-End Multi-Task Learning with Attention", CVPR 2019 (MTAN).
 *
 * <pre>{@code
 * MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 28, 28))
 *     .attention(Attention.block("block1",
 *             b -> b.convolution("conv1", 16, 3), b -> b.convolution("conv2", 16, 1), b -> b.maxPool(2))
 *         .then("block2",
 *             b -> b.convolution("conv1", 32, 3), b -> b.convolution("conv2", 32, 1), b -> b.maxPool(2)))
 *     .tower("income", SplitHead.of(income))
 *     .tower("married", SplitHead.of(married))
 *     .dense("fc", 32)
 *     .build();
 * }</pre>
 *
 * A block has first layers, which give u, second layers, which give p of u, and pooling behind both, which may be
 * empty. A tower's mask is {@code a = sigmoid(g([u; f(â of the block before)]))} and its features {@code â = a * p},
 * pooled as the trunk is. g is two convolutions of 1×1 with as many channels as p, each with batch normalisation, ReLU
 * between; f a convolution of 3×3 with batch normalisation and ReLU, and as many channels as the next block's u.
 * Vectors have fully connected layers in the place of convolutions. u and p must be of equal height and width.
 */
public final class Attention extends SharedPart {

    /**
     * One block of the trunk.
     *
     * @param name unique; see {@link org.mtl4j.task.Task#NAME_PATTERN}
     * @param first layers that give u
     * @param second layers that give p of u
     * @param pooling layers behind p, of the trunk and of the towers alike, without parameters; may be empty
     */
    public record Block(String name, List<NamedLayer> first, List<NamedLayer> second, List<NamedLayer> pooling) {
        /** Checks that there are layers. */
        public Block {
            Check.name("Block of attention", name);
            first = ImmutableList.copyOf(first);
            second = ImmutableList.copyOf(second);
            pooling = ImmutableList.copyOf(pooling);
            if (first.isEmpty() || second.isEmpty()) {
                throw new IllegalArgumentException(
                        "Attention, block '%s': a block has first and second layers".formatted(name));
            }
        }
    }

    private final ImmutableList<Block> blocks;
    private final boolean normalized;

    Attention(List<Block> blocks, boolean normalized) {
        this.blocks = ImmutableList.copyOf(blocks);
        this.normalized = normalized;
        Set<String> names = new HashSet<>();
        for (Block block : blocks) {
            if (!names.add(block.name())) {
                throw new IllegalArgumentException("Attention: two blocks are called '%s'".formatted(block.name()));
            }
        }
        if (blocks.isEmpty()) {
            throw new IllegalArgumentException("Attention: at least one block");
        }
    }

    private static Block of(
            String name,
            Consumer<LayerStack<?>> first,
            Consumer<LayerStack<?>> second,
            Consumer<LayerStack<?>> pooling) {
        return new Block(name, LayerStack.collect(first), LayerStack.collect(second), LayerStack.collect(pooling));
    }

    /**
     * {@return attention over one block; more of them by {@link #then}}
     *
     * @param name of the block
     * @param first appends layers that give u
     * @param second appends layers that give p of u
     * @param pooling appends layers behind p; {@code b -> {}} for none
     * @throws IllegalArgumentException if the name does not match the pattern, or there are no layers
     */
    public static Attention block(
            String name,
            Consumer<LayerStack<?>> first,
            Consumer<LayerStack<?>> second,
            Consumer<LayerStack<?>> pooling) {
        return new Attention(List.of(of(name, first, second, pooling)), true);
    }

    /**
     * {@return this with one more block behind the others; see {@link #block}}
     *
     * @throws IllegalArgumentException if a block has that name, or there are no layers
     */
    public Attention then(
            String name,
            Consumer<LayerStack<?>> first,
            Consumer<LayerStack<?>> second,
            Consumer<LayerStack<?>> pooling) {
        List<Block> all = new ArrayList<>(blocks);
        all.add(of(name, first, second, pooling));
        return new Attention(all, normalized);
    }

    /**
     * {@return this without batch normalisation in masks} Threads among which a batch is divided then need not meet in
     * them.
     */
    public Attention withoutNormalization() {
        return new Attention(blocks, false);
    }

    /** {@return the blocks of the trunk} */
    public List<Block> blocks() {
        return blocks;
    }

    /** {@return whether masks have batch normalisation} */
    public boolean isNormalized() {
        return normalized;
    }

    @Override
    public String kind() {
        return "attention";
    }

    @Override
    public boolean sharesWeights() {
        return true;
    }

    @Override
    SharedGraph in(String name, Shape input, List<String> towers) {
        SharedGraph graph = new SharedGraph(name, input, towers);
        String trunk = SharedNode.START;
        Map<String, String> attended = new HashMap<>();
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            String where = "attention '%s', block '%s'".formatted(name, block.name());
            String first = add(graph, where, block.name() + "/trunk/first", "", trunk, block.first());
            Shape u = graph.shapeOf(first);
            String second = add(graph, where, block.name() + "/trunk/second", "", first, block.second());
            Shape p = graph.shapeOf(second);
            requireOnePlane(where, u, p);
            ShapeChain.end(where + ", pooling", block.pooling(), p);
            if (block.pooling().stream().anyMatch(layer -> layer.spec().parameters(p) > 0)) {
                throw new IllegalArgumentException(
                        where + ": pooling is the trunk's and the towers', so its layers have no parameters");
            }
            for (String tower : towers) {
                String prefix = block.name() + "/tower/" + tower;
                String read = first;
                String before = attended.get(tower);
                if (before != null) {
                    String f = add(graph, where, prefix + "/f", tower, before, f(u));
                    if (!graph.shapeOf(f).equals(u)) {
                        throw new IllegalArgumentException(
                                ("%s: u is %s, but what the tower '%s' attended to before is %s; height and"
                                                + " width must agree")
                                        .formatted(where, u, tower, graph.shapeOf(f)));
                    }
                    read = graph.add(new SharedNode.Joined(prefix + "/joined", tower, List.of(first, f), twice(u)));
                }
                String mask = add(graph, where, prefix + "/mask", tower, read, g(p));
                String product = graph.add(new SharedNode.Product(prefix + "/attended", tower, mask, second, p));
                attended.put(tower, pool(graph, where, prefix + "/pooled", tower, product, block));
            }
            trunk = i == blocks.size() - 1
                    ? second
                    : pool(graph, where, block.name() + "/trunk/pooled", "", second, block);
        }
        attended.forEach(graph::end);
        return graph;
    }

    private static String pool(SharedGraph graph, String where, String name, String owner, String input, Block block) {
        return block.pooling().isEmpty() ? input : add(graph, where, name, owner, input, block.pooling());
    }

    private static String add(
            SharedGraph graph, String where, String name, String owner, String input, List<NamedLayer> layers) {
        Shape shape = graph.shapeOf(input);
        ShapeChain.end(where, layers, shape);
        return graph.add(new SharedNode.Layers(name, owner, input, shape, layers));
    }

    private static void requireOnePlane(String where, Shape u, Shape p) {
        boolean images = u instanceof Shape.Image first
                && p instanceof Shape.Image second
                && first.height() == second.height()
                && first.width() == second.width();
        if (!images && !(u instanceof Shape.Vector && p instanceof Shape.Vector)) {
            throw new IllegalArgumentException(
                    ("%s: its first layers give %s and its second layers %s; masks need two vectors, or images of equal"
                                    + " height and width")
                            .formatted(where, u, p));
        }
    }

    private static Shape twice(Shape u) {
        return u instanceof Shape.Image image
                ? Shape.image(2 * image.channels(), image.height(), image.width())
                : Shape.vector(2 * u.channels());
    }

    private static LayerSpec plain(Shape like, int kernel) {
        return like instanceof Shape.Image
                ? Convolution.of(like.channels(), kernel)
                        .withPadding(Padding.SAME)
                        .withActivation(Activation.IDENTITY)
                : Dense.of(like.channels()).withActivation(Activation.IDENTITY);
    }

    private List<NamedLayer> f(Shape u) {
        List<NamedLayer> layers = new ArrayList<>();
        addNormalized(layers, "1", plain(u, 3), Activation.RELU);
        return layers;
    }

    private List<NamedLayer> g(Shape p) {
        List<NamedLayer> layers = new ArrayList<>();
        addNormalized(layers, "1", plain(p, 1), Activation.RELU);
        addNormalized(layers, "2", plain(p, 1), Activation.SIGMOID);
        return layers;
    }

    private void addNormalized(List<NamedLayer> layers, String number, LayerSpec layer, Activation activation) {
        layers.add(new NamedLayer("layer" + number, layer));
        if (normalized) {
            layers.add(new NamedLayer("norm" + number, BatchNormalization.standard()));
        }
        layers.add(new NamedLayer("activation" + number, new Activate(activation)));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Attention attention
                && blocks.equals(attention.blocks)
                && normalized == attention.normalized;
    }

    @Override
    public int hashCode() {
        return Objects.hash(blocks, normalized);
    }

    @Override
    public String toString() {
        return "Attention[%s%s]".formatted(blocks, normalized ? "" : ", without normalisation");
    }
}
