package org.mtl4j.dl4j.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Compares what is computed in two ways, so that neither the size of the numbers nor the order of a sum decides.
 *
 * <p>A sum of n products has a rounding error of at most n u, and typically of √n u, relative to the sum of the
 * products' absolute values; u is 6e-8 in single and 1.1e-16 in double precision. Which error it is depends on the
 * order of the sum, that is, on the kernels of OpenBLAS. So tolerances are multiples of √n u, relative to
 * {@linkplain #size the largest number}, and the examples are {@linkplain #decided decided}.
 */
public final class Closeness {
    /** How far a number must be from where a decision turns: about twenty times √100 u in single precision. */
    private static final double DECIDED = 1e-5;

    private Closeness() {}

    /** {@return the largest absolute value of an array, all of whose numbers must be finite} */
    public static double size(INDArray numbers) {
        INDArray exact = numbers.castTo(DataType.DOUBLE);
        // the largest absolute value does not show a NaN, the sum does
        assertThat(exact.sumNumber().doubleValue()).as("sum").isFinite();
        return exact.amaxNumber().doubleValue();
    }

    /** {@return the largest absolute difference} */
    public static double difference(INDArray found, INDArray expected) {
        return size(found.castTo(DataType.DOUBLE).sub(expected.castTo(DataType.DOUBLE)));
    }

    /** {@return the largest absolute difference, as a fraction of the largest expected number} */
    public static double relative(INDArray found, INDArray expected) {
        return difference(found, expected) / size(expected);
    }

    /**
     * Asserts that training has moved the parameters of two networks, equal before, to the same place, up to two
     * roundings: that of the gradient, relative to how far the parameters went, and that of the parameters themselves
     * in each step.
     *
     * @param before the parameters that both networks had
     * @param rounding of the gradient, relative to its largest number
     * @param steps how many have been made
     */
    public static void assertSameWay(INDArray found, INDArray expected, INDArray before, double rounding, int steps) {
        double moved = difference(expected, before);
        double unit = found.dataType() == DataType.DOUBLE ? 0x1p-53 : 0x1p-24;
        double allowed = steps * (rounding * moved + 2 * unit * size(expected));
        assertThat(moved).as("way of the parameters").isGreaterThan(100 * allowed);
        assertThat(difference(found, expected))
                .as("difference of parameters that have moved by %s", moved)
                .isLessThanOrEqualTo(allowed);
    }

    /**
     * Draws examples for which no decision of a network is so near that rounding may turn it: the sign of what ReLU
     * reads, and which is the largest number of a window. Were it turned, one term of the gradient would be another
     * one, however small the difference of the numbers is.
     *
     * @param stock a network of stock layers with one input; its parameters are not changed
     * @param draw makes so many examples, others each time
     * @return the examples
     */
    public static INDArray decided(ComputationGraph stock, int examples, IntFunction<INDArray> draw) {
        boolean together = Arrays.stream(stock.getLayers())
                .anyMatch(layer -> layer.conf().getLayer() instanceof BatchNormalization);
        INDArray features = draw.apply(examples);
        int[] open = IntStream.range(0, examples).toArray();
        for (int round = 0; round < 100; round++) {
            // normalisation makes what an example gives depend on the others
            int[] looked = together ? IntStream.range(0, examples).toArray() : open;
            INDArray some = looked.length == examples ? features : rows(features, looked);
            double[] nearest = nearestDecisions(stock, some);
            open = IntStream.range(0, looked.length)
                    .filter(n -> nearest[n] < DECIDED)
                    .map(n -> looked[n])
                    .toArray();
            if (open.length == 0) {
                return features;
            }
            INDArray others = draw.apply(open.length);
            for (int n = 0; n < open.length; n++) {
                features.put(row(features, open[n]), others.get(row(others, n)));
            }
        }
        throw new AssertionError("there are near decisions in any examples");
    }

    private static INDArrayIndex[] row(INDArray array, int row) {
        INDArrayIndex[] place = new INDArrayIndex[array.rank()];
        Arrays.fill(place, NDArrayIndex.all());
        place[0] = NDArrayIndex.interval(row, row + 1);
        return place;
    }

    private static INDArray rows(INDArray array, int... rows) {
        return Nd4j.concat(
                0, Arrays.stream(rows).mapToObj(n -> array.get(row(array, n))).toArray(INDArray[]::new));
    }

    /** For each example the smallest distance from a decision, relative to the largest number of the array it is in. */
    private static double[] nearestDecisions(ComputationGraph stock, INDArray features) {
        double[] nearest = new double[Math.toIntExact(features.size(0))];
        Arrays.fill(nearest, Double.POSITIVE_INFINITY);
        stock.feedForward(new INDArray[] {features}, true, false); // layers keep what they have read
        for (Layer layer : stock.getLayers()) {
            if (layer.conf().getLayer() instanceof SubsamplingLayer pooling
                    && pooling.getPoolingType() == PoolingType.MAX) {
                GraphVertex before = before(stock, layer);
                boolean rectified = before.hasLayer() && rectifies(before.getLayer());
                INDArray read = rectified ? beforeReLU(before.getLayer()) : layer.input();
                windows(read, pooling, rectified, nearest);
            } else if (rectifies(layer) && !isPooled(stock, layer)) {
                INDArray read = beforeReLU(layer);
                double size = size(read);
                double[] numbers = read.dup('c').data().asDouble();
                int each = numbers.length / nearest.length;
                for (int i = 0; i < numbers.length; i++) {
                    if (numbers[i] != 0) { // 0 is a sum of nothing, in padding
                        nearest[i / each] = Math.min(nearest[i / each], Math.abs(numbers[i]) / size);
                    }
                }
            }
        }
        return nearest;
    }

    private static GraphVertex before(ComputationGraph graph, Layer layer) {
        VertexIndices source =
                graph.getVertex(layer.conf().getLayer().getLayerName()).getInputVertices()[0];
        return graph.getVertices()[source.getVertexIndex()];
    }

    /** Whether nothing but the largest numbers of windows is read of a layer's output. */
    private static boolean isPooled(ComputationGraph graph, Layer layer) {
        VertexIndices[] readers =
                graph.getVertex(layer.conf().getLayer().getLayerName()).getOutputVertices();
        return readers != null // there are none of an output
                && Arrays.stream(readers)
                        .map(reader -> graph.getVertices()[reader.getVertexIndex()])
                        .allMatch(reader -> reader.hasLayer()
                                && reader.getLayer().conf().getLayer() instanceof SubsamplingLayer pooling
                                && pooling.getPoolingType() == PoolingType.MAX);
    }

    private static boolean rectifies(Layer layer) {
        return layer.conf().getLayer() instanceof BaseLayer base && base.getActivationFn() instanceof ActivationReLU
                || layer.conf().getLayer() instanceof ActivationLayer only
                        && only.getActivationFn() instanceof ActivationReLU;
    }

    private static INDArray beforeReLU(Layer layer) {
        if (!(layer.conf().getLayer() instanceof BaseLayer configuration)) {
            return layer.input();
        }
        IActivation activation = configuration.getActivationFn();
        configuration.setActivationFn(new ActivationIdentity());
        try {
            return layer.activate(true, LayerWorkspaceMgr.noWorkspaces());
        } finally {
            configuration.setActivationFn(activation);
        }
    }

    private static void windows(INDArray images, SubsamplingLayer pooling, boolean rectified, double[] nearest) {
        double size = size(images);
        double[] numbers = images.dup('c').data().asDouble();
        int height = Math.toIntExact(images.size(2));
        int width = Math.toIntExact(images.size(3));
        int top = padding(pooling, 0, height);
        int left = padding(pooling, 1, width);
        for (int plane = 0; plane < numbers.length / (height * width); plane++) {
            int example = plane / Math.toIntExact(images.size(1));
            for (int y = -top; y < height; y += pooling.getStride()[0]) {
                for (int x = -left; x < width; x += pooling.getStride()[1]) {
                    double largest = Double.NEGATIVE_INFINITY;
                    double next = rectified ? 0 : Double.NEGATIVE_INFINITY;
                    for (int i = Math.max(0, y); i < Math.min(height, y + pooling.getKernelSize()[0]); i++) {
                        for (int j = Math.max(0, x); j < Math.min(width, x + pooling.getKernelSize()[1]); j++) {
                            double number = numbers[(plane * height + i) * width + j];
                            if (number > largest) {
                                next = Math.max(next, largest);
                                largest = number;
                            } else if (number < largest) { // what is equal in double precision has read equal numbers
                                next = Math.max(next, number);
                            }
                        }
                    }
                    if (!rectified || largest != 0) { // 0 is a sum of nothing, in padding
                        nearest[example] = Math.min(nearest[example], Math.abs(largest - next) / size);
                    }
                }
            }
        }
    }

    private static int padding(SubsamplingLayer pooling, int side, int length) {
        if (pooling.getConvolutionMode() != ConvolutionMode.Same) {
            return pooling.getPadding()[side];
        }
        int stride = pooling.getStride()[side];
        int windows = (length + stride - 1) / stride;
        return Math.max(0, (windows - 1) * stride + pooling.getKernelSize()[side] - length) / 2;
    }
}
