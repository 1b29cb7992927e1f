package org.mtl4j.layer;

import java.util.Objects;
import org.mtl4j.internal.check.Check;

/**
 * Pooling over square windows that stay inside the feature map: {@code [batch, channels, height, width]} to
 * {@code [batch, channels, floor((height - kernel) / stride) + 1, ...]}. With {@link Padding#SAME} the window may reach
 * over the border.
 *
 * @param kind maximum or average
 * @param kernel side of the window, at least 1
 * @param stride step in both directions, at least 1
 * @param padding border rule
 */
public record Pooling(Kind kind, int kernel, int stride, Padding padding) implements LayerSpec {

    /** What is taken of a window. */
    public enum Kind {
        /** Its largest value. */
        MAX,
        /** Its mean. */
        AVERAGE
    }

    /** @throws IllegalArgumentException if a number is below 1 */
    public Pooling {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(padding, "padding");
        Check.atLeast(1, kernel, "Pooling: kernel");
        Check.atLeast(1, stride, "Pooling: stride");
    }

    /** {@return the maximum of windows of {@code size}, side by side} */
    public static Pooling max(int size) {
        return new Pooling(Kind.MAX, size, size, Padding.VALID);
    }

    /** {@return the mean of windows of {@code size}, side by side} */
    public static Pooling average(int size) {
        return new Pooling(Kind.AVERAGE, size, size, Padding.VALID);
    }

    /** {@return this layer with another stride} */
    public Pooling withStride(int stride) {
        return new Pooling(kind, kernel, stride, padding);
    }

    /** {@return this layer with another border rule} */
    public Pooling withPadding(Padding padding) {
        return new Pooling(kind, kernel, stride, padding);
    }

    @Override
    public Shape outputShape(Shape input) {
        Shape.Image in = Windows.featureMaps(input, "Pooling");
        return Shape.image(
                in.channels(),
                Windows.positions(in.height(), kernel, stride, padding, "Pooling", input),
                Windows.positions(in.width(), kernel, stride, padding, "Pooling", input));
    }

    @Override
    public long parameters(Shape input) {
        return 0;
    }

    @Override
    public LayerType type() {
        return LayerType.POOLING;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.pooling(this);
    }

    @Override
    public String describe() {
        return "%s pool %sx%s%s%s"
                .formatted(
                        kind == Kind.MAX ? "max" : "average",
                        kernel,
                        kernel,
                        stride == kernel ? "" : ", stride " + stride,
                        padding == Padding.SAME ? ", same" : "");
    }
}
