package org.mtl4j.dl4j.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import onnx.Onnx.TensorProto.DataType;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.program.Operation;
import org.mtl4j.dl4j.internal.program.Value;
import org.mtl4j.dl4j.internal.program.Window;

/** Writes operations as nodes of ONNX's operator set 17; examples of a batch are the first size of each tensor. */
final class OperationNodes {
    /** Of how many standard deviations a mean is so large that rounding would be seen. */
    private static final double LARGE_MEAN = 16;

    private final OnnxGraph graph;

    OperationNodes(OnnxGraph graph) {
        this.graph = graph;
    }

    /**
     * Adds the nodes of one operation.
     *
     * @param values what is read
     * @param names what it is called in the graph
     * @param output the shape of one example of the result
     * @return what the result is called
     */
    String add(Operation operation, List<Value> values, List<String> names, List<Integer> output) {
        String x = names.get(0);
        Value of = values.get(0);
        @Nullable String mask = names.size() == 2 ? names.get(1) : null;
        if (operation instanceof Operation.Convolution each) {
            return convolution(each, x);
        } else if (operation instanceof Operation.SequenceConvolution each) {
            return sequenceConvolution(each, x);
        } else if (operation instanceof Operation.Dense each) {
            return product(x, graph.floats(each.weights(), each.in(), each.out()), each.bias());
        } else if (operation instanceof Operation.BlockDense each) {
            return blockDense(each, x);
        } else if (operation instanceof Operation.ChannelProduct each) {
            return channelProduct(each, of, x);
        } else if (operation instanceof Operation.BatchNormalization each) {
            return batchNormalization(each, of, x);
        } else if (operation instanceof Operation.LayerNormalization each) {
            return layerNormalization(each, of, x);
        } else if (operation instanceof Operation.Rectify each) {
            return rectify(each, x);
        } else if (operation instanceof Operation.Activate each) {
            return new FunctionNodes(graph).add(each, x);
        } else if (operation instanceof Operation.Softmax each) {
            return softmax(x, each.axis() + 1);
        } else if (operation instanceof Operation.Pooling each) {
            return new PoolingNodes(graph).pool(each, of, x);
        } else if (operation instanceof Operation.GlobalPooling each) {
            return new PoolingNodes(graph).poolAll(each, of, x, mask);
        } else if (operation instanceof Operation.SoftArgmax) {
            return softArgmax(of, x);
        } else if (operation instanceof Operation.Combine each) {
            return combine(each.arithmetic(), names);
        } else if (operation instanceof Operation.Mix each) {
            return mix(each, of, names);
        } else if (operation instanceof Operation.WeightedSum each) {
            return weightedSum(each, values, names, output);
        } else if (operation instanceof Operation.SelectorWeights each) {
            return selectorWeights(each, x);
        } else if (operation instanceof Operation.Constant each) {
            return constant(each, x);
        } else if (operation instanceof Operation.Concatenate each) {
            return graph.node("Concat").with("axis", each.axis() + 1).of(names.toArray(String[]::new));
        } else if (operation instanceof Operation.Slice each) {
            return slice(x, each.axis() + 1, each.from(), each.to());
        } else if (operation instanceof Operation.Reshape each) {
            return reshape(x, each.shape());
        } else if (operation instanceof Operation.Transpose each) {
            long[] order = prepended(0, each.order().stream().mapToLong(size -> size + 1));
            return graph.node("Transpose").withAll("perm", order).of(x);
        } else if (operation instanceof Operation.Lookup each) {
            return lookup(each, x);
        }
        return new SequenceNodes(graph).add(operation, values, names);
    }

    // ------------------------------------------------------------------ products

    private String convolution(Operation.Convolution each, String x) {
        Window window = each.window();
        String weights = graph.floats(
                each.weights(),
                each.outChannels(),
                each.inChannels() / each.groups(),
                window.kernelHeight(),
                window.kernelWidth());
        OnnxGraph.Node node = graph.node("Conv")
                .withAll("kernel_shape", window.kernelHeight(), window.kernelWidth())
                .withAll("strides", window.strideHeight(), window.strideWidth())
                .withAll("dilations", window.dilationHeight(), window.dilationWidth())
                .withAll("pads", window.top(), window.left(), window.bottom(), window.right())
                .with("group", each.groups());
        return node.of(withBias(x, weights, each.bias()));
    }

    private String sequenceConvolution(Operation.SequenceConvolution each, String x) {
        String weights = graph.floats(each.weights(), each.outFeatures(), each.inFeatures(), each.kernel());
        OnnxGraph.Node node = graph.node("Conv")
                .withAll("kernel_shape", each.kernel())
                .withAll("strides", each.stride())
                .withAll("dilations", each.dilation())
                .withAll("pads", each.before(), each.after());
        return node.of(withBias(x, weights, each.bias()));
    }

    private String[] withBias(String x, String weights, float @Nullable [] bias) {
        return bias == null ? new String[] {x, weights} : new String[] {x, weights, graph.floats(bias, bias.length)};
    }

    private String product(String x, String weights, float @Nullable [] bias) {
        return graph.node("Gemm").of(withBias(x, weights, bias));
    }

    private String blockDense(Operation.BlockDense each, String x) {
        String byBlock =
                graph.node("Transpose").withAll("perm", 1, 0, 2).of(reshape(x, List.of(each.blocks(), each.in())));
        String weights = graph.floats(each.weights(), each.blocks(), each.in(), each.out());
        String product = graph.node("MatMul").of(byBlock, weights);
        if (each.bias() != null) {
            product = graph.node("Add").of(product, graph.floats(each.bias(), each.blocks(), 1, each.out()));
        }
        String back = graph.node("Transpose").withAll("perm", 1, 0, 2).of(product);
        return reshape(back, List.of(each.blocks() * each.out()));
    }

    private String channelProduct(Operation.ChannelProduct each, Value of, String x) {
        if (of.rank() == 1) {
            String weights = graph.floats(each.weights(), each.out(), each.in());
            return graph.node("Gemm").with("transB", 1).of(withBias(x, weights, each.bias()));
        }
        long[] shape = new long[of.rank() + 1];
        Arrays.fill(shape, 1);
        shape[0] = each.out();
        shape[1] = each.in();
        return graph.node("Conv").of(withBias(x, graph.floats(each.weights(), shape), each.bias()));
    }

    // ------------------------------------------------------------------ normalisation and functions

    /** Subtracts means that are large first: ONNX Runtime subtracts them from what it has scaled. */
    private String batchNormalization(Operation.BatchNormalization each, Value of, String x) {
        int channels = each.gamma().length;
        boolean large = false;
        for (int c = 0; c < channels; c++) {
            large |= Math.abs(each.mean()[c]) > LARGE_MEAN * Math.sqrt(each.variance()[c] + each.epsilon());
        }
        String centred = x;
        if (large) {
            long[] shape = new long[of.rank()];
            Arrays.fill(shape, 1);
            shape[0] = channels;
            centred = graph.node("Sub").of(x, graph.floats(each.mean(), shape));
        }
        return graph.node("BatchNormalization")
                .with("epsilon", each.epsilon())
                .of(
                        centred,
                        graph.floats(each.gamma(), channels),
                        graph.floats(each.beta(), channels),
                        graph.floats(large ? new float[channels] : each.mean(), channels),
                        graph.floats(each.variance(), channels));
    }

    /**
     * Subtracts the mean first: ONNX Runtime computes the variance as the mean of the squares less the square of the
     * mean, of which rounding leaves little where the mean is large.
     */
    private String layerNormalization(Operation.LayerNormalization each, Value of, String x) {
        String rows = of.rank() == 1 ? x : swapped(x);
        String mean =
                graph.node("ReduceMean").withAll("axes", -1).with("keepdims", 1).of(rows);
        String normal = graph.node("LayerNormalization")
                .with("axis", -1)
                .with("epsilon", each.epsilon())
                .of(
                        graph.node("Sub").of(rows, mean),
                        graph.floats(each.gain(), each.gain().length),
                        graph.floats(each.bias(), each.bias().length));
        return of.rank() == 1 ? normal : swapped(normal);
    }

    /** Makes [batch, steps, features] of [batch, features, steps], or the other way round. */
    private String swapped(String x) {
        return graph.node("Transpose").withAll("perm", 0, 2, 1).of(x);
    }

    private String rectify(Operation.Rectify each, String x) {
        String result;
        if (each.threshold() != 0) {
            String threshold = graph.scalar(each.threshold());
            String below = graph.node("Mul").of(graph.node("Sub").of(x, threshold), graph.scalar(each.slope()));
            result = graph.node("Where").of(graph.node("GreaterOrEqual").of(x, threshold), x, below);
        } else if (each.slope() != 0) {
            result = graph.node("LeakyRelu").with("alpha", each.slope()).of(x);
        } else if (each.max() != Float.POSITIVE_INFINITY) {
            return graph.node("Clip").of(x, graph.scalar(0), graph.scalar(each.max()));
        } else {
            return graph.node("Relu").of(x);
        }
        return each.max() == Float.POSITIVE_INFINITY
                ? result
                : graph.node("Min").of(result, graph.scalar(each.max()));
    }

    private String softmax(String x, int axis) {
        return graph.node("Softmax").with("axis", axis).of(x);
    }

    private String softArgmax(Value of, String x) {
        int height = of.shape().get(1);
        int width = of.shape().get(2);
        float[] positions = new float[height * width * 2];
        for (int i = 0; i < height * width; i++) {
            positions[2 * i] = (float) ((i % width + 0.5) / width);
            positions[2 * i + 1] = (float) ((i / width + 0.5) / height);
        }
        String probabilities = softmax(reshape(x, List.of(of.channels(), height * width)), 2);
        String where = graph.node("MatMul").of(probabilities, graph.floats(positions, height * width, 2));
        return reshape(where, List.of(2 * of.channels()));
    }

    // ------------------------------------------------------------------ several values

    private String combine(Operation.Arithmetic arithmetic, List<String> names) {
        return switch (arithmetic) {
            case ADD -> names.size() == 2 ? nary("Add", names) : nary("Sum", names);
            case SUBTRACT -> nary("Sub", names);
            case AVERAGE -> nary("Mean", names);
            case MAXIMUM -> nary("Max", names);
            case MULTIPLY -> {
                String product = names.get(0);
                for (String factor : names.subList(1, names.size())) {
                    product = graph.node("Mul").of(product, factor);
                }
                yield product;
            }
        };
    }

    private String nary(String operator, List<String> names) {
        return graph.node(operator).of(names.toArray(String[]::new));
    }

    private String mix(Operation.Mix each, Value of, List<String> names) {
        long[] shape = new long[of.rank()];
        Arrays.fill(shape, 1);
        @Nullable String sum = null;
        for (int t = 0; t < names.size(); t++) {
            float[] factors = each.coefficients().get(t);
            shape[0] = factors.length;
            String term = graph.node("Mul").of(names.get(t), graph.floats(factors, shape));
            sum = sum == null ? term : graph.node("Add").of(sum, term);
        }
        return Objects.requireNonNull(sum);
    }

    /** One product of each example's weights with its experts, one below the other. */
    private String weightedSum(
            Operation.WeightedSum each, List<Value> values, List<String> names, List<Integer> output) {
        int size = output.stream().mapToInt(Integer::intValue).reduce(1, Math::multiplyExact);
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < each.experts().size(); i++) {
            rows.add(reshape(names.get(i + 1), List.of(each.experts().get(i), size)));
        }
        String experts = rows.size() == 1
                ? rows.get(0)
                : graph.node("Concat").with("axis", 1).of(rows.toArray(String[]::new));
        String weights = reshape(names.get(0), List.of(1, values.get(0).channels()));
        return reshape(graph.node("MatMul").of(weights, experts), output);
    }

    private String selectorWeights(Operation.SelectorWeights each, String x) {
        int k = each.selectors();
        int bits = each.bits();
        String shares = softmax(slice(x, 1, k * bits, k * bits + k), 1);
        if (bits == 0) { // a single expert, and a single selector, which has nothing to choose
            return shares;
        }
        String z = reshape(slice(x, 1, 0, k * bits), List.of(k, bits));
        String u = graph.node("Clip")
                .of(graph.node("Div").of(z, graph.scalar(each.gamma())), graph.scalar(-0.5f), graph.scalar(0.5f));
        String square = graph.node("Mul").of(u, u);
        String slope =
                graph.node("Sub").of(graph.scalar(1.5f), graph.node("Mul").of(square, graph.scalar(2)));
        String step = graph.node("Add").of(graph.node("Mul").of(u, slope), graph.scalar(0.5f));
        float[] sign = new float[each.experts() * bits];
        float[] offset = new float[sign.length];
        for (int i = 0; i < sign.length; i++) {
            boolean set = (i / bits >> bits - 1 - i % bits & 1) == 1;
            sign[i] = set ? 1 : -1;
            offset[i] = set ? 0 : 1;
        }
        String signed =
                graph.node("Mul").of(reshape(step, List.of(k, 1, bits)), graph.floats(sign, each.experts(), bits));
        String factors = graph.node("Add").of(signed, graph.floats(offset, each.experts(), bits));
        String choices =
                graph.node("ReduceProd").withAll("axes", 3).with("keepdims", 0).of(factors);
        String weights = graph.node("MatMul").of(reshape(shares, List.of(1, k)), choices);
        return reshape(weights, List.of(each.experts()));
    }

    private String constant(Operation.Constant each, String x) {
        String batch = graph.node("Shape").with("start", 0).with("end", 1).of(x);
        long[] shape = each.shape().stream().mapToLong(Integer::longValue).toArray();
        String all = graph.node("Concat").with("axis", 0).of(batch, graph.longs(shape));
        return graph.node("Expand").of(graph.floats(each.values(), prepended(1, Arrays.stream(shape))), all);
    }

    // ------------------------------------------------------------------ where numbers lie

    private String slice(String x, int axis, int from, int to) {
        return graph.node("Slice").of(x, graph.longs(from), graph.longs(to), graph.longs(axis));
    }

    /** Gives each example another shape. */
    private String reshape(String x, List<Integer> shape) {
        return reshape(graph, x, shape);
    }

    /** Gives each example another shape: the first size, 0, stays what it is. */
    static String reshape(OnnxGraph graph, String x, List<Integer> shape) {
        long[] sizes = prepended(0, shape.stream().mapToLong(Integer::longValue));
        return graph.node("Reshape").of(x, graph.longs(sizes));
    }

    // ------------------------------------------------------------------ codes

    private String lookup(Operation.Lookup each, String x) {
        String[] rows = IntStream.range(0, each.tables().size())
                .mapToObj(i -> {
                    int size = each.sizes().get(i);
                    int dimension = each.dimensions().get(i);
                    String code = graph.node("Gather").with("axis", 1).of(x, graph.integer(i));
                    return gathered(graph, graph.floats(each.tables().get(i), size, dimension), size, code);
                })
                .toArray(String[]::new);
        return rows.length == 1 ? rows[0] : graph.node("Concat").with("axis", 1).of(rows);
    }

    /**
     * Looks rows up. ONNX takes a negative code for one that is counted from the end; here it becomes one that is not
     * there, so that whatever runs the graph refuses it.
     */
    static String gathered(OnnxGraph graph, String table, int size, String codes) {
        String negative = graph.node("Less").of(codes, graph.integer(0));
        String checked = graph.node("Where").of(negative, graph.integer(size), codes);
        return graph.node("Gather").with("axis", 0).of(table, checked);
    }

    /** Tells whether an operation reads codes, which are whole numbers in the file. */
    static boolean readsCodes(Operation operation) {
        return operation instanceof Operation.Lookup || operation instanceof Operation.SequenceLookup;
    }

    /** Makes single-precision numbers of codes. */
    static String asNumbers(OnnxGraph graph, String codes) {
        return graph.node("Cast").with("to", DataType.FLOAT.getNumber()).of(codes);
    }

    private static long[] prepended(long first, LongStream others) {
        return LongStream.concat(LongStream.of(first), others).toArray();
    }
}
