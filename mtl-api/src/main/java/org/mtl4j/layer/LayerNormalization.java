package org.mtl4j.layer;

import org.mtl4j.internal.check.Check;

/**
 * Layer normalisation (Ba, Kiros and Hinton 2016, arXiv:1607.06450) of each vector, or of the features of each step of
 * a sequence, by itself, with a learned gain g, at first 1, and bias b, at first 0, for each element. The shape stays.
 *
 * <pre>y = g ∘ (x − mean(x)) / sqrt(var(x) + epsilon) + b</pre>
 *
 * var is the mean squared deviation. Other than batch normalisation it does the same in training as in prediction, and
 * examples have nothing to do with each other. At masked steps it gives 0.
 *
 * @param epsilon added to the variance, in (0, 1)
 */
public record LayerNormalization(double epsilon) implements LayerSpec {

    /** @throws IllegalArgumentException if the number is out of its range */
    public LayerNormalization {
        Check.insideUnitInterval(epsilon, "LayerNormalization: epsilon");
    }

    /** {@return epsilon 1e-5} */
    public static LayerNormalization standard() {
        return new LayerNormalization(1e-5);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input.match(
                image -> {
                    throw new IllegalArgumentException(
                            "LayerNormalization needs vectors or sequences, got feature maps of shape " + input
                                    + "; BatchNormalization is for them");
                },
                vector -> atLeastTwo(vector),
                sequence -> atLeastTwo(sequence),
                codes -> Codes.refuse(codes, "LayerNormalization"),
                codes -> Codes.refuse(codes, "LayerNormalization"));
    }

    private static Shape atLeastTwo(Shape input) {
        if (input.channels() == 1) {
            throw new IllegalArgumentException(
                    "LayerNormalization of a single number is 0 for whatever it is; got shape " + input);
        }
        return input;
    }

    @Override
    public long parameters(Shape input) {
        return 2L * input.channels();
    }

    @Override
    public LayerType type() {
        return LayerType.LAYER_NORMALIZATION;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.layerNormalization(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    @Override
    public String describe() {
        return equals(standard()) ? "layer normalisation" : "layer normalisation, epsilon " + epsilon;
    }
}
