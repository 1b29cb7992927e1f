package org.mtl4j.dl4j.layer;

import java.util.function.Supplier;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a fully connected layer needs to have its stock code leave out the bias and the mask, which {@link SafeBroadcast} then adds
 * and applies. While {@link #now()} is true the layer is to say that it has no bias, and to apply no mask.
 */
final class BiasApart {
    private boolean now;

    boolean now() {
        return now;
    }

    /**
     * What the stock code computes, with the bias added.
     *
     * @param stock computes the outputs and those before normalisation
     */
    Pair<INDArray, INDArray> outputs(Supplier<Pair<INDArray, INDArray>> stock, Supplier<INDArray> bias) {
        Pair<INDArray, INDArray> outputs;
        now = true;
        try {
            outputs = stock.get();
        } finally {
            now = false;
        }
        SafeBroadcast.add(outputs.getFirst(), bias.get());
        return outputs;
    }
}
