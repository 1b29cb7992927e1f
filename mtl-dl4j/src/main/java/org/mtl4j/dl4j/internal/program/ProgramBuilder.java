package org.mtl4j.dl4j.internal.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects the steps of a program, one vertex of a graph after the other. */
final class ProgramBuilder {
    private final List<Program.Input> inputs = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Program.Output> outputs = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private String place = "";

    /** Says of which vertex the next steps are. */
    void setPlace(String vertex) {
        place = vertex;
    }

    /** Tells of which vertex the next steps are. */
    String place() {
        return place;
    }

    Value addInput(String name, List<Integer> shape, Program.Kind kind, List<Integer> codes, String of) {
        Value value = new Value(unique(name), shape);
        inputs.add(new Program.Input(value, kind, codes, of));
        return value;
    }

    void addOutput(String task, Value value) {
        outputs.add(new Program.Output(task, value));
    }

    /** Adds a step. */
    Value add(Operation operation, Value... read) {
        return add(operation, Arrays.asList(read));
    }

    Value add(Operation operation, List<Value> read) {
        List<Integer> shape;
        try {
            shape = operation.outputShape(read.stream().map(Value::shape).toList());
        } catch (IllegalArgumentException e) {
            throw new LoweringException(place, operation.name(), e.getMessage());
        }
        Value output = new Value(unique(place), shape);
        steps.add(new Step(operation, read, output, place));
        return output;
    }

    /** Adds a step that reads a value, and its mask if it has one. */
    Value addMasked(Operation operation, Value value, @Nullable Value mask) {
        return mask == null ? add(operation, value) : add(operation, value, mask);
    }

    private String unique(String name) {
        String unique = name;
        for (int n = 2; !names.add(unique); n++) {
            unique = name + "#" + n;
        }
        return unique;
    }

    /** Returns all that was added, without steps that no output needs. */
    Program build() {
        Set<Value> needed = new HashSet<>();
        outputs.forEach(output -> needed.add(output.value()));
        List<Step> kept = new ArrayList<>();
        for (int i = steps.size() - 1; i >= 0; i--) {
            if (needed.contains(steps.get(i).output())) {
                needed.addAll(steps.get(i).inputs());
                kept.add(0, steps.get(i));
            }
        }
        return new Program(inputs, kept, outputs);
    }
}
