package org.mtl4j.layer;

import java.util.Objects;
import org.mtl4j.internal.check.Check;
import org.nd4j.linalg.activations.Activation;

/**
 * One-dimensional convolution (cross-correlation) over the steps of a sequence, with a bias per feature, followed by an
 * activation: {@code [batch, in, steps]} to {@code [batch, features, steps']}; weights {@code [features, in, kernel]}.
 *
 * <p>Without padding the window of step t covers the steps {@code t * stride} to {@code t * stride + kernel - 1}; there
 * are {@code (steps - kernel) / stride + 1}. With {@link Padding#SAME} it begins {@code (kernel - 1) / 2} steps
 * earlier, whatever the length, and there are {@code steps / stride}, rounded up; zeros stand where there are no steps.
 *
 * <p>A step that is masked is taken for 0, whatever stands there. Without padding a step of the result is there if all
 * steps of its window are, and if no window is whole, the first that has a step; with padding if step {@code t *
 * stride} is there, and if none of these is, the first whose window has one. So a sequence that is padded to more
 * steps, with a mask, gives what it gives by itself.
 *
 * @param features of the result, at least 1
 * @param kernel length of the window, at least 1
 * @param stride step of the window, at least 1
 * @param padding border rule
 * @param activation what follows the convolution
 * @param bias whether there is a bias per feature
 */
public record Convolution1D(int features, int kernel, int stride, Padding padding, Activation activation, boolean bias)
        implements LayerSpec {

    /** @throws IllegalArgumentException if a number is below 1 */
    public Convolution1D {
        Check.atLeast(1, features, "Convolution1D: features");
        Check.atLeast(1, kernel, "Convolution1D: kernel");
        Check.atLeast(1, stride, "Convolution1D: stride");
        Objects.requireNonNull(padding, "padding");
        Objects.requireNonNull(activation, "activation");
    }

    /** {@return stride 1, no padding, bias, and ReLU} */
    public static Convolution1D of(int features, int kernel) {
        return new Convolution1D(features, kernel, 1, Padding.VALID, Activation.RELU, true);
    }

    /** {@return this layer with another stride} */
    public Convolution1D withStride(int stride) {
        return new Convolution1D(features, kernel, stride, padding, activation, bias);
    }

    /** {@return this layer with another border rule} */
    public Convolution1D withPadding(Padding padding) {
        return new Convolution1D(features, kernel, stride, padding, activation, bias);
    }

    /** {@return this layer with another activation; {@link Activation#IDENTITY} for none} */
    public Convolution1D withActivation(Activation activation) {
        return new Convolution1D(features, kernel, stride, padding, activation, bias);
    }

    /** {@return this layer without a bias} */
    public Convolution1D withoutBias() {
        return new Convolution1D(features, kernel, stride, padding, activation, false);
    }

    @Override
    public Shape outputShape(Shape input) {
        int steps = Windows.sequence(input, "Convolution1D").steps();
        return Shape.sequence(features, Windows.positions(steps, kernel, stride, padding, "Convolution1D", input));
    }

    @Override
    public long parameters(Shape input) {
        long weights = (long) features * input.channels() * kernel;
        return bias ? weights + features : weights;
    }

    @Override
    public LayerType type() {
        return LayerType.CONVOLUTION_1D;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.convolution1D(this);
    }

    @Override
    public String describe() {
        return "conv %s steps, %s%s%s, %s%s"
                .formatted(
                        kernel,
                        features,
                        stride == 1 ? "" : ", stride " + stride,
                        padding == Padding.SAME ? ", same" : "",
                        Activate.nameOf(activation),
                        bias ? "" : ", no bias");
    }
}
