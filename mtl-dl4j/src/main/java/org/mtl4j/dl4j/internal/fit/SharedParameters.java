package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.mtl4j.dl4j.internal.graph.ParameterKey;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Tells which parameters the outputs of several tasks depend on, and which those of one. */
final class SharedParameters {
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final Set<String> shared = new LinkedHashSet<>();
    private final List<BitSet> users;

    SharedParameters(ComputationGraph graph, List<Task> tasks) {
        this.graph = graph;
        this.tasks = tasks;
        this.users = new ArrayList<>();
        for (Task task : tasks) {
            BitSet used = new BitSet();
            markUsed(graph, graph.getVertex(task.name()), used);
            users.add(used);
        }
        for (GraphVertex vertex : graph.getVertices()) {
            if (vertex.numParams() > 0 && usersOf(vertex) > 1 && hasGradientOfTasks(vertex)) {
                shared.add(vertex.getVertexName());
            }
        }
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

    /** {@return the names of the vertices whose parameters are shared} */
    Set<String> vertices() {
        return shared;
    }

    /**
     * Refuses networks in which nothing is shared.
     *
     * @param who wants to see gradients of it, with a verb
     * @throws IllegalArgumentException if there is no such parameter
     */
    void requireSome(String who) {
        if (shared.isEmpty()) {
            throw new IllegalArgumentException(
                    ("%s gradients of what tasks share, and the tasks %s of this network share no parameter:"
                                    + " join their towers by a unit, or give them one tower or trunk")
                            .formatted(who, tasks.stream().map(Task::name).toList()));
        }
    }

    private long usersOf(GraphVertex vertex) {
        return users.stream().filter(used -> used.get(vertex.getVertexIndex())).count();
    }

    /** A term of weight relatedness has parameters of its own, whose gradients are of no task. */
    private boolean hasGradientOfTasks(GraphVertex vertex) {
        return vertex.paramTable(false).keySet().stream().anyMatch(vertex::updaterDivideByMinibatch);
    }

    /**
     * {@return arrays of the form of the graph's gradients, 1 where a parameter is shared, then for each task 1 where
     * it is that task's alone, then 1 where what stands in the place of a gradient is none, as of a batch's statistics}
     * The graph's gradients must have been computed before.
     */
    List<INDArray> masks() {
        List<INDArray> masks = new ArrayList<>();
        for (int kind = -1; kind <= tasks.size(); kind++) {
            masks.add(mask(kind));
        }
        return masks;
    }

    /** {@return the first of {@link #masks} alone} */
    INDArray maskOfShared() {
        return mask(-1);
    }

    private INDArray mask(int kind) {
        INDArray all = graph.getGradientsViewArray();
        INDArray before = all.dup();
        all.assign(0);
        for (Map.Entry<String, INDArray> entry :
                graph.gradient().gradientForVariable().entrySet()) {
            if (kindOf(ParameterKey.parse(entry.getKey())) == kind) {
                entry.getValue().assign(1);
            }
        }
        INDArray mask = all.dup();
        all.assign(before);
        return mask;
    }

    /** {@return -1 for shared ones, T for what is no gradient, else the task; T + 1 for what no task uses} */
    private int kindOf(ParameterKey key) {
        GraphVertex vertex = graph.getVertex(key.vertex());
        if (!vertex.updaterDivideByMinibatch(key.parameter())) {
            return tasks.size();
        }
        if (shared.contains(key.vertex())) {
            return -1;
        }
        for (int t = 0; t < tasks.size(); t++) {
            if (users.get(t).get(vertex.getVertexIndex())) {
                return t;
            }
        }
        return tasks.size() + 1;
    }
}
