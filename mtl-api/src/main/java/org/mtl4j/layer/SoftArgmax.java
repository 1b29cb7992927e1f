package org.mtl4j.layer;

/**
 * Where each feature map is bright: {@code [batch, channels, height, width]} to {@code [batch, 2 * channels]}, the
 * coordinates x0, y0, x1, y1, and so on. Each map goes through a softmax over its positions, and the result is the
 * expected position under these probabilities: a heat map is trained by coordinates, without a target map (spatial
 * softmax of Levine et al., JMLR 2016; integral regression of Sun et al., ECCV 2018; Nibali et al., arXiv:1801.07372).
 *
 * <pre>x = sum over rows i and columns j of p_ij * (j + 0.5) / width,   y likewise with (i + 0.5) / height</pre>
 *
 * so the coordinates lie in (0, 1), x to the right and y downwards. The layer before it makes one map per point, or
 * more maps of which an output layer makes what it needs; it should have no activation of its own.
 */
public record SoftArgmax() implements LayerSpec {

    @Override
    public Shape outputShape(Shape input) {
        return Shape.vector(
                Math.multiplyExact(2, Windows.featureMaps(input, "SoftArgmax").channels()));
    }

    @Override
    public long parameters(Shape input) {
        return 0;
    }

    @Override
    public LayerType type() {
        return LayerType.SOFT_ARGMAX;
    }

    @Override
    public <R> R accept(LayerVisitor<R> visitor) {
        return visitor.softArgmax(this);
    }

    @Override
    public int stride() {
        return 1;
    }

    @Override
    public String describe() {
        return "soft-argmax";
    }
}
