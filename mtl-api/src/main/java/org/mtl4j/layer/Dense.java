package org.mtl4j.layer;

import java.util.Objects;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.activations.Activation;

/**
 * Fully connected layer, {@code [batch, n]} to {@code [batch, units]}, with a bias and an activation. Feature maps are
 * flattened first, channels slowest ({@code channels, height, width}).
 *
 * @param units output width, at least 1
 * @param activation what follows
 * @param bias whether there is a bias per unit
 */
public record Dense(int units, Activation activation, boolean bias) implements LayerSpec {

    /** @throws IllegalArgumentException if {@code units} is below 1 */
    public Dense {
        Check.atLeast(1, units, "Dense: units");
        Objects.requireNonNull(activation, "activation");
    }

    /** {@return {@code units} outputs with bias and ReLU} */
    public static Dense of(int units) {
        return new Dense(units, Activation.RELU, true);
    }

    /** {@return this layer with another activation} */
    public Dense withActivation(Activation activation) {
        return new Dense(units, activation, bias);
    }

    /** {@return this layer without a bias} */
    public Dense withoutBias() {
        return new Dense(units, activation, false);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input.match(
                image -> Shape.vector(units),
                vector -> Shape.vector(units),
                sequence -> {
                    throw new IllegalArgumentException("Dense needs a vector or feature maps, got a sequence of shape "
                            + input + "; pool it over its steps first (GlobalPooling)");
                },
                codes -> Codes.refuse(codes, "Dense"),
                codes -> Codes.refuse(codes, "Dense"));
    }

    @Override
    public long parameters(Shape input) {
        long weights = input.elements() * units;
        return bias ? weights + units : weights;
    }

    @Override
    public LayerType type() {
        return LayerType.DENSE;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.dense(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    @Override
    public String describe() {
        return "dense %s, %s%s".formatted(units, Activate.nameOf(activation), bias ? "" : ", no bias");
    }
}
