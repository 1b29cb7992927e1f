package org.mtl4j.dl4j.onnx;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.program.Operation;
import org.mtl4j.dl4j.internal.program.Value;
import org.mtl4j.dl4j.internal.program.Window;

/** Writes pooling as nodes. */
final class PoolingNodes {
    private final OnnxGraph graph;

    PoolingNodes(OnnxGraph graph) {
        this.graph = graph;
    }

    String pool(Operation.Pooling each, Value of, String x) {
        Window window = each.window();
        boolean dilated = window.dilationHeight() != 1 || window.dilationWidth() != 1;
        return switch (each.kind()) {
            case MAX ->
                windowed("MaxPool", window)
                        .withAll("dilations", window.dilationHeight(), window.dilationWidth())
                        .of(x);
            case AVERAGE -> {
                if (!dilated) {
                    yield windowed("AveragePool", window)
                            .with("count_include_pad", each.countPadding() ? 1 : 0)
                            .of(x);
                }
                requirePlain(each.countPadding() || !isPadded(window));
                yield summed(window, of, x, 1f / (window.kernelHeight() * window.kernelWidth()));
            }
            case SUM -> summed(window, of, x, 1);
            case PNORM -> {
                if (!dilated) {
                    yield windowed("LpPool", window).with("p", each.p()).of(x);
                }
                yield root(summed(window, of, power(x, each.p()), 1), each.p());
            }
        };
    }

    private static boolean isPadded(Window window) {
        return window.top() + window.left() + window.bottom() + window.right() > 0;
    }

    private static void requirePlain(boolean plain) {
        if (!plain) {
            throw new IllegalArgumentException(
                    "means over dilated windows that leave padding out have no operator in ONNX's operator set 17");
        }
    }

    private OnnxGraph.Node windowed(String operator, Window window) {
        return graph.node(operator)
                .withAll("kernel_shape", window.kernelHeight(), window.kernelWidth())
                .withAll("strides", window.strideHeight(), window.strideWidth())
                .withAll("pads", window.top(), window.left(), window.bottom(), window.right());
    }

    /** Convolves each channel by itself, with equal weights. */
    private String summed(Window window, Value of, String x, float weight) {
        int channels = of.channels();
        float[] weights = new float[channels * window.kernelHeight() * window.kernelWidth()];
        Arrays.fill(weights, weight);
        return windowed("Conv", window)
                .withAll("dilations", window.dilationHeight(), window.dilationWidth())
                .with("group", channels)
                .of(x, graph.floats(weights, channels, 1, window.kernelHeight(), window.kernelWidth()));
    }

    private String power(String x, int p) {
        return graph.node("Pow").of(graph.node("Abs").of(x), graph.scalar(p));
    }

    private String root(String x, int p) {
        return graph.node("Pow").of(x, graph.scalar(1f / p));
    }

    String poolAll(Operation.GlobalPooling each, Value of, String x, @Nullable String mask) {
        long[] axes = of.rank() == 3 ? new long[] {2, 3} : new long[] {2};
        @Nullable
        String there = mask == null
                ? null
                : OperationNodes.reshape(graph, mask, List.of(1, of.shape().get(1)));
        return switch (each.kind()) {
            case MAX -> reduced("ReduceMax", there == null ? x : withoutMasked(x, there), axes);
            case AVERAGE ->
                there == null
                        ? reduced("ReduceMean", x, axes)
                        : graph.node("Div").of(sum(graph.node("Mul").of(x, there), axes), sum(there, axes));
            case SUM -> sum(there == null ? x : graph.node("Mul").of(x, there), axes);
            case PNORM -> {
                String powers = power(x, each.p());
                yield root(sum(there == null ? powers : graph.node("Mul").of(powers, there), axes), each.p());
            }
        };
    }

    private String withoutMasked(String x, String there) {
        String missing = graph.node("Equal").of(there, graph.scalar(0));
        return graph.node("Where").of(missing, graph.scalar(-Float.MAX_VALUE), x);
    }

    private String reduced(String operator, String x, long... axes) {
        return graph.node(operator).withAll("axes", axes).with("keepdims", 0).of(x);
    }

    private String sum(String x, long... axes) {
        return graph.node("ReduceSum").with("keepdims", 0).of(x, graph.longs(axes));
    }
}
