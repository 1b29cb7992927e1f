package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;

/**
 * One of the arrays that an example consists of: a picture, a vector, a sequence. Its own layers are computed once for
 * all towers that read it.
 *
 * @param name unique within the network; see {@link org.mtl4j.task.Task#NAME_PATTERN}
 * @param shape of one example
 * @param layers its own, between the array and the towers; may be empty
 */
public record Input(String name, Shape shape, List<NamedLayer> layers) {

    /** What the only input of a network is called that is built by {@link MultiTaskNetwork#builder(Shape)}. */
    static final String ONLY = "input";

    /**
     * Checks that the layers fit each other.
     *
     * @throws IllegalArgumentException if the name does not match the pattern, two layers have one name, or a layer
     *     does not fit the shape before it; the message names the layer
     */
    public Input {
        Check.name("Input", name);
        Objects.requireNonNull(shape, "shape");
        layers = ImmutableList.copyOf(layers);
        Set<String> names = new HashSet<>();
        for (NamedLayer layer : layers) {
            if (!names.add(layer.name())) {
                throw new IllegalArgumentException(
                        "input '%s': two layers are called '%s'".formatted(name, layer.name()));
            }
        }
        ShapeChain.end("input '%s'".formatted(name), layers, shape);
    }

    /** {@return the shape of what towers read: that of one example behind the input's own layers} */
    public Shape outputShape() {
        return ShapeChain.end("input '%s'".formatted(name), layers, shape);
    }
}
