package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.BaseOutputLayer;
import org.deeplearning4j.nn.conf.layers.Cnn3DLossLayer;
import org.deeplearning4j.nn.conf.layers.CnnLossLayer;
import org.deeplearning4j.nn.conf.layers.Convolution3D;
import org.deeplearning4j.nn.conf.layers.Deconvolution3D;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocalResponseNormalization;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.conf.layers.SpaceToBatchLayer;
import org.deeplearning4j.nn.conf.layers.Subsampling3DLayer;
import org.deeplearning4j.nn.conf.layers.Upsampling3D;
import org.deeplearning4j.nn.conf.layers.ZeroPadding3DLayer;
import org.deeplearning4j.nn.conf.layers.convolutional.Cropping3D;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.samediff.AbstractSameDiffLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffOutputLayer;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.conf.preprocessor.CnnToRnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToCnnPreProcessor;
import org.deeplearning4j.nn.conf.preprocessor.RnnToFeedForwardPreProcessor;
import org.jspecify.annotations.Nullable;
import org.mtl4j.layer.Shape;

/** Refuses layers of Deeplearning4j's that a tower has no place for, and says why. */
final class StrangeLayers {
    private StrangeLayers() {}

    /**
     * Refuses what cannot stand between other layers.
     *
     * @param name of the layer, for messages
     * @throws IllegalArgumentException if it is an output layer, one for volumes, or changes the number of examples
     */
    static void requireHidden(Layer layer, String name) {
        if (layer instanceof BaseOutputLayer
                || layer instanceof LossLayer
                || layer instanceof CnnLossLayer
                || layer instanceof Cnn3DLossLayer
                || layer instanceof RnnLossLayer
                || layer instanceof Yolo2OutputLayer
                || layer instanceof SameDiffOutputLayer) {
            throw new IllegalArgumentException(
                    name + " is an output layer, and computes a loss; a tower has one for each"
                            + " of its tasks: Task.withLoss sets the loss");
        }
        if (layer instanceof Convolution3D
                || layer instanceof Deconvolution3D
                || layer instanceof Subsampling3DLayer
                || layer instanceof Upsampling3D
                || layer instanceof ZeroPadding3DLayer
                || layer instanceof Cropping3D) {
            throw new IllegalArgumentException(
                    name + " reads volumes [channels, depth, height, width]; a tower has images,"
                            + " vectors and sequences, and no volumes");
        }
        if (layer instanceof SpaceToBatchLayer) {
            throw new IllegalArgumentException(name
                    + " makes several examples of one, which then have no labels; SpaceToDepthLayer makes channels");
        }
    }

    /**
     * Refuses to take the steps of a sequence for examples, or examples for steps, which Deeplearning4j does in silence
     * to connect layers.
     *
     * @param between what Deeplearning4j puts before the layer; null for nothing
     * @throws IllegalArgumentException if it does
     */
    static void requireExamples(@Nullable InputPreProcessor between) {
        if (between instanceof RnnToFeedForwardPreProcessor) {
            throw new IllegalArgumentException(
                    "it reads vectors, and would take each step for an example; pool the steps"
                            + " first (GlobalPooling), or wrap it in TimeDistributed");
        }
        if (between instanceof CnnToRnnPreProcessor || between instanceof RnnToCnnPreProcessor) {
            throw new IllegalArgumentException("images are no sequences; Deeplearning4j would take examples for steps");
        }
    }

    /**
     * Refuses a layer within others to which Deeplearning4j does not give what it gives to a layer within one.
     *
     * @param layer to which Deeplearning4j has given what it gives
     * @throws IllegalArgumentException if something is missing
     */
    static void requireSettings(Layer layer) {
        Layer inner = layer;
        if (layer instanceof Bidirectional both) {
            inner = both.getFwd();
            if (inner instanceof BaseWrapperLayer) {
                throw new IllegalArgumentException(
                        ("Deeplearning4j cannot train %s within Bidirectional; the other way round it can: %s of"
                                        + " Bidirectional")
                                .formatted(
                                        inner.getClass().getSimpleName(),
                                        inner.getClass().getSimpleName()));
            }
        } else if (layer instanceof FrozenLayer frozen) {
            inner = frozen.getLayer();
        } else if (layer instanceof FrozenLayerWithBackprop frozen) {
            inner = frozen.getUnderlying();
        }
        while (inner instanceof BaseWrapperLayer wrapper) {
            inner = wrapper.getUnderlying();
        }
        boolean lacks = inner instanceof BaseLayer base
                ? base.getWeightInitFn() == null || base.getIUpdater() == null || base.getActivationFn() == null
                : inner instanceof AbstractSameDiffLayer graph && inner != layer && graph.getUpdater() == null;
        if (lacks) {
            throw new IllegalArgumentException(
                    ("Deeplearning4j gives %s, which is wrapped, nothing of the network's; set its weightInit,"
                                    + " activation and updater")
                            .formatted(inner.getClass().getSimpleName()));
        }
    }

    /**
     * Refuses other orders of dimensions.
     *
     * @throws IllegalArgumentException if channels or features come last
     */
    static void requireChannelsFirst(InputType output) {
        if (output instanceof InputType.InputTypeConvolutional image && image.getFormat() == CNN2DFormat.NHWC) {
            throw new IllegalArgumentException("it makes images whose channels come last (NHWC); in a tower they"
                    + " come first (NCHW), which is the default");
        }
        if (output instanceof InputType.InputTypeRecurrent sequence && sequence.getFormat() == RNNFormat.NWC) {
            throw new IllegalArgumentException("it makes sequences whose features come last (NWC); in a tower they"
                    + " come before the steps (NCW), which is the default");
        }
    }

    /**
     * Refuses a window over channels that Deeplearning4j cannot compute.
     *
     * @throws IllegalArgumentException if half the window is as wide as the channels
     */
    static void requireWindow(Layer layer, Shape shape) {
        if (layer instanceof LocalResponseNormalization window && (int) window.getN() / 2 >= shape.channels()) {
            throw new IllegalArgumentException(
                    "it looks at %s channels to each side (n / 2), and there are only %s channels"
                            .formatted((int) window.getN() / 2, shape.channels()));
        }
    }
}
