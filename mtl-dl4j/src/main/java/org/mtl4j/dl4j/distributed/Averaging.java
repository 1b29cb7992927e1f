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

    /**
     * {@return one of the others, chosen by what a round costs} In the first epoch of a run gradients are averaged, and
     * up to 32 steps are measured: what a step takes, and what a round takes in which parameters go out and as much
     * comes back, and nothing is computed. Where arithmetic is at least half of a step, gradients are averaged to the
     * end of the run; else parameters, every k steps, k the least number with which it is half of a round, at most 16,
     * and so that there are four averages an epoch. Where options combine gradients or look at them, gradients are.
     *
     * <p>What is chosen is in the history ({@link org.mtl4j.train.history.TrainingEvent.Kind#AVERAGING_CHOSEN}), and a
     * run that goes on from a checkpoint keeps to it. Where the same is chosen the bits are the same; what is chosen
     * depends on time. So a run that is to be repeated to the bit names its averaging.
     */
    static Averaging byCost() {
        return new ByCost();
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

    /** Chooses one of the others; see {@link Averaging#byCost}. */
    record ByCost() implements Averaging {
        @Override
        public String toString() {
            return "averaging chosen by what a round costs";
        }
    }
}
