package org.mtl4j.dl4j.internal.fit;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.mtl4j.task.Task;

/**
 * Tells which tasks take part in a step: those that were not dropped and have labels in the batch.
 *
 * @param all tasks of the network
 * @param indices of those that take part, ascending
 */
record PresentTasks(List<Task> all, int[] indices) {

    static PresentTasks of(List<Task> all, double[] epochFactors, double[] labelled) {
        return new PresentTasks(
                all,
                IntStream.range(0, all.size())
                        .filter(t -> epochFactors[t] > 0 && labelled[t] > 0)
                        .toArray());
    }

    int count() {
        return indices.length;
    }

    List<Task> tasks() {
        return Arrays.stream(indices).mapToObj(all::get).toList();
    }

    /** {@return λ times the loss of each of them} */
    double[] weighted(double[] losses) {
        return Arrays.stream(indices)
                .mapToDouble(t -> all.get(t).weight() * losses[t])
                .toArray();
    }

    /** {@return a number for each task of the network: theirs, and another one for the rest} */
    double[] spread(double[] theirs, double rest) {
        double[] spread = new double[all.size()];
        Arrays.fill(spread, rest);
        for (int i = 0; i < indices.length; i++) {
            spread[indices[i]] = theirs[i];
        }
        return spread;
    }
}
