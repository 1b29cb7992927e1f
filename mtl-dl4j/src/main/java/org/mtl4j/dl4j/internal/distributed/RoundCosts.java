package org.mtl4j.dl4j.internal.distributed;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;

/**
 * Measures what a round costs and a step takes in the first steps of a run, and chooses by it what workers have in
 * common after a round. A round is measured by one in which as much is sent as for a gradient, and nothing is computed;
 * what a step takes beyond its rounds is arithmetic.
 */
final class RoundCosts {
    /** The more steps a worker makes by itself, the further it comes from the others. */
    static final int MOST_STEPS = 16;

    /** Less than these, and the model of an epoch would be that of few averages. */
    private static final int AVERAGES_OF_EPOCH = 4;

    /** The first half of them is slower than all that follow, until code is compiled and connections are open. */
    private static final int STEPS = 32;

    private static final double NANOS = 1e6;

    private final int stepsOfEpoch;
    private final int steps;
    private final List<Double> ofSteps = new ArrayList<>();
    private final List<Double> ofRounds = new ArrayList<>();
    private int seen;

    /** @param stepsOfEpoch how many the epoch has, at least 1 */
    RoundCosts(int stepsOfEpoch) {
        this.stepsOfEpoch = stepsOfEpoch;
        this.steps = Math.min(STEPS, stepsOfEpoch);
    }

    /** Puts a question that is answered with as much as a gradient. */
    @FunctionalInterface
    interface Round {
        /** {@return what it took, in nanoseconds} */
        long nanos();
    }

    /**
     * Takes in a step.
     *
     * @param nanos what it took
     * @param rounds how many there were in it
     * @param empty a round that is measured, if the step is
     */
    void add(long nanos, int rounds, Round empty) {
        seen++;
        if (seen > steps / 2) {
            ofSteps.add(nanos / NANOS);
            ofRounds.add(rounds * empty.nanos() / NANOS);
        }
    }

    /** Tells whether there is enough to choose by. */
    boolean areKnown() {
        return seen >= steps;
    }

    /** {@return what is chosen} */
    Averaging chosen() {
        double round = median(ofRounds);
        double arithmetic = median(ofSteps) - round;
        int most = Math.min(MOST_STEPS, stepsOfEpoch / AVERAGES_OF_EPOCH);
        if (arithmetic >= round || most < 2) {
            return Averaging.gradients();
        }
        double least = arithmetic > 0 ? Math.ceil(round / arithmetic) : most;
        return Averaging.parameters((int) Math.max(2, Math.min(most, least)));
    }

    /** {@return why, with the times} */
    String reason() {
        double step = median(ofSteps);
        double round = median(ofRounds);
        return String.format(
                Locale.ROOT,
                "a step with gradients averaged takes %.1f ms, of which %.1f ms for what goes to workers and comes"
                        + " back, and %.0f %% for arithmetic (medians of %d steps; epochs have %d)",
                step,
                round,
                100 * Math.max(0, step - round) / step,
                ofSteps.size(),
                stepsOfEpoch);
    }

    private static double median(List<Double> numbers) {
        double[] sorted =
                numbers.stream().mapToDouble(number -> number).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /**
     * {@return what the run chose that is the latest in a history; empty if it has not chosen}
     *
     * @throws IllegalStateException if it is none of what can be chosen
     */
    static Optional<Averaging> chosenIn(List<TrainingEvent> events) {
        for (int i = events.size() - 1; i >= 0 && events.get(i).kind() != Kind.RUN_STARTED; i--) {
            if (events.get(i).kind() == Kind.AVERAGING_CHOSEN) {
                return Optional.of(ofText(events.get(i).subject()));
            }
        }
        return Optional.empty();
    }

    private static Averaging ofText(String text) {
        List<Averaging> all = new ArrayList<>(List.of(Averaging.gradients()));
        for (int steps = 2; steps <= MOST_STEPS; steps++) {
            all.add(Averaging.parameters(steps));
        }
        return all.stream()
                .filter(averaging -> averaging.toString().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "the run that this goes on with has chosen '%s', which is none of %s".formatted(text, all)));
    }
}
