package org.mtl4j.layer;

/**
 * The last step of a sequence that is there, by the mask of the sequence the last that is not masked: {@code [batch,
 * features, steps]} to {@code [batch, features]}.
 */
public record LastStep() implements LayerSpec {

    @Override
    public Shape outputShape(Shape input) {
        return Shape.vector(Windows.sequence(input, "LastStep").features());
    }

    @Override
    public long parameters(Shape input) {
        return 0;
    }

    @Override
    public LayerType type() {
        return LayerType.LAST_STEP;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.lastStep(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    @Override
    public String describe() {
        return "last step";
    }
}
