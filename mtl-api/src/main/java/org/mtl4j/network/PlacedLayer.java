package org.mtl4j.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mtl4j.layer.LayerSpec;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.Shape;

/**
 * A layer that computes, at its place: residual blocks are taken apart.
 *
 * @param path its name in the tower; within a block {@code block/layer}
 * @param spec what it is; never a {@link Residual}
 * @param input shape of one example that it reads
 */
public record PlacedLayer(String path, LayerSpec spec, Shape input) {

    /** {@return the layers of a run that starts with inputs of this shape, each of which reads the one before it} */
    public static List<PlacedLayer> of(List<NamedLayer> layers, Shape input) {
        List<PlacedLayer> placed = new ArrayList<>();
        Shape shape = input;
        for (NamedLayer layer : layers) {
            placed.addAll(of(layer, shape));
            shape = layer.spec().outputShape(shape);
        }
        return placed;
    }

    /** {@return one layer that reads inputs of this shape; several where it is a block} */
    static List<PlacedLayer> of(NamedLayer layer, Shape shape) {
        List<PlacedLayer> placed = new ArrayList<>();
        Optional<Residual> block = Residual.blockOf(layer.spec());
        if (block.isPresent()) {
            for (PlacedLayer inner : of(block.get().layers(), shape)) {
                placed.add(new PlacedLayer(layer.name() + "/" + inner.path(), inner.spec(), inner.input()));
            }
            Optional<LayerSpec> shortcut = block.get().shortcut(shape);
            if (shortcut.isPresent()) {
                placed.add(new PlacedLayer(layer.name() + "/" + Residual.SHORTCUT, shortcut.get(), shape));
            }
        } else {
            placed.add(new PlacedLayer(layer.name(), layer.spec(), shape));
        }
        return placed;
    }
}
