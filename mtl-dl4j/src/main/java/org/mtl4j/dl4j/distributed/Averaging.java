package org.mtl4j.dl4j.distributed;

import java.util.Locale;

/** Says what workers that train one model have in common after a round. */
public sealed interface Averaging {

    /**
     * {@return the gradients} In each step every worker computes the gradient of its part of the batch; their sum goes
     * through the one updater. With any updater this is what one process does with the whole batch, to rounding (but
     * batch normalisation sees the parts, and dropout draws other numbers).
     */
    static Averaging gradients() {
        return new Gradients();
    }

    /**
     * {@return parameters and updater state} Each worker makes some steps by itself, with batches of its own; then the
     * means over the workers, weighted by the number of examples, replace what each has. Sends less, and is another
     * method: only with one step a round, equal parts and an updater that is linear in the gradients ({@code Sgd},
     * {@code Nesterovs}) it is what one process does.
     *
     * @param everySteps at least 1
     * @throws IllegalArgumentException if {@code everySteps} is below 1
     */
    static Averaging parameters(int everySteps) {
        return new Parameters(everySteps);
    }

    /** Averages gradients in every step; see {@link Averaging#gradients}. */
    record Gradients() implements Averaging {
        @Override
        public String toString() {
            return "gradients averaged";
        }
    }

    /**
     * Averages parameters and updater state; see {@link Averaging#parameters}.
     *
     * @param everySteps how many steps each worker makes by itself in a round
     */
    record Parameters(int everySteps) implements Averaging {
        /** @throws IllegalArgumentException if {@code everySteps} is below 1 */
        public Parameters {
            if (everySteps < 1) {
                throw new IllegalArgumentException(
                        "Averaging: parameters are averaged every 1 or more steps, got " + everySteps);
            }
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "parameters averaged every %d steps", everySteps);
        }
    }
}
