package org.mtl4j.dl4j.internal.program;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Lists what a network computes for each example of a batch, by itself: no step looks at several examples.
 *
 * @param inputs in the order of the network's inputs, each followed by its mask if it has one
 * @param steps each reads inputs and what steps before it have computed
 * @param outputs one for each task, in the order of the graph's outputs
 */
public record Program(List<Input> inputs, List<Step> steps, List<Output> outputs) {

    /** Says what the numbers of an input are. */
    public enum Kind {
        /** Amounts of any kind. */
        NUMBERS,
        /** Whole numbers from 0 that stand for categories. */
        CODES,
        /** 1 where a sequence has a step, 0 where it is over: at the end, or anywhere. */
        MASK
    }

    /**
     * Is given from outside.
     *
     * @param value name and shape
     * @param kind what its numbers are
     * @param codes by element of an example how many codes there are, or one number for all; empty if it has none
     * @param of of a mask the name of the input that it belongs to; of others their own
     */
    public record Input(Value value, Kind kind, List<Integer> codes, String of) {
        /** Copies the list. */
        public Input {
            codes = List.copyOf(codes);
        }
    }

    /**
     * Is what is asked for.
     *
     * @param task the name of the output
     * @param value what it is
     */
    public record Output(String task, Value value) {}

    /** Checks that nothing is read before it is there, and that names are unique. */
    public Program {
        inputs = List.copyOf(inputs);
        steps = List.copyOf(steps);
        outputs = List.copyOf(outputs);
        Set<Value> there = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (Input input : inputs) {
            add(input.value(), there, names);
        }
        for (Step step : steps) {
            for (Value read : step.inputs()) {
                if (!there.contains(read)) {
                    throw new IllegalArgumentException(
                            "step of '%s' reads %s, which is not there yet".formatted(step.place(), read));
                }
            }
            add(step.output(), there, names);
        }
        for (Output output : outputs) {
            if (!there.contains(output.value())) {
                throw new IllegalArgumentException(
                        "output '%s' is %s, which nothing computes".formatted(output.task(), output.value()));
            }
        }
    }

    private static void add(Value value, Set<Value> there, Set<String> names) {
        if (!names.add(value.name())) {
            throw new IllegalArgumentException("two values are called '%s'".formatted(value.name()));
        }
        there.add(value);
    }
}
