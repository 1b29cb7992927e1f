package org.mtl4j.sharing;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What {@link SharingUnit#backward} gives.
 *
 * @param inputs for each input the gradient of the loss by it, of its shape
 * @param parameters for each parameter the gradient of the loss by it, of its shape; for a statistic its new value
 */
public record UnitGradients(List<INDArray> inputs, UnitArrays parameters) {
    /** Copies the list. */
    public UnitGradients {
        inputs = ImmutableList.copyOf(inputs);
        Objects.requireNonNull(parameters, "parameters");
    }
}
