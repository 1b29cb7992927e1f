package org.mtl4j.layer;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.linalg.activations.Activation;

/**
 * A residual block (He et al., CVPR 2016): layers beside a shortcut, added up, and an activation.
 *
 * <pre>output = activation(layers(input) + shortcut(input))</pre>
 *
 * The shortcut is the input itself where the layers keep its shape. Where they do not it is a 1×1 convolution, with the
 * stride that the layers have all together, or for vectors a fully connected layer, each without bias and activation;
 * its name is {@value #SHORTCUT}.
 *
 * <p>A layer inside is known outside as {@code block/layer}, for example to a
 * {@link org.mtl4j.relatedness.WeightRelatednessRegularizer}.
 *
 * @param layers at least one, names unique within the block, none a residual block itself
 * @param activation what follows the sum; {@link Activation#IDENTITY} for none
 */
public record Residual(List<NamedLayer> layers, Activation activation) implements LayerSpec {
    /** The name of the shortcut's layer, where it has one. */
    public static final String SHORTCUT = "shortcut";

    /**
     * @throws IllegalArgumentException if there is no layer, or a name comes twice or is taken, or a block is within a
     *     block
     */
    public Residual {
        layers = ImmutableList.copyOf(layers);
        Objects.requireNonNull(activation, "activation");
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("Residual: a block has at least one layer");
        }
        Set<String> names = new HashSet<>(Set.of(SHORTCUT));
        for (NamedLayer layer : layers) {
            if (!names.add(layer.name())) {
                throw new IllegalArgumentException(
                        "Residual: the name '%s' is taken twice (the shortcut is called '%s')"
                                .formatted(layer.name(), SHORTCUT));
            }
            if (blockOf(layer.spec()).isPresent()) {
                throw new IllegalArgumentException(
                        "Residual: '%s' is a residual block; a block cannot hold another".formatted(layer.name()));
            }
        }
    }

    /** {@return a block of these layers with ReLU behind the sum} */
    public static Residual of(NamedLayer... layers) {
        return new Residual(List.of(layers), Activation.RELU);
    }

    /** {@return the block that this layer is; empty for a layer that is none} */
    public static Optional<Residual> blockOf(LayerSpec layer) {
        return switch (layer.type()) {
            case RESIDUAL -> Optional.of((Residual) layer);
            case CONVOLUTION,
                    POOLING,
                    GLOBAL_POOLING,
                    DENSE,
                    BATCH_NORMALIZATION,
                    DROPOUT,
                    ACTIVATION,
                    SOFT_ARGMAX,
                    EMBEDDING,
                    CONVOLUTION_1D,
                    RECURRENT,
                    LAST_STEP,
                    LAYER_NORMALIZATION,
                    CUSTOM -> Optional.empty();
        };
    }

    /** {@return this block with another activation behind the sum} */
    public Residual withActivation(Activation activation) {
        return new Residual(layers, activation);
    }

    /**
     * {@return the layer of the shortcut; nothing where the input goes through as it is}
     *
     * @throws IllegalArgumentException if no shortcut leads from this shape to that which the layers make of it
     */
    public Optional<LayerSpec> shortcut(Shape input) {
        Shape output = inner(input);
        if (output.equals(input)) {
            return Optional.empty();
        }
        boolean sameKind = input.batch(1).length == output.batch(1).length;
        Optional<LayerSpec> projection = output.match(
                maps -> Optional.of(Convolution.of(maps.channels(), 1)
                        .withStride(stride())
                        .withPadding(Padding.SAME)
                        .withActivation(Activation.IDENTITY)
                        .withoutBias()),
                vector -> Optional.of(new Dense(vector.size(), Activation.IDENTITY, false)),
                sequence -> Optional.empty(),
                categories -> Optional.empty(),
                tokens -> Optional.empty());
        if (sameKind
                && projection.isPresent()
                && projection.get().outputShape(input).equals(output)) {
            return projection;
        }
        throw new IllegalArgumentException(
                ("Residual: the layers make %s of %s, and no shortcut does; keep the shape, change the"
                                + " channels only, or let convolutions with padding SAME have a stride")
                        .formatted(output, input));
    }

    /** The shape after the layers. */
    private Shape inner(Shape input) {
        Shape shape = Codes.amounts(input, "A residual block");
        for (NamedLayer layer : layers) {
            try {
                shape = layer.spec().outputShape(shape);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("'%s' in the block: %s".formatted(layer.name(), e.getMessage()), e);
            }
        }
        return shape;
    }

    @Override
    public Shape outputShape(Shape input) {
        shortcut(input);
        return inner(input);
    }

    @Override
    public long parameters(Shape input) {
        long sum = shortcut(input).map(layer -> layer.parameters(input)).orElse(0L);
        Shape shape = input;
        for (NamedLayer layer : layers) {
            sum += layer.spec().parameters(shape);
            shape = layer.spec().outputShape(shape);
        }
        return sum;
    }

    @Override
    public LayerType type() {
        return LayerType.RESIDUAL;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.residual(this);
    }

    @Override
    public int stride() {
        int stride = 1;
        for (NamedLayer layer : layers) {
            stride *= layer.spec().stride();
        }
        return stride;
    }

    @Override
    public String describe() {
        return "residual (%s), %s"
                .formatted(
                        layers.stream().map(layer -> layer.spec().describe()).collect(Collectors.joining("; ")),
                        Activate.nameOf(activation));
    }
}
