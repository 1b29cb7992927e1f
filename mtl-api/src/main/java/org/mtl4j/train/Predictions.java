package org.mtl4j.train;

import com.google.common.collect.ImmutableMap;
import java.io.Serializable;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a model predicts for a batch, by task.
 *
 * @param outputs per task {@code [batch, outputs]}: values for regression, class probabilities for multi-class (rows
 *     sum to one), label probabilities for multi-label tasks
 */
public record Predictions(Map<String, INDArray> outputs) implements Serializable {
    /** Copies the map, not the arrays. */
    public Predictions {
        outputs = ImmutableMap.copyOf(outputs);
    }

    /**
     * {@return the output of this task, {@code [batch, outputs]}}
     *
     * @throws IllegalArgumentException if there is no such task
     */
    public INDArray of(String task) {
        INDArray output = outputs.get(task);
        if (output == null) {
            throw new IllegalArgumentException("no task '%s'; there are %s".formatted(task, outputs.keySet()));
        }
        return output;
    }

    /** {@return the most probable class of each example, for a multi-class task} */
    public int[] classesOf(String task) {
        return of(task).argMax(1).toIntVector();
    }
}
