package org.mtl4j.dl4j.internal.fit;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.mtl4j.balance.BalanceState;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.random.Seeds;

/** Keeps what a balance remembers in the model, and what it has answered since an epoch began. */
final class BalanceMemory {
    /** Tells the numbers of a balance from those that layers and data draw. */
    private static final long STREAM = 0xba1a9ceL;

    private final ModelState model;
    private final double[] sums;
    private long steps;

    /** @param initial what is remembered before the first step */
    BalanceMemory(ModelState model, BalanceState initial) {
        this.model = model;
        this.sums = new double[model.network().tasks().size()];
        BalanceState found = model.balance().orElse(initial);
        if (!found.hasFormOf(initial)) {
            throw new IllegalArgumentException(
                    "the balance of the run that this would go on with remembers %s; that of the options begins with %s"
                            .formatted(found, initial));
        }
        model.setBalance(Optional.of(found));
    }

    /** {@return what is remembered of these tasks} */
    BalanceState of(int[] tasks) {
        return model.balance().orElseThrow().of(tasks);
    }

    /** Remembers what a step of these tasks leaves. */
    void keep(BalanceState part, int[] tasks) {
        model.setBalance(Optional.of(model.balance().orElseThrow().after(part, tasks)));
    }

    /** {@return the number of the next step, over all runs of the model} */
    long step() {
        return model.earlierIterations() + model.iterations();
    }

    /** {@return the random numbers of a step} {@link Random} has the same ones on every version of Java. */
    Random random(long step) {
        return new Random(Seeds.mixed(model.plan().seed(), STREAM, step));
    }

    /** Begins to take means of answers. */
    void startEpoch() {
        Arrays.fill(sums, 0);
        steps = 0;
    }

    /**
     * Notes what was answered in a step.
     *
     * @param tasks that took part
     * @param factors for each of these
     */
    void note(int[] tasks, double[] factors) {
        for (int i = 0; i < tasks.length; i++) {
            sums[tasks[i]] += factors[i];
        }
        steps++;
    }

    /** {@return for each task the mean factor over the steps of the epoch} */
    double[] means() {
        return Arrays.stream(sums).map(sum -> steps == 0 ? 0 : sum / steps).toArray();
    }
}
