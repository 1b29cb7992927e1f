package org.mtl4j.layer;

import org.mtl4j.internal.check.Check;

/**
 * Dropout in training: each value becomes 0 with probability {@code rate} and is divided by {@code 1 - rate} otherwise;
 * nothing happens in prediction. The shape stays.
 *
 * @param rate the probability to <em>drop</em> a value, in (0, 1). Deeplearning4j's own classes take the probability to
 *     keep it
 */
public record Dropout(double rate) implements LayerSpec {

    /** @throws IllegalArgumentException if {@code rate} is not in (0, 1) */
    public Dropout {
        Check.insideUnitInterval(rate, "Dropout: rate");
    }

    @Override
    public Shape outputShape(Shape input) {
        return Codes.amounts(input, "Dropout");
    }

    @Override
    public long parameters(Shape input) {
        return 0;
    }

    @Override
    public LayerType type() {
        return LayerType.DROPOUT;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.dropout(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    @Override
    public String describe() {
        return "dropout " + rate;
    }
}
