package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.preprocessor.FeedForwardToCnnPreProcessor;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Turns flat images, the network's data, into feature maps for a layer that returns no gradient with respect to its
 * input.
 */
final class FlatDataPreProcessor extends FeedForwardToCnnPreProcessor {
    private static final long serialVersionUID = 1L;

    @JsonCreator
    FlatDataPreProcessor(
            @JsonProperty("inputHeight") long height,
            @JsonProperty("inputWidth") long width,
            @JsonProperty("numChannels") long channels) {
        super(height, width, channels);
    }

    @Override
    public @Nullable INDArray backprop(INDArray gradient, int batch, LayerWorkspaceMgr workspaces) {
        return gradient == null ? null : super.backprop(gradient, batch, workspaces);
    }
}
