package org.mtl4j.network;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.mtl4j.layer.Shape;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitParameter;

/**
 * A unit at its place in a network.
 *
 * @param place the name of the place, unique among the network's joints; that of the layer before it unless told
 *     otherwise
 * @param unit what mixes there
 * @param after for each joined tower the layer whose output enters the unit, in the order of the unit's inputs
 * @param inputs for each joined tower the shape of one example that enters the unit, in the same order
 * @param outputs for each joined tower the shape of one example that it goes on with
 */
public record Stitch(
        String place,
        SharingUnit unit,
        Map<String, String> after,
        Map<String, Shape> inputs,
        Map<String, Shape> outputs)
        implements Joint {
    /** Copies the maps, keeping their order. */
    public Stitch {
        Objects.requireNonNull(place, "place");
        Objects.requireNonNull(unit, "unit");
        after = ImmutableMap.copyOf(after);
        inputs = ImmutableMap.copyOf(inputs);
        outputs = ImmutableMap.copyOf(outputs);
    }

    /** {@return the joined towers, in the order of the unit's inputs} */
    @Override
    public List<String> towers() {
        return ImmutableList.copyOf(after.keySet());
    }

    /** {@return the shapes that enter the unit, tower by tower} */
    public List<Shape> inputShapes() {
        return ImmutableList.copyOf(inputs.values());
    }

    /** {@return the unit's parameters here, with their initial values} */
    public List<UnitParameter> unitParameters() {
        return unit.parameters(inputShapes());
    }

    /** {@return how many numbers the unit's parameters have here} */
    public long parameters() {
        return unitParameters().stream().mapToLong(UnitParameter::length).sum();
    }
}
