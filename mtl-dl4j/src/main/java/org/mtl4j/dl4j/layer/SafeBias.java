package org.mtl4j.dl4j.layer;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adds the bias of a fully connected layer by {@link SafeBroadcast}, where its stock code would do so by operations
 * that can crash. While {@link #isSuppressed()} is true the layer must tell the stock code that it has no bias, and
 * apply no mask.
 */
final class SafeBias {
    private boolean suppressed;

    boolean isSuppressed() {
        return suppressed;
    }

    /**
     * Computes a layer's outputs before the activation.
     *
     * @param hasBias whether the layer has a bias; the stock code of one without is safe
     * @param stock computes the outputs, and those before normalisation; without bias and mask while they are
     *     suppressed
     * @param bias returns {@code [1, outputs]}
     * @param applyMask masks the outputs; null if there is no mask
     */
    Pair<INDArray, INDArray> preOutput(
            boolean hasBias,
            Supplier<Pair<INDArray, INDArray>> stock,
            Supplier<INDArray> bias,
            @Nullable Consumer<INDArray> applyMask) {
        if (!hasBias) {
            return stock.get();
        }
        Pair<INDArray, INDArray> outputs;
        suppressed = true;
        try {
            outputs = stock.get();
        } finally {
            suppressed = false;
        }
        SafeBroadcast.addRow(outputs.getFirst(), bias.get());
        if (applyMask != null) {
            applyMask.accept(outputs.getFirst());
        }
        return outputs;
    }
}
