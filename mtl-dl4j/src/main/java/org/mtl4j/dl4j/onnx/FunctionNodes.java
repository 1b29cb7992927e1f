package org.mtl4j.dl4j.onnx;

import org.mtl4j.dl4j.internal.program.Operation;

/** Writes functions of single numbers as nodes. */
final class FunctionNodes {
    private final OnnxGraph graph;

    FunctionNodes(OnnxGraph graph) {
        this.graph = graph;
    }

    String add(Operation.Activate each, String x) {
        return switch (each.function()) {
            case AT_LEAST -> graph.node("Max").of(x, graph.scalar(each.alpha()));
            case ELU -> graph.node("Elu").with("alpha", each.alpha()).of(x);
            case SELU ->
                graph.node("Selu")
                        .with("alpha", 1.6732632423543772f)
                        .with("gamma", 1.0507009873554805f)
                        .of(x);
            case SIGMOID -> graph.node("Sigmoid").of(x);
            case TANH -> graph.node("Tanh").of(x);
            case HARD_SIGMOID ->
                graph.node("HardSigmoid").with("alpha", 0.2f).with("beta", 0.5f).of(x);
            case HARD_TANH -> graph.node("Clip").of(x, graph.scalar(-1), graph.scalar(1));
            case CUBE -> times(times(x, x), x);
            case RATIONAL_TANH -> rationalTanh(x);
            case RECTIFIED_TANH -> graph.node("Relu").of(graph.node("Tanh").of(x));
            case SOFTPLUS -> graph.node("Softplus").of(x);
            case SOFTSIGN -> graph.node("Softsign").of(x);
            case SWISH -> times(x, graph.node("Sigmoid").of(x));
            case MISH -> times(x, graph.node("Tanh").of(graph.node("Softplus").of(x)));
            case GELU -> times(x, graph.node("Sigmoid").of(times(x, 1.702f)));
            case PRECISE_GELU -> preciseGelu(x);
        };
    }

    private String times(String x, String y) {
        return graph.node("Mul").of(x, y);
    }

    private String times(String x, float factor) {
        return times(x, graph.scalar(factor));
    }

    private String plus(String x, String y) {
        return graph.node("Add").of(x, y);
    }

    private String rationalTanh(String x) {
        String y = times(x, 2 / 3f);
        String size = graph.node("Abs").of(y);
        String square = times(y, y);
        String sum = plus(plus(graph.scalar(1), size), plus(square, times(times(square, square), 1.41645f)));
        String grown =
                graph.node("Sub").of(graph.scalar(1), graph.node("Reciprocal").of(sum));
        return times(times(graph.node("Sign").of(y), grown), 1.7159f);
    }

    private String preciseGelu(String x) {
        String cube = times(times(x, x), x);
        String inner = times(plus(x, times(cube, 0.044715f)), (float) Math.sqrt(2 / Math.PI));
        return times(times(x, 0.5f), plus(graph.node("Tanh").of(inner), graph.scalar(1)));
    }
}
