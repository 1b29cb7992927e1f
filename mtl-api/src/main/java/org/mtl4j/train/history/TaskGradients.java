package org.mtl4j.train.history;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.internal.check.Check;

/**
 * What the gradients of the tasks were like in an epoch, with respect to the parameters that tasks share: how long, and
 * how far they pointed into one direction. A gradient is that of λ times a task's loss, with the factor that
 * {@link org.mtl4j.train.FitOptions#withLossWeighting} has for the epoch, before a weighting in each step or a balance
 * of gradients changes it; mean over the examples of the batch, without weight decay and terms of relatedness.
 *
 * <p>Two tasks conflict in a step where the cosine is below 0: to first order, what lowers the loss of one raises that
 * of the other.
 *
 * @param steps in how many steps of the epoch gradients were looked at
 * @param norms for each task, in their order; without those that no step had a gradient of
 * @param cosines for each pair of tasks, in their order; without those that no step had both gradients of
 */
public record TaskGradients(long steps, List<Norm> norms, List<Cosine> cosines) {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if {@code steps} is below 1
     */
    public TaskGradients {
        Check.atLeast(1, steps, "TaskGradients: steps");
        norms = ImmutableList.copyOf(norms);
        cosines = ImmutableList.copyOf(cosines);
    }

    /**
     * The lengths of a task's gradients, ‖g‖₂.
     *
     * @param task its name
     * @param steps that it had a gradient in; it has none without labels in the batch, or once it was dropped
     * @param mean over these steps
     * @param least of these steps
     * @param largest of these steps
     */
    public record Norm(String task, long steps, double mean, double least, double largest) {
        /** Checks that there is a name. */
        public Norm {
            Objects.requireNonNull(task, "task");
        }
    }

    /**
     * The cosines between the gradients of two tasks, {@code g₁·g₂ / (‖g₁‖ ‖g₂‖)}, in [-1, 1].
     *
     * @param first the name of one task
     * @param second that of the other
     * @param steps in which both had a gradient that is not 0
     * @param mean over these steps
     * @param least of these steps
     * @param largest of these steps
     * @param conflicts in what fraction of these steps it was below 0
     */
    public record Cosine(
            String first, String second, long steps, double mean, double least, double largest, double conflicts) {
        /** Checks that there are names. */
        public Cosine {
            Objects.requireNonNull(first, "first");
            Objects.requireNonNull(second, "second");
        }
    }

    /** {@return the lengths of a task's gradients; empty if it had none} */
    public Optional<Norm> norm(String task) {
        return norms.stream().filter(norm -> norm.task().equals(task)).findFirst();
    }

    /** {@return the cosines between two tasks' gradients, in either order; empty if there are none} */
    public Optional<Cosine> cosine(String one, String other) {
        return cosines.stream()
                .filter(cosine -> cosine.first().equals(one) && cosine.second().equals(other)
                        || cosine.first().equals(other) && cosine.second().equals(one))
                .findFirst();
    }
}
