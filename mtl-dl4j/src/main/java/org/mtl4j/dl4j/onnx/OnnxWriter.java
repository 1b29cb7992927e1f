package org.mtl4j.dl4j.onnx;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import onnx.Onnx.ModelProto;
import onnx.Onnx.OperatorSetIdProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto.DataType;
import onnx.Onnx.Version;
import org.mtl4j.dl4j.internal.program.Operation;
import org.mtl4j.dl4j.internal.program.Program;
import org.mtl4j.dl4j.internal.program.Step;
import org.mtl4j.dl4j.internal.program.Value;

/** Writes a program in ONNX's form. */
final class OnnxWriter {
    /** The newest set of operators that version 8 of the form may use and that all of 2022 and later know. */
    static final int OPERATOR_SET = 17;

    /** The most that a file of Protocol Buffers can hold, less some room for all but the constants. */
    private static final long MOST_BYTES = Integer.MAX_VALUE - (64L << 20);

    private final Program program;
    private final OnnxGraph graph;
    private final Map<Value, String> names = new HashMap<>();
    private final Map<Value, String> asNumbers = new HashMap<>();

    private OnnxWriter(Program program, String name) {
        this.program = program;
        this.graph = new OnnxGraph(name);
    }

    /**
     * {@return the program as a model}
     *
     * @param name of the graph
     * @param version of the library
     * @param metadata what else is to be in it
     */
    static ModelProto write(Program program, String name, String version, Map<String, String> metadata) {
        OnnxWriter writer = new OnnxWriter(program, name);
        writer.addAll();
        if (writer.graph.constantBytes() > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "the weights take %s bytes; an ONNX file, which is one message of Protocol Buffers, holds %s"
                            .formatted(writer.graph.constantBytes(), MOST_BYTES));
        }
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(Version.IR_VERSION_VALUE)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPERATOR_SET))
                .setProducerName("MTL4J")
                .setProducerVersion(version)
                .setGraph(writer.graph.build());
        metadata.forEach((key, value) -> model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
        return model.build();
    }

    private void addAll() {
        for (Program.Input input : program.inputs()) {
            Value value = input.value();
            graph.reserve(value.name());
            boolean codes = input.kind() == Program.Kind.CODES;
            graph.addInput(value.name(), codes ? DataType.INT32 : DataType.FLOAT, value.shape());
            names.put(value, value.name());
        }
        program.outputs().forEach(output -> graph.reserve(output.task()));
        OperationNodes nodes = new OperationNodes(graph);
        for (Step step : program.steps()) {
            graph.setPlace(step.output().name());
            List<String> read = step.inputs().stream()
                    .map(value -> nameFor(step.operation(), value))
                    .toList();
            names.put(
                    step.output(),
                    nodes.add(
                            step.operation(), step.inputs(), read, step.output().shape()));
        }
        for (Program.Output output : program.outputs()) {
            addOutput(output);
        }
    }

    private String nameFor(Operation operation, Value value) {
        boolean isCodes = program.inputs().stream()
                .anyMatch(input ->
                        input.kind() == Program.Kind.CODES && input.value().equals(value));
        String name = names.get(value);
        return isCodes && !OperationNodes.readsCodes(operation)
                ? asNumbers.computeIfAbsent(value, codes -> OperationNodes.asNumbers(graph, name))
                : name;
    }

    private void addOutput(Program.Output output) {
        String computed = names.get(output.value());
        boolean taken = program.outputs().stream()
                .anyMatch(other -> !other.equals(output) && other.value().equals(output.value()));
        if (taken || !graph.rename(computed, output.task())) {
            graph.setPlace(output.task());
            graph.node("Identity").called(output.task(), computed);
        }
        graph.addOutput(output.task(), output.value().shape());
    }
}
