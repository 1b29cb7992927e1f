package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.mtl4j.balance.BalanceScope;
import org.mtl4j.balance.SharedGradients.Kind;
import org.mtl4j.balance.SharedGradients.Part;
import org.mtl4j.balance.TaskVectors;
import org.mtl4j.dl4j.internal.graph.ParameterKey;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Tells which parameters the outputs of several tasks depend on, and which those of one; and of the former, whose
 * gradients are combined.
 */
final class SharedParameters {
    /** What a node of experts is called that weighs them. */
    private static final String GATE = "gate";

    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final List<BitSet> users;
    private final List<Part> combined = new ArrayList<>();
    private final List<Part> summed = new ArrayList<>();
    /** Where what is combined lies in the row of all parameters, in the order of the parts. */
    private final List<Range> ranges = new ArrayList<>();

    private record Range(int from, int length) {}

    /** What a parameter is, for the gradients of a step. */
    enum Use {
        /** Combined by a balance. */
        COMBINED,
        /** Shared, and given the sum of the tasks' gradients. */
        SUMMED,
        /** Of one task, or of none. */
        OWN,
        /** No gradient stands in its place, but a statistic of the batch or the like. */
        NO_GRADIENT
    }

    SharedParameters(ComputationGraph graph, List<Task> tasks, BalanceScope scope) {
        this.graph = graph;
        this.tasks = tasks;
        this.users = new ArrayList<>();
        for (Task task : tasks) {
            BitSet used = new BitSet();
            markUsed(graph, graph.getVertex(task.name()), used);
            users.add(used);
        }
        long start = graph.params().offset();
        Arrays.stream(graph.getVertices())
                .filter(vertex -> vertex.numParams() > 0 && usersOf(vertex) > 1)
                .sorted(Comparator.comparingLong(SharedParameters::offset))
                .forEach(vertex -> add(vertex, start, scope));
    }

    private static long offset(GraphVertex vertex) {
        return vertex.paramTable(false).values().stream()
                .mapToLong(INDArray::offset)
                .min()
                .orElse(0);
    }

    private void add(GraphVertex vertex, long start, BalanceScope scope) {
        List<INDArray> arrays = vertex.paramTable(false).entrySet().stream()
                .filter(entry -> vertex.updaterDivideByMinibatch(entry.getKey()))
                .map(Map.Entry::getValue)
                .sorted(Comparator.comparingLong(INDArray::offset))
                .toList();
        if (arrays.isEmpty()) {
            return; // of weight relatedness, whose gradients are of no task, or statistics alone
        }
        Kind kind = kindOf(vertex);
        List<Part> list = isCombined(kind, scope) ? combined : summed;
        int length = Math.toIntExact(arrays.stream().mapToLong(INDArray::length).sum());
        list.add(new Part(vertex.getVertexName(), kind, sumOf(list), length));
        if (list == combined) {
            for (INDArray array : arrays) {
                ranges.add(new Range(Math.toIntExact(array.offset() - start), Math.toIntExact(array.length())));
            }
        }
    }

    private static boolean isCombined(Kind kind, BalanceScope scope) {
        return switch (scope) {
            case EVERYTHING_SHARED -> true;
            case SHARED_LAYERS -> kind == Kind.LAYER;
        };
    }

    /** Whatever mixes is a vertex of its own, but for gates, which are layers. */
    private static Kind kindOf(GraphVertex vertex) {
        boolean gate = VertexNames.inPart(vertex.getVertexName())
                .filter(path ->
                        Arrays.asList(path.split(VertexNames.SEPARATOR, -1)).contains(GATE))
                .isPresent();
        return vertex.hasLayer() && !gate ? Kind.LAYER : Kind.UNIT;
    }

    /** Marks a vertex and all that it depends on. */
    static void markUsed(ComputationGraph graph, GraphVertex vertex, BitSet used) {
        if (used.get(vertex.getVertexIndex())) {
            return;
        }
        used.set(vertex.getVertexIndex());
        if (vertex.getInputVertices() != null) {
            for (VertexIndices input : vertex.getInputVertices()) {
                markUsed(graph, graph.getVertices()[input.getVertexIndex()], used);
            }
        }
    }

    private long usersOf(GraphVertex vertex) {
        return users.stream().filter(used -> used.get(vertex.getVertexIndex())).count();
    }

    /** {@return what is combined, in the order in which the parameters lie} */
    List<Part> combined() {
        return combined;
    }

    /**
     * Refuses networks in which there is nothing to combine.
     *
     * @param who wants to see gradients of it, with a verb
     * @throws IllegalArgumentException if the tasks share nothing, or no more than is left out
     */
    void requireSome(String who) {
        if (combined.isEmpty()) {
            throw new IllegalArgumentException(
                    ("%s gradients of what tasks share, and the tasks %s of this network share no %s: join their towers"
                                    + " by a unit, or give them one tower or trunk")
                            .formatted(
                                    who, tasks.stream().map(Task::name).toList(), hasSummed() ? "layer" : "parameter"));
        }
    }

    /** {@return how many numbers are combined} */
    int length() {
        return sumOf(combined);
    }

    /** {@return whether something is shared and not combined} */
    boolean hasSummed() {
        return !summed.isEmpty();
    }

    private static int sumOf(List<Part> parts) {
        return parts.stream().mapToInt(Part::length).sum();
    }

    /** {@return in words what is combined} */
    String describe() {
        String all = "%s, %s of %s parameters"
                .formatted(listed(combined), length(), graph.params().length());
        return summed.isEmpty() ? all : all + "; added up: " + listed(summed);
    }

    private static String listed(List<Part> parts) {
        return parts.stream().map(part -> part.name() + " " + part.length()).collect(Collectors.joining(", "));
    }

    /** {@return of rows of all parameters what is combined, times a factor} */
    TaskVectors take(List<INDArray> rows, double factor) {
        double[][] taken = new double[rows.size()][length()];
        for (int i = 0; i < taken.length; i++) {
            double[] all = numbers(rows.get(i));
            int at = 0;
            for (Range range : ranges) {
                for (int k = 0; k < range.length(); k++) {
                    taken[i][at++] = factor * all[range.from() + k];
                }
            }
        }
        return TaskVectors.ofRows(taken);
    }

    private static double[] numbers(INDArray row) {
        INDArray flat = row.reshape(row.length());
        return flat.toDoubleVector();
    }

    /** {@return a row of all parameters with these numbers, times a factor, where they are combined, and else 0} */
    INDArray put(double[] numbers, double factor, INDArray form) {
        double[] all = new double[Math.toIntExact(form.length())];
        int at = 0;
        for (Range range : ranges) {
            for (int k = 0; k < range.length(); k++) {
                all[range.from() + k] = factor * numbers[at++];
            }
        }
        INDArray row = Nd4j.createFromArray(all);
        return row.castTo(form.dataType()).reshape(form.shape());
    }

    /**
     * {@return an array of the form of the graph's gradients, 1 where a parameter has this use, else 0} The graph's
     * gradients must have been computed before.
     */
    INDArray mask(Use use) {
        return mask(key -> useOf(key) == use);
    }

    /**
     * {@return an array of the form of the graph's gradients, 1 where a parameter is a task's alone, else 0} As
     * {@link #mask}.
     */
    INDArray maskOf(int task) {
        return mask(key -> useOf(key) == Use.OWN
                && users.get(task).get(graph.getVertex(key.vertex()).getVertexIndex()));
    }

    private INDArray mask(Predicate<ParameterKey> one) {
        INDArray all = graph.getGradientsViewArray();
        INDArray before = all.dup();
        all.assign(0);
        for (Map.Entry<String, INDArray> entry :
                graph.gradient().gradientForVariable().entrySet()) {
            if (one.test(ParameterKey.parse(entry.getKey()))) {
                entry.getValue().assign(1);
            }
        }
        INDArray mask = all.dup();
        all.assign(before);
        return mask;
    }

    private Use useOf(ParameterKey key) {
        GraphVertex vertex = graph.getVertex(key.vertex());
        if (!vertex.updaterDivideByMinibatch(key.parameter())) {
            return Use.NO_GRADIENT;
        }
        if (usersOf(vertex) <= 1) {
            return Use.OWN;
        }
        return combined.stream().anyMatch(part -> part.name().equals(key.vertex())) ? Use.COMBINED : Use.SUMMED;
    }
}
