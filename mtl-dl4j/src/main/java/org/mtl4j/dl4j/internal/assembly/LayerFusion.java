package org.mtl4j.dl4j.internal.assembly;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.layer.FastBatchNormalizationLayer;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.layer.FastPoolingLayer;
import org.nd4j.linalg.activations.impl.ActivationIdentity;

/** Has layers do in passing what the next one would do: the same result, with fewer passes over memory. */
enum LayerFusion {
    /** As much as there is. */
    ALL,

    /** What was there when files of format 1 were written: of convolutions only the first of a network pool. */
    OF_FORMAT_ONE;

    /**
     * Fuses layers, each of which only the next one reads; null and identities take the place of what another one does.
     *
     * @param run layers that were made of descriptions of the library's own, and null for those of somebody else, which
     *     stay as they are, whatever they look like
     */
    void fuse(List<@Nullable Layer> run) {
        poolInPassing(run);
        rectifyInPassing(run);
    }

    /** Has convolutions with ReLU do the pooling behind them; null takes the place of that. */
    private void poolInPassing(List<@Nullable Layer> run) {
        for (int i = 0; i + 1 < run.size(); i++) {
            if (run.get(i) instanceof FastConvolutionLayer convolution
                    && rectifies(convolution)
                    && (this == ALL || i == 0 && !convolution.isInputGradient())
                    && run.get(i + 1) instanceof FastPoolingLayer pooling
                    && pooling.getPoolingType() == PoolingType.MAX
                    && pooling.getConvolutionMode() == ConvolutionMode.Truncate
                    && Arrays.equals(pooling.getKernelSize(), pooling.getStride())) {
                run.set(i, convolution.withPooling(pooling.getKernelSize()[0], pooling.getKernelSize()[1]));
                run.set(i + 1, null);
            }
        }
    }

    /** Moves ReLU behind other maximum pooling, where there is less to do, or into batch normalisation. */
    private static void rectifyInPassing(List<@Nullable Layer> run) {
        for (int i = 0; i < run.size(); i++) {
            Layer layer = run.get(i);
            if (!rectifies(layer)) {
                continue;
            }
            if (i + 1 < run.size()
                    && run.get(i + 1) instanceof FastPoolingLayer pooling
                    && pooling.getPoolingType() == PoolingType.MAX) {
                run.set(i + 1, pooling.withRelu());
            } else if (layer instanceof ActivationLayer
                    && i > 0
                    && run.get(i - 1) instanceof FastBatchNormalizationLayer normalization) {
                run.set(i - 1, normalization.withRelu());
            } else {
                continue;
            }
            setIdentity(layer);
        }
    }

    private static boolean rectifies(@Nullable Layer layer) {
        return layer instanceof FastConvolutionLayer convolution
                ? PlainActivation.isRelu(convolution.getActivationFn())
                : layer instanceof ActivationLayer activation && PlainActivation.isRelu(activation.getActivationFn());
    }

    private static void setIdentity(@Nullable Layer layer) {
        if (layer instanceof FastConvolutionLayer convolution) {
            convolution.setActivationFn(new ActivationIdentity());
        } else if (layer instanceof ActivationLayer activation) {
            activation.setActivationFn(new ActivationIdentity());
        }
    }
}
