package org.mtl4j.layer;

import java.util.Objects;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.activations.Activation;

/**
 * Two-dimensional convolution (cross-correlation, as in all deep-learning libraries) with a bias per channel, followed
 * by an activation. {@code [batch, in, height, width]} to {@code [batch, channels, height', width']}; weights
 * {@code [channels, in, kernelHeight, kernelWidth]}.
 *
 * @param channels output channels, at least 1
 * @param kernelHeight window height, at least 1
 * @param kernelWidth window width, at least 1
 * @param stride step of the window in both directions, at least 1
 * @param padding border rule
 * @param activation what follows the convolution
 * @param bias whether there is a bias per output channel (leave it out before batch normalisation)
 */
public record Convolution(
        int channels,
        int kernelHeight,
        int kernelWidth,
        int stride,
        Padding padding,
        Activation activation,
        boolean bias)
        implements LayerSpec {

    /** @throws IllegalArgumentException if a number is below 1 */
    public Convolution {
        Check.atLeast(1, channels, "Convolution: channels");
        Check.atLeast(1, kernelHeight, "Convolution: kernelHeight");
        Check.atLeast(1, kernelWidth, "Convolution: kernelWidth");
        Check.atLeast(1, stride, "Convolution: stride");
        Objects.requireNonNull(padding, "padding");
        Objects.requireNonNull(activation, "activation");
    }

    /** {@return a square kernel with stride 1, no padding, bias, and ReLU} */
    public static Convolution of(int channels, int kernel) {
        return new Convolution(channels, kernel, kernel, 1, Padding.VALID, Activation.RELU, true);
    }

    /** {@return this layer with another stride} */
    public Convolution withStride(int stride) {
        return new Convolution(channels, kernelHeight, kernelWidth, stride, padding, activation, bias);
    }

    /** {@return this layer with another border rule} */
    public Convolution withPadding(Padding padding) {
        return new Convolution(channels, kernelHeight, kernelWidth, stride, padding, activation, bias);
    }

    /** {@return this layer with another activation; {@link Activation#IDENTITY} for none} */
    public Convolution withActivation(Activation activation) {
        return new Convolution(channels, kernelHeight, kernelWidth, stride, padding, activation, bias);
    }

    /** {@return this layer without a bias} */
    public Convolution withoutBias() {
        return new Convolution(channels, kernelHeight, kernelWidth, stride, padding, activation, false);
    }

    @Override
    public Shape outputShape(Shape input) {
        Shape.Image in = Windows.featureMaps(input, "Convolution");
        return Shape.image(
                channels,
                Windows.positions(in.height(), kernelHeight, stride, padding, "Convolution", input),
                Windows.positions(in.width(), kernelWidth, stride, padding, "Convolution", input));
    }

    @Override
    public long parameters(Shape input) {
        long weights = (long) channels * input.channels() * kernelHeight * kernelWidth;
        return bias ? weights + channels : weights;
    }

    @Override
    public LayerType type() {
        return LayerType.CONVOLUTION;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.convolution(this);
    }

    @Override
    public String describe() {
        return "conv %sx%s, %s%s%s, %s%s"
                .formatted(
                        kernelHeight,
                        kernelWidth,
                        channels,
                        stride == 1 ? "" : ", stride " + stride,
                        padding == Padding.SAME ? ", same" : "",
                        Activate.nameOf(activation),
                        bias ? "" : ", no bias");
    }
}
