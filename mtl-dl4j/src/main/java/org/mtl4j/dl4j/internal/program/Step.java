package org.mtl4j.dl4j.internal.program;

import java.util.List;
import java.util.Objects;

/**
 * Computes one value of others.
 *
 * @param operation what is computed
 * @param inputs of what, in the order that the operation says
 * @param output what the result is called, and its shape, which is that the operation gives of these inputs
 * @param place the vertex of the graph that the step is of, for messages
 */
public record Step(Operation operation, List<Value> inputs, Value output, String place) {
    /** Checks the shape of the output. */
    public Step {
        Objects.requireNonNull(place, "place");
        inputs = List.copyOf(inputs);
        List<Integer> shape =
                operation.outputShape(inputs.stream().map(Value::shape).toList());
        if (!shape.equals(output.shape())) {
            throw new IllegalArgumentException(
                    "step of '%s': %s gives %s, not %s".formatted(place, operation.name(), shape, output));
        }
    }
}
