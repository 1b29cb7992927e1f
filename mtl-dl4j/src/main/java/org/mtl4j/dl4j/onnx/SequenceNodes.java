package org.mtl4j.dl4j.onnx;

import java.util.Arrays;
import java.util.List;
import onnx.Onnx.TensorProto.DataType;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.program.Operation;
import org.mtl4j.dl4j.internal.program.Value;

/** Writes operations on sequences as nodes. */
final class SequenceNodes {
    private final OnnxGraph graph;

    SequenceNodes(OnnxGraph graph) {
        this.graph = graph;
    }

    String add(Operation operation, List<Value> values, List<String> names) {
        String x = names.get(0);
        Value of = values.get(0);
        @Nullable String mask = names.size() == 2 ? names.get(1) : null;
        if (operation instanceof Operation.SequenceLookup each) {
            return lookup(each, x, mask);
        } else if (operation instanceof Operation.Recurrent each) {
            return recurrent(each, of, x, mask);
        } else if (operation instanceof Operation.LastStep) {
            return lastStep(of, x, mask);
        } else if (operation instanceof Operation.MaskSteps) {
            return masked(x, values.get(1), names.get(1));
        } else if (operation instanceof Operation.WindowMask each) {
            return windowMask(each, of, x);
        }
        throw new IllegalStateException("no nodes stand for " + operation.name());
    }

    private String masked(String x, Value ofMask, String mask) {
        return graph.node("Where").of(cast(row(mask, ofMask.channels()), DataType.BOOL), x, graph.scalar(0));
    }

    /** Makes [batch, 1, steps] of a mask. */
    private String row(String mask, int steps) {
        return OperationNodes.reshape(graph, mask, List.of(1, steps));
    }

    private String swapped(String x) {
        return graph.node("Transpose").withAll("perm", 0, 2, 1).of(x);
    }

    private String cast(String x, DataType type) {
        return graph.node("Cast").with("to", type.getNumber()).of(x);
    }

    private String lookup(Operation.SequenceLookup each, String codes, @Nullable String mask) {
        String there = codes;
        if (mask != null) { // the code of a step that is not there may be anything
            there = graph.node("Where").of(cast(mask, DataType.BOOL), codes, graph.integer(0));
        }
        String table = graph.floats(each.table(), each.size(), each.dimension());
        String rows = OperationNodes.gathered(graph, table, each.size(), there);
        if (mask != null) {
            rows = graph.node("Mul").of(rows, graph.node("Unsqueeze").of(mask, graph.longs(2)));
        }
        return swapped(rows);
    }

    /**
     * Runs ONNX's own cells. These know no mask, but how many steps each example has: so the steps that are there are
     * moved to the front first, and what the cell gives of them back to their places.
     */
    private String recurrent(Operation.Recurrent each, Value of, String x, @Nullable String mask) {
        int steps = of.shape().get(1);
        String sequence = x;
        String lengths = "";
        if (mask != null) {
            sequence = graph.node("GatherElements").with("axis", 2).of(x, repeated(thereFirst(mask, steps), each.in()));
            lengths = cast(graph.node("ReduceSum").with("keepdims", 0).of(mask, graph.longs(1)), DataType.INT32);
        }
        String byStep = graph.node("Transpose").withAll("perm", 2, 0, 1).of(sequence);
        boolean lstm = each.cell() == Operation.Cell.LSTM;
        int gates = lstm ? 4 : 3;
        int[] order = lstm ? new int[] {0, 2, 1, 3} : new int[] {1, 0, 2}; // input, output, forget, cell; update, reset
        int units = each.units();
        float[] biases = new float[2 * gates * units];
        System.arraycopy(byGate(each.bias(), 1, units, order), 0, biases, 0, gates * units);
        if (each.recurrentBias() != null) {
            System.arraycopy(each.recurrentBias(), 0, biases, (gates + 2) * units, units);
        }
        OnnxGraph.Node node = graph.node(lstm ? "LSTM" : "GRU").with("hidden_size", units);
        if (!lstm) {
            node.with("linear_before_reset", 1);
        }
        String states = node.of(
                byStep,
                graph.floats(byGate(each.inputWeights(), each.in(), units, order), 1, gates * units, each.in()),
                graph.floats(byGate(each.recurrentWeights(), units, units, order), 1, gates * units, units),
                graph.floats(biases, 1, biases.length),
                lengths); // [steps, 1, batch, units]
        String result = graph.node("Transpose")
                .withAll("perm", 1, 2, 0)
                .of(graph.node("Squeeze").of(states, graph.longs(1)));
        if (mask == null) {
            return result;
        }
        String back = graph.node("GatherElements").with("axis", 2).of(result, repeated(placesOf(mask), units));
        return graph.node("Mul").of(back, row(mask, steps));
    }

    /** By example the steps that are there, in their order, then the others. */
    private String thereFirst(String mask, int steps) {
        float[] falling = new float[steps];
        for (int t = 0; t < steps; t++) {
            falling[t] = steps - t;
        }
        String rank = graph.node("Add")
                .of(graph.node("Mul").of(mask, graph.scalar(2 * steps)), graph.floats(falling, 1, steps));
        return graph.node("TopK").with("axis", 1).secondOf(rank, graph.longs(steps));
    }

    /** By example and step its number among those that are there, from 0; any for those that are not. */
    private String placesOf(String mask) {
        String upTo = graph.node("CumSum").of(mask, graph.integer(1));
        String places = graph.node("Max").of(graph.node("Sub").of(upTo, graph.scalar(1)), graph.scalar(0));
        return cast(places, DataType.INT64);
    }

    /** Makes [batch, features, steps] of [batch, steps], the same for all features. */
    private String repeated(String indexes, int features) {
        String row = graph.node("Unsqueeze").of(indexes, graph.longs(1));
        return graph.node("Expand").of(row, graph.longs(1, features, 1));
    }

    /** Transposes {@code [rows, gates * units]}, and puts the gates in another order. */
    private static float[] byGate(float[] weights, int rows, int units, int[] order) {
        float[] turned = new float[weights.length];
        int columns = order.length * units;
        for (int g = 0; g < order.length; g++) {
            for (int u = 0; u < units; u++) {
                for (int r = 0; r < rows; r++) {
                    turned[(g * units + u) * rows + r] = weights[r * columns + order[g] * units + u];
                }
            }
        }
        return turned;
    }

    private String lastStep(Value of, String x, @Nullable String mask) {
        int steps = of.shape().get(1);
        if (mask == null) {
            return graph.node("Gather").with("axis", 2).of(x, graph.integer(steps - 1));
        }
        float[] numbers = new float[steps];
        for (int t = 0; t < steps; t++) {
            numbers[t] = t;
        }
        String rising = graph.floats(numbers, 1, steps);
        String last = graph.node("ReduceMax")
                .withAll("axes", 1)
                .with("keepdims", 1)
                .of(graph.node("Mul").of(mask, rising));
        String only = cast(graph.node("Equal").of(rising, last), DataType.FLOAT);
        String column = OperationNodes.reshape(graph, only, List.of(steps, 1));
        return OperationNodes.reshape(graph, graph.node("MatMul").of(x, column), List.of(of.channels()));
    }

    private String windowMask(Operation.WindowMask each, Value of, String mask) {
        int steps = of.channels();
        float[] ones = new float[each.kernel()];
        Arrays.fill(ones, 1);
        int after = Math.max(0, (each.windows() - 1) * each.stride() + each.kernel() - each.before() - steps);
        String counts = OperationNodes.reshape(
                graph,
                graph.node("Conv")
                        .withAll("kernel_shape", each.kernel())
                        .withAll("strides", each.stride())
                        .withAll("pads", each.before(), after)
                        .of(row(mask, steps), graph.floats(ones, 1, 1, each.kernel())),
                List.of(each.windows()));
        String whole = each.same()
                ? graph.node("Slice")
                        .of(mask, graph.longs(0), graph.longs(steps), graph.longs(1), graph.longs(each.stride()))
                : cast(graph.node("Greater").of(counts, graph.scalar(each.kernel() - 0.5f)), DataType.FLOAT);
        String none = graph.node("Sub")
                .of(
                        graph.scalar(1),
                        graph.node("ReduceMax")
                                .withAll("axes", 1)
                                .with("keepdims", 1)
                                .of(whole));
        String touched = cast(graph.node("Greater").of(counts, graph.scalar(0.5f)), DataType.FLOAT);
        String first = graph.node("ArgMax").with("axis", 1).with("keepdims", 1).of(touched);
        long[] numbers = new long[each.windows()];
        Arrays.setAll(numbers, i -> i);
        String only = cast(graph.node("Equal").of(graph.longs(numbers), first), DataType.FLOAT);
        return graph.node("Add").of(whole, graph.node("Mul").of(only, none));
    }
}
