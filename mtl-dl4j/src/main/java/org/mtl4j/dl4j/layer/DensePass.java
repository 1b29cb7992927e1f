package org.mtl4j.dl4j.layer;

import java.util.Map;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostArray;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.Scratch;
import org.mtl4j.dl4j.internal.cpu.experts.DenseProducts;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs the products of one fully connected layer in single precision, forwards and backwards, and keeps the outputs of
 * the latest pass: the stock code computes them again in each backward pass, and an output layer's a third time for its
 * score.
 */
final class DensePass {
    /** Outputs of the latest pass, in memory that is kept. */
    private float[] values = new float[0];
    /** Their bit patterns, where they went through ReLU. */
    private int[] bits = new int[0];
    /** Weights in the order in which they are read, in passes that are not kept. */
    private final Scratch turnedWeights = new Scratch();
    /** The input of that pass; null if there was none in this step. */
    private @Nullable INDArray valuesOf;

    /**
     * Tells whether the products of these arrays can be computed here; what else the layer does is for the caller to
     * know.
     */
    static boolean supports(INDArray x, Map<String, INDArray> parameters) {
        INDArray weights = parameters.get(DefaultParamInitializer.WEIGHT_KEY);
        return x.rank() == 2 && x.size(1) == weights.size(0) && DenseProducts.supports(weights, x);
    }

    /** Forgets the latest pass. */
    void clear() {
        valuesOf = null;
    }

    /** Tells whether the latest pass was of this input. */
    boolean isOf(INDArray x) {
        return valuesOf == x;
    }

    /**
     * Computes the outputs, into a new array of activations.
     *
     * @param parameters weights, and biases if there are any
     * @param relu whether they go through ReLU
     * @param keep whether a backward pass follows
     */
    INDArray forward(
            INDArray x, Map<String, INDArray> parameters, boolean relu, boolean keep, LayerWorkspaceMgr workspaces) {
        INDArray weights = parameters.get(DefaultParamInitializer.WEIGHT_KEY);
        INDArray out = create(ArrayType.ACTIVATIONS, workspaces, x.size(0), weights.size(1));
        INDArray bias = parameters.get(DefaultParamInitializer.BIAS_KEY);
        valuesOf = null;
        if (!keep) {
            DenseProducts.forward(x, weights, bias, relu, out, turnedWeights);
            return out;
        }
        int count = Math.toIntExact(out.length());
        values = values.length >= count ? values : new float[count];
        DenseProducts.forward(x, weights, bias, relu, out, values);
        valuesOf = x;
        if (relu) {
            bits = bits.length >= count ? bits : new int[count];
            DenseProducts.readBits(out, bits);
        }
        return out;
    }

    /** Makes an array of activations of what was kept. */
    INDArray again(INDArray x, Map<String, INDArray> parameters, LayerWorkspaceMgr workspaces) {
        long outputs = parameters.get(DefaultParamInitializer.WEIGHT_KEY).size(1);
        INDArray out = create(ArrayType.ACTIVATIONS, workspaces, x.size(0), outputs);
        HostMemory.floats(out).put(0, values, 0, Math.toIntExact(out.length()));
        HostMemory.reachabilityFence(out);
        return out;
    }

    private static INDArray create(ArrayType use, LayerWorkspaceMgr workspaces, long... shape) {
        return HostArray.create(workspaces, use, DataType.FLOAT, shape, 'c');
    }

    /** Computes the gradient with respect to what goes through ReLU, after a pass that was kept. */
    INDArray throughRelu(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        INDArray gradient = contiguous(epsilon, workspaces);
        INDArray delta = create(ArrayType.BP_WORKING_MEM, workspaces, epsilon.shape());
        DenseProducts.throughRelu(bits, gradient, delta);
        return delta;
    }

    /** Computes the gradients, and leaves those of the parameters in their views. */
    static Pair<Gradient, INDArray> backward(
            INDArray x,
            INDArray delta,
            Map<String, INDArray> parameters,
            Map<String, INDArray> gradients,
            LayerWorkspaceMgr workspaces) {
        INDArray ofInput = create(ArrayType.ACTIVATION_GRAD, workspaces, x.shape());
        INDArray ofWeights = gradients.get(DefaultParamInitializer.WEIGHT_KEY);
        INDArray ofBias = gradients.get(DefaultParamInitializer.BIAS_KEY);
        DenseProducts.backward(
                x,
                parameters.get(DefaultParamInitializer.WEIGHT_KEY),
                contiguous(delta, workspaces),
                ofWeights,
                ofBias,
                ofInput);
        Gradient gradient = new DefaultGradient();
        if (ofBias != null) {
            gradient.setGradientFor(DefaultParamInitializer.BIAS_KEY, ofBias);
        }
        gradient.setGradientFor(DefaultParamInitializer.WEIGHT_KEY, ofWeights);
        return new Pair<>(gradient, ofInput);
    }

    private static INDArray contiguous(INDArray array, LayerWorkspaceMgr workspaces) {
        return HostMemory.isContiguous(array) ? array : workspaces.dup(ArrayType.BP_WORKING_MEM, array, 'c');
    }
}
