package org.mtl4j.network;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.mtl4j.layer.Shape;
import org.mtl4j.sharing.CrossStitchUnit;

/**
 * A cross-stitch unit at its place in a network.
 *
 * @param place the name of the place, unique among the network's stitches; that of the layer before it unless told
 *     otherwise
 * @param unit what mixes there
 * @param after for each joined tower the layer whose output enters the unit, in the order of α's rows and columns
 * @param shape shape of the activations that are mixed
 */
public record Stitch(String place, CrossStitchUnit unit, Map<String, String> after, Shape shape) {
    /** Copies the map, keeping its order. */
    public Stitch {
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(unit, "unit");
        Objects.requireNonNull(shape, "shape");
        after = ImmutableMap.copyOf(after);
    }

    /** {@return the joined towers, in the order of α's rows and columns} */
    public List<String> towers() {
        return List.copyOf(after.keySet());
    }

    /** {@return the number of α's} */
    public long parameters() {
        double[][] rows = initialRows();
        return (long) rows.length * rows[0].length;
    }

    /** {@return the initial α, one row of numbers per output tower; see {@link CrossStitchUnit#initialRows}} */
    public double[][] initialRows() {
        return unit.initialRows(after.size(), shape.channels());
    }
}
