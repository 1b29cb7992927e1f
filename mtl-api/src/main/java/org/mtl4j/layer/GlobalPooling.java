package org.mtl4j.layer;

import java.util.Objects;

/**
 * Pooling over all positions of a feature map or steps of a sequence: {@code [batch, channels, ...]} to {@code [batch,
 * channels]}.
 *
 * @param kind maximum or average
 */
public record GlobalPooling(Pooling.Kind kind) implements LayerSpec {

    public GlobalPooling {
        Objects.requireNonNull(kind, "kind");
    }

    @Override
    public Shape outputShape(Shape input) {
        if (input instanceof Shape.Vector) {
            throw new IllegalArgumentException(
                    "GlobalPooling needs feature maps or sequences, got a vector of shape " + input);
        }
        return Shape.vector(input.channels());
    }

    @Override
    public long parameters(Shape input) {
        return 0;
    }

    @Override
    public String describe() {
        return "global %s pool".formatted(kind == Pooling.Kind.MAX ? "max" : "average");
    }
}
