package org.mtl4j.layer;

import org.mtl4j.internal.check.Check;

/**
 * Batch normalisation (Ioffe and Szegedy 2015) per channel of feature maps, or per element of vectors, with learned
 * scale and shift and running statistics for prediction. The shape stays.
 *
 * @param decay share of the running mean and variance that one batch leaves in place, in [0, 1)
 * @param epsilon added to the variance, above 0
 */
public record BatchNormalization(double decay, double epsilon) implements LayerSpec {

    /** @throws IllegalArgumentException if a number is out of its range */
    public BatchNormalization {
        Check.unitIntervalWithZero(decay, "BatchNormalization: decay");
        Check.insideUnitInterval(epsilon, "BatchNormalization: epsilon");
    }

    /** {@return the decay 0.9, epsilon 1e-5} */
    public static BatchNormalization standard() {
        return new BatchNormalization(0.9, 1e-5);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input.match(
                image -> image,
                vector -> vector,
                sequence -> {
                    throw new IllegalArgumentException(
                            "BatchNormalization needs feature maps or vectors, got a sequence of shape " + input);
                },
                codes -> Codes.refuse(codes, "BatchNormalization"),
                codes -> Codes.refuse(codes, "BatchNormalization"));
    }

    @Override
    public long parameters(Shape input) {
        return 4L * input.channels();
    }

    @Override
    public LayerType type() {
        return LayerType.BATCH_NORMALIZATION;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.batchNormalization(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    @Override
    public String describe() {
        return equals(standard())
                ? "batch normalisation"
                : "batch normalisation, decay %s, epsilon %s".formatted(decay, epsilon);
    }
}
