package org.mtl4j.network;

import java.util.ArrayList;
import java.util.List;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;

/** Follows shapes through layers, naming in its errors what and where they are. */
final class ShapeChain {
    private ShapeChain() {}

    /**
     * {@return the shape behind a run of layers}
     *
     * @param where the layers are, for the message
     * @throws IllegalArgumentException if one does not fit; the message names it
     */
    static Shape end(String where, List<NamedLayer> layers, Shape input) {
        List<Shape> shapes = behind(where, layers, input);
        return shapes.isEmpty() ? input : shapes.get(shapes.size() - 1);
    }

    /** {@return the shape behind each layer of a run} */
    static List<Shape> behind(String where, List<NamedLayer> layers, Shape input) {
        List<Shape> shapes = new ArrayList<>();
        Shape shape = input;
        for (NamedLayer layer : layers) {
            shape = output("%s, layer '%s'".formatted(where, layer.name()), layer.spec(), shape);
            shapes.add(shape);
        }
        return shapes;
    }

    /** {@return the shape behind one layer; {@code where} begins the message if it does not fit} */
    static Shape output(String where, LayerSpec spec, Shape input) {
        try {
            return spec.outputShape(input);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        }
    }
}
