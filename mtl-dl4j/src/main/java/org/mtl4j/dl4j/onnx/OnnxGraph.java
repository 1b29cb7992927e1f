package org.mtl4j.dl4j.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.AttributeProto.AttributeType;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;
import org.nd4j.shade.protobuf.ByteString;

/**
 * Collects nodes and constants of a graph in ONNX's form. Tensors are known by their names; constants of equal numbers
 * are there once.
 */
final class OnnxGraph {
    /** Name of the size that is left open. */
    static final String BATCH = "batch";

    private final GraphProto.Builder graph = GraphProto.newBuilder();
    private final Set<String> names = new HashSet<>();
    private final Map<Numbers, String> constants = new HashMap<>();
    private String place = "";
    private long bytes;

    /** Numbers of a constant, as they are in the file, and their shape and type. */
    private record Numbers(DataType type, List<Long> shape, ByteString content) {}

    OnnxGraph(String name) {
        graph.setName(name);
    }

    /** Says what the names of the next nodes, and of what they compute, begin with. */
    void setPlace(String name) {
        place = name;
    }

    /** Takes a name that no node may give its result. */
    void reserve(String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("two inputs or outputs are called '%s'".formatted(name));
        }
    }

    void addInput(String name, DataType type, List<Integer> shape) {
        graph.addInput(described(name, type, shape));
    }

    void addOutput(String name, List<Integer> shape) {
        graph.addOutput(described(name, DataType.FLOAT, shape));
    }

    private static ValueInfoProto described(String name, DataType type, List<Integer> shape) {
        TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
        sizes.addDimBuilder().setDimParam(BATCH);
        shape.forEach(size -> sizes.addDimBuilder().setDimValue(size));
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(sizes)))
                .build();
    }

    // ------------------------------------------------------------------ constants

    /** Adds single-precision numbers. */
    String floats(float[] values, long... shape) {
        ByteBuffer content = room((long) values.length * Float.BYTES);
        content.asFloatBuffer().put(values);
        return constant(DataType.FLOAT, content, shape);
    }

    /** Adds one single-precision number, without sizes. */
    String scalar(float value) {
        return floats(new float[] {value});
    }

    /** Adds whole numbers of 64 bits, such as sizes and axes. */
    String longs(long... values) {
        ByteBuffer content = room((long) values.length * Long.BYTES);
        content.asLongBuffer().put(values);
        return constant(DataType.INT64, content, values.length);
    }

    /** Adds one whole number of 32 bits, without sizes. */
    String integer(int value) {
        ByteBuffer content = room(Integer.BYTES);
        content.asIntBuffer().put(value);
        return constant(DataType.INT32, content);
    }

    private static ByteBuffer room(long length) {
        if (length > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException("an array of %s bytes is too large for an ONNX file".formatted(length));
        }
        return ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private String constant(DataType type, ByteBuffer content, long... shape) {
        List<Long> sizes = Arrays.stream(shape).boxed().toList();
        Numbers numbers = new Numbers(type, sizes, ByteString.copyFrom(content.array()));
        return constants.computeIfAbsent(numbers, key -> {
            String name = unique(place + "/constant");
            bytes += key.content().size();
            graph.addInitializer(TensorProto.newBuilder()
                    .setName(name)
                    .setDataType(type.getNumber())
                    .addAllDims(sizes)
                    .setRawData(key.content()));
            return name;
        });
    }

    /** {@return how many bytes the constants take} */
    long constantBytes() {
        return bytes;
    }

    // ------------------------------------------------------------------ nodes

    /** Describes a node to come: {@code node("Conv").with("group", 1).of(x, w)}. */
    Node node(String operator) {
        return new Node(operator);
    }

    /** Is a node under construction. */
    final class Node {
        private final NodeProto.Builder node = NodeProto.newBuilder();

        private Node(String operator) {
            node.setOpType(operator);
        }

        Node with(String attribute, long value) {
            node.addAttribute(AttributeProto.newBuilder()
                    .setName(attribute)
                    .setType(AttributeType.INT)
                    .setI(value));
            return this;
        }

        Node with(String attribute, float value) {
            node.addAttribute(AttributeProto.newBuilder()
                    .setName(attribute)
                    .setType(AttributeType.FLOAT)
                    .setF(value));
            return this;
        }

        Node withAll(String attribute, long... values) {
            AttributeProto.Builder all =
                    AttributeProto.newBuilder().setName(attribute).setType(AttributeType.INTS);
            Arrays.stream(values).forEach(all::addInts);
            node.addAttribute(all);
            return this;
        }

        /** Adds the node, and returns what its result is called. Inputs that are left out are "". */
        String of(String... inputs) {
            return called(unique(place + "/" + node.getOpType()), inputs);
        }

        /** Adds the node with this name of its result. */
        String called(String output, String... inputs) {
            add(List.of(output), inputs);
            return output;
        }

        /** Adds a node of two results, and returns the second; the first is read by nobody. */
        String secondOf(String... inputs) {
            String second = unique(place + "/" + node.getOpType());
            add(List.of(unique(second + "/other"), second), inputs);
            return second;
        }

        private void add(List<String> outputs, String... inputs) {
            graph.addNode(node.setName(unique(place + "/" + node.getOpType() + "/node"))
                    .addAllInput(Arrays.asList(inputs))
                    .addAllOutput(outputs));
        }
    }

    String unique(String name) {
        String unique = name;
        for (int n = 2; !names.add(unique); n++) {
            unique = name + "#" + n;
        }
        return unique;
    }

    /**
     * Has the node that computes a tensor give it another name, that of an output.
     *
     * @return whether there is such a node
     */
    boolean rename(String tensor, String name) {
        List<NodeProto> nodes = new ArrayList<>(graph.getNodeList());
        if (nodes.stream().noneMatch(node -> node.getOutputList().contains(tensor))) {
            return false;
        }
        graph.clearNode();
        for (NodeProto node : nodes) {
            NodeProto.Builder changed = node.toBuilder();
            for (int i = 0; i < node.getInputCount(); i++) {
                if (node.getInput(i).equals(tensor)) {
                    changed.setInput(i, name);
                }
            }
            for (int i = 0; i < node.getOutputCount(); i++) {
                if (node.getOutput(i).equals(tensor)) {
                    changed.setOutput(i, name);
                }
            }
            graph.addNode(changed);
        }
        return true;
    }

    GraphProto build() {
        return graph.build();
    }
}
