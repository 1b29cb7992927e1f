package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;

/**
 * Global pooling that tells the truth about its output: of sequences it makes vectors. The stock layer of 1.0.0-M2.1 does
 * so too but announces sequences, after which a graph gives the next layer a wrong pre-processor.
 */
public class TypedGlobalPoolingLayer extends GlobalPoolingLayer {
    private static final long serialVersionUID = 1L;

    /** For deserialisation. */
    public TypedGlobalPoolingLayer() {}

    /** Pooling over all positions or steps. */
    public TypedGlobalPoolingLayer(PoolingType type) {
        super(type);
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        return input instanceof InputType.InputTypeRecurrent sequence
                ? InputType.feedForward(sequence.getSize())
                : super.getOutputType(index, input);
    }
}
