package org.mtl4j.layer;

import java.util.Locale;
import java.util.Objects;
import org.nd4j.linalg.activations.Activation;

/**
 * An activation as a layer of its own, such as the ReLU after a batch normalisation. The shape stays.
 *
 * @param activation any of ND4J's
 */
public record Activate(Activation activation) implements LayerSpec {

    public Activate {
        Objects.requireNonNull(activation, "activation");
    }

    @Override
    public Shape outputShape(Shape input) {
        return Codes.amounts(input, "An activation");
    }

    @Override
    public long parameters(Shape input) {
        return 0;
    }

    @Override
    public LayerType type() {
        return LayerType.ACTIVATION;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.activation(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    @Override
    public String describe() {
        return nameOf(activation);
    }

    static String nameOf(Activation activation) {
        return activation.name().toLowerCase(Locale.ROOT);
    }
}
