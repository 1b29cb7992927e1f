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
        return input.match(
                image -> Shape.vector(image.channels()),
                vector -> {
                    throw new IllegalArgumentException(
                            "GlobalPooling needs feature maps or sequences, got a vector of shape " + input);
                },
                sequence -> Shape.vector(sequence.channels()),
                codes -> Codes.refuse(codes, "GlobalPooling"),
                codes -> Codes.refuse(codes, "GlobalPooling"));
    }

    @Override
    public long parameters(Shape input) {
        return 0;
    }

    @Override
    public LayerType type() {
        return LayerType.GLOBAL_POOLING;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.globalPooling(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    @Override
    public String describe() {
        return "global %s pool".formatted(kind == Pooling.Kind.MAX ? "max" : "average");
    }
}
