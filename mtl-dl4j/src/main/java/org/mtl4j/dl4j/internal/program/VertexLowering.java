package org.mtl4j.dl4j.internal.program;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.FrozenVertex;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.graph.SubsetVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.vertex.BranchVertex;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.dl4j.vertex.JoinVertex;
import org.mtl4j.dl4j.vertex.MixtureVertex;
import org.mtl4j.dl4j.vertex.SharingUnitVertex;
import org.mtl4j.dl4j.vertex.SumVertex;
import org.mtl4j.dl4j.vertex.UnitOutputVertex;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Turns vertices into steps; those with a layer by {@link LayerLowering}. */
final class VertexLowering {
    private final ComputationGraph graph;
    private final ProgramBuilder program;
    private final Map<String, Flow> flows;

    VertexLowering(ComputationGraph graph, ProgramBuilder program, Map<String, Flow> flows) {
        this.graph = graph;
        this.program = program;
        this.flows = flows;
    }

    Flow lower(String name, GraphVertex vertex, List<Flow> read) {
        Class<?> type = vertex.getClass();
        if (type == FrozenVertex.class) {
            return lower(name, ((FrozenVertex) vertex).getUnderlying(), read);
        }
        if (type == LayerVertex.class) {
            return new LayerLowering(program, name, parameters(name)).lower((LayerVertex) vertex, read.get(0));
        }
        if (type == WeightRelatednessVertex.class || type == SharingUnitVertex.class) {
            return read.get(0); // a penalty computes nothing; what a unit's outputs have in common, they compute
        }
        if (type == BranchVertex.class) {
            return read.get(largest(parameter(name, BranchVertex.LOGITS)));
        }
        if (type == CrossStitchVertex.class) {
            return crossStitch(name, (CrossStitchVertex) vertex, read);
        }
        if (type == UnitOutputVertex.class) {
            return unitOutput(name, (UnitOutputVertex) vertex);
        }
        if (type == MixtureVertex.class) {
            return mixture((MixtureVertex) vertex, read);
        }
        if (type == JoinVertex.class) {
            return join(read);
        }
        if (type == MergeVertex.class) {
            return merge((MergeVertex) vertex, read);
        }
        if (type == SumVertex.class || type == ElementWiseVertex.class) {
            return elementWise((ElementWiseVertex) vertex, read);
        }
        if (type == ScaleVertex.class) {
            Operation scale = new Operation.Mix(List.of(new float[] {(float) ((ScaleVertex) vertex).getScaleFactor()}));
            return new Flow(program.add(scale, read.get(0).value()), read.get(0).mask());
        }
        if (type == SubsetVertex.class) {
            SubsetVertex subset = (SubsetVertex) vertex;
            Operation slice = new Operation.Slice(0, subset.getFrom(), subset.getTo() + 1);
            return new Flow(program.add(slice, read.get(0).value()), read.get(0).mask());
        }
        throw new LoweringException(
                name, "vertex of class " + type.getName(), "no operations stand for a vertex of this class");
    }

    private Map<String, INDArray> parameters(String vertex) {
        return graph.getVertex(vertex).paramTable(false);
    }

    private float[] parameter(String vertex, String name) {
        return Rows.floats(Objects.requireNonNull(parameters(vertex).get(name), name));
    }

    private static int largest(float[] numbers) {
        int best = 0;
        for (int i = 1; i < numbers.length; i++) {
            best = numbers[i] > numbers[best] ? i : best;
        }
        return best;
    }

    private static List<Value> values(List<Flow> flows) {
        return flows.stream().map(Flow::value).toList();
    }

    private Flow crossStitch(String name, CrossStitchVertex vertex, List<Flow> read) {
        if (vertex.channelsLast()) {
            throw new LoweringException(
                    name, "cross-stitch unit", "its channels come last; only NCHW and NCW are known");
        }
        float[] alpha = parameter(name, CrossStitchVertex.ALPHA);
        int each = alpha.length / read.size();
        List<float[]> coefficients = new ArrayList<>();
        for (int t = 0; t < read.size(); t++) {
            coefficients.add(Arrays.copyOfRange(alpha, t * each, (t + 1) * each));
        }
        return new Flow(
                program.add(new Operation.Mix(coefficients), values(read)),
                read.get(vertex.output()).mask());
    }

    private Flow unitOutput(String name, UnitOutputVertex vertex) {
        String unitVertex = graph.getConfiguration().getVertexInputs().get(name).get(0);
        List<Flow> towers = graph.getConfiguration().getVertexInputs().get(unitVertex).stream()
                .map(tower -> Objects.requireNonNull(flows.get(tower), tower))
                .toList();
        SharingUnit unit = vertex.unit();
        Value output;
        if (unit.getClass() == NddrUnit.class) {
            output = nddr(name, (NddrUnit) unit, towers);
        } else if (unit.getClass() == SluiceUnit.class) {
            output = sluice(name, (SluiceUnit) unit, towers);
        } else {
            throw new LoweringException(
                    name, "unit " + unit.getClass().getName(), "no operations stand for a unit of this class");
        }
        return new Flow(output, towers.get(vertex.output()).mask());
    }

    private Value nddr(String name, NddrUnit unit, List<Flow> towers) {
        Value all = program.add(new Operation.Concatenate(0), values(towers));
        int channels = towers.get(0).value().channels();
        Value mixed = program.add(
                new Operation.ChannelProduct(all.channels(), channels, parameter(name, NddrUnit.WEIGHTS), null), all);
        if (unit.normalized()) {
            mixed = program.add(
                    new Operation.BatchNormalization(
                            parameter(name, NddrUnit.GAMMA),
                            parameter(name, NddrUnit.BETA),
                            parameter(name, NddrUnit.MEAN),
                            parameter(name, NddrUnit.VARIANCE),
                            (float) NddrUnit.EPSILON),
                    mixed);
        }
        return Activations.add(program, unit.activation().getActivationFunction(), mixed);
    }

    /** A product over subspaces, each of which is a row of all numbers of its channels. */
    private Value sluice(String name, SluiceUnit unit, List<Flow> towers) {
        List<Integer> shape = towers.get(0).value().shape();
        int subspaces = unit.subspaces();
        Operation asRows =
                new Operation.Reshape(List.of(subspaces, towers.get(0).value().elements() / subspaces));
        List<Value> rows = new ArrayList<>();
        for (Flow tower : towers) {
            rows.add(program.add(asRows, tower.value()));
        }
        Value all = program.add(new Operation.Concatenate(0), rows);
        Value mixed = program.add(
                new Operation.ChannelProduct(all.channels(), subspaces, parameter(name, SluiceUnit.ALPHA), null), all);
        return program.add(new Operation.Reshape(shape), mixed);
    }

    private Flow mixture(MixtureVertex vertex, List<Flow> read) {
        Value gate = read.get(0).value();
        if (vertex.softmax()) {
            gate = program.add(new Operation.Softmax(0), gate);
        }
        List<Value> all = new ArrayList<>(List.of(gate));
        @Nullable Value mask = null;
        for (Flow bank : read.subList(1, read.size())) {
            all.add(bank.value());
            mask = mask == null ? bank.mask() : mask;
        }
        return new Flow(program.add(new Operation.WeightedSum(vertex.experts()), all), mask);
    }

    private Flow join(List<Flow> read) {
        List<Value> parts = new ArrayList<>();
        for (Flow part : read) {
            parts.add(
                    part.mask() == null || part.value().rank() != 2
                            ? part.value()
                            : program.add(new Operation.MaskSteps(), part.value(), part.mask()));
        }
        Value all = parts.size() == 1 ? parts.get(0) : program.add(new Operation.Concatenate(0), parts);
        return new Flow(all, union(read));
    }

    private Flow merge(MergeVertex vertex, List<Flow> read) {
        if (vertex.getMergeAxis() > 1 && read.get(0).value().rank() > 1) {
            throw new LoweringException(
                    program.place(),
                    "MergeVertex",
                    "it joins dimension " + vertex.getMergeAxis() + "; only 1 is known");
        }
        Value all = read.size() == 1 ? read.get(0).value() : program.add(new Operation.Concatenate(0), values(read));
        return new Flow(all, union(read));
    }

    /** A step is there where it is in any input; all are where an input has no mask. */
    private @Nullable Value union(List<Flow> read) {
        List<Value> masks = new ArrayList<>();
        for (Flow flow : read) {
            if (flow.mask() == null) {
                return null;
            }
            if (!masks.contains(flow.mask())) {
                masks.add(flow.mask());
            }
        }
        return masks.size() == 1
                ? masks.get(0)
                : program.add(new Operation.Combine(Operation.Arithmetic.MAXIMUM), masks);
    }

    private Flow elementWise(ElementWiseVertex vertex, List<Flow> read) {
        Operation.Arithmetic arithmetic =
                switch (vertex.getOp()) {
                    case Add -> Operation.Arithmetic.ADD;
                    case Subtract -> Operation.Arithmetic.SUBTRACT;
                    case Product -> Operation.Arithmetic.MULTIPLY;
                    case Average -> Operation.Arithmetic.AVERAGE;
                    case Max -> Operation.Arithmetic.MAXIMUM;
                };
        Value result =
                read.size() == 1 ? read.get(0).value() : program.add(new Operation.Combine(arithmetic), values(read));
        return new Flow(result, union(read));
    }
}
