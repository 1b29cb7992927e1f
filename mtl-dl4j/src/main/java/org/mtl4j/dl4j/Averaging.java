package org.mtl4j.dl4j;

/**
 * What workers that train one model have in common after a round.
 *
 * @param everySteps 0 if workers compute gradients only; otherwise how many steps each makes by itself in a round
 */
public record Averaging(int everySteps) {

    /** @throws IllegalArgumentException if {@code everySteps} is below 0 */
    public Averaging {
        if (everySteps < 0) {
            throw new IllegalArgumentException("Averaging: everySteps must be at least 0, got " + everySteps);
        }
    }

    /**
     * {@return the gradients} In each step every worker computes the gradient of its part of the batch; their sum goes through
     * the one updater. With any updater this is what one process does with the whole batch, to rounding (but batch
     * normalisation sees the parts, and dropout draws other numbers).
     */
    public static Averaging gradients() {
        return new Averaging(0);
    }

    /**
     * {@return parameters and updater state} Each worker makes some steps by itself, with batches of its own; then the means
     * over the workers, weighted by the number of examples, replace what each has. Sends less, and is another method: only
     * with one step a round, equal parts and an updater that is linear in the gradients ({@code Sgd}, {@code Nesterovs}) it is
     * what one process does.
     *
     * @param everySteps at least 1
     * @throws IllegalArgumentException if {@code everySteps} is below 1
     */
    public static Averaging parameters(int everySteps) {
        if (everySteps < 1) {
            throw new IllegalArgumentException(
                    "Averaging: parameters are averaged every 1 or more steps, got " + everySteps);
        }
        return new Averaging(everySteps);
    }

    boolean ofGradients() {
        return everySteps == 0;
    }

    @Override
    public String toString() {
        return ofGradients() ? "gradients averaged" : "parameters averaged every %d steps".formatted(everySteps);
    }
}
