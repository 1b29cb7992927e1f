package org.mtl4j.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.random.Seeds;

/**
 * Checks a {@link GradientBalance} on random gradients: of one to six tasks, of lengths that differ by up to a million
 * times, dependent, equal and opposite ones among them.
 *
 * <pre>{@code
 * BalanceCheck.of(GradientBalance.mgda())
 *         .promising(BalanceCheck.Promise.NO_CONFLICT, BalanceCheck.Promise.PERMUTATION)
 *         .assertHolds();
 * }</pre>
 *
 * <p>What every balance has to keep is always checked: a finite weight for each task, the same ones for the same step,
 * a state that keeps its form, arguments that are left alone. The rest are promises that some balances make.
 */
public final class BalanceCheck {
    private static final int MOST_FAILURES = 10;

    /** What some balances promise, and others do not. */
    public enum Promise {
        /** The direction has no negative product with any task's gradient: Gw ≥ 0. */
        NO_CONFLICT,
        /** The order of the tasks does not matter. Balances that draw an order cannot promise it. */
        PERMUTATION,
        /** The direction stays, up to its length, where all gradients are multiplied by one number. */
        SCALE,
        /** The direction stays, up to its length, where one task's loss, and with it its gradient, is multiplied. */
        LOSS_SCALE,
        /** Where a convex combination of the gradients is 0, so is d: no direction lowers all losses there. */
        STATIONARITY
    }

    private final GradientBalance balance;
    private final Set<Promise> promises;
    private final double tolerance;
    private final long seed;
    private final int trials;
    private final boolean independent;

    private BalanceCheck(
            GradientBalance balance,
            Set<Promise> promises,
            double tolerance,
            long seed,
            int trials,
            boolean independent) {
        this.balance = balance;
        this.promises = promises;
        this.tolerance = tolerance;
        this.seed = seed;
        this.trials = trials;
        this.independent = independent;
    }

    /** {@return a check of this balance, of what each has to keep, on 200 sets of gradients, with seed 1} */
    public static BalanceCheck of(GradientBalance balance) {
        return new BalanceCheck(balance, EnumSet.noneOf(Promise.class), 1e-6, 1, 200, false);
    }

    /** {@return the same check, also of these promises} */
    public BalanceCheck promising(Promise... promises) {
        Set<Promise> all = EnumSet.noneOf(Promise.class);
        all.addAll(this.promises);
        all.addAll(Arrays.asList(promises));
        return new BalanceCheck(balance, all, tolerance, seed, trials, independent);
    }

    /**
     * {@return the same check with this tolerance, in place of 1e-6}
     *
     * @param tolerance of products, relative to the length of the longest gradient times that of d; above 0
     */
    public BalanceCheck withTolerance(double tolerance) {
        return new BalanceCheck(balance, promises, tolerance, seed, trials, independent);
    }

    /** {@return the same check on other random gradients} */
    public BalanceCheck withSeed(long seed) {
        return new BalanceCheck(balance, promises, tolerance, seed, trials, independent);
    }

    /** {@return the same check on so many sets of gradients} */
    public BalanceCheck withTrials(int trials) {
        return new BalanceCheck(balance, promises, tolerance, seed, trials, independent);
    }

    /** {@return the same check on gradients that are linearly independent, for promises that hold of these alone} */
    public BalanceCheck onIndependentGradients() {
        return new BalanceCheck(balance, promises, tolerance, seed, trials, true);
    }

    /** {@return what does not hold, a line each with the Gramian, at most ten; empty if all does} */
    public List<String> failures() {
        List<String> failures = new ArrayList<>();
        for (int trial = 0; trial < trials && failures.size() < MOST_FAILURES; trial++) {
            check(new Trial(Seeds.mixed(seed, trial)), failures);
        }
        return failures;
    }

    /**
     * Asserts that there are no {@link #failures()}.
     *
     * @throws AssertionError if something does not hold; the message lists it
     */
    public void assertHolds() {
        List<String> failures = failures();
        if (!failures.isEmpty()) {
            throw new AssertionError("%s: %d failures%n%s"
                    .formatted(balance, failures.size(), String.join(System.lineSeparator(), failures)));
        }
    }

    private void check(Trial trial, List<String> failures) {
        double[][] rows = trial.rows();
        BalancedStep answer = trial.answer(rows, failures);
        if (answer == null) {
            return;
        }
        double[] weights = answer.weights();
        Gramian gramian = Gramian.ofRows(rows);
        if (promises.contains(Promise.NO_CONFLICT)) {
            double[] products = gramian.times(weights);
            double scale = trial.longest(rows) * Math.max(gramian.norm(weights), trial.size(rows, weights));
            for (int i = 0; i < products.length; i++) {
                if (products[i] < -tolerance * scale) {
                    trial.report(
                            failures,
                            rows,
                            "task %s conflicts with the direction: product %s".formatted(i, products[i]));
                }
            }
        }
        if (promises.contains(Promise.PERMUTATION)) {
            checkPermutation(trial, rows, weights, failures);
        }
        if (promises.contains(Promise.SCALE)) {
            double[] all = new double[rows.length];
            Arrays.fill(all, trial.factor());
            checkScale(trial, rows, weights, all, "all gradients", failures);
        }
        if (promises.contains(Promise.LOSS_SCALE)) {
            double[] one = new double[rows.length];
            Arrays.fill(one, 1);
            one[trial.random.nextInt(rows.length)] = trial.factor();
            checkScale(trial, rows, weights, one, "one gradient", failures);
        }
        if (promises.contains(Promise.STATIONARITY)) {
            checkStationarity(trial, failures);
        }
    }

    private void checkPermutation(Trial trial, double[][] rows, double[] weights, List<String> failures) {
        double[][] turned = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            turned[i] = rows[(i + 1) % rows.length];
        }
        BalancedStep answer = trial.answer(turned, failures);
        if (answer != null) {
            double[] expected = trial.direction(rows, weights);
            double[] found = trial.direction(turned, answer.weights());
            double allowed = tolerance * trial.size(rows, weights) + 1e-12 * trial.longest(rows);
            if (distance(expected, found) > allowed) {
                trial.report(
                        failures,
                        rows,
                        "the order of the tasks matters: d is %s, and in another order %s"
                                .formatted(Arrays.toString(expected), Arrays.toString(found)));
            }
        }
    }

    private void checkScale(
            Trial trial, double[][] rows, double[] weights, double[] factors, String what, List<String> failures) {
        double[][] scaled = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            double factor = factors[i];
            scaled[i] = Arrays.stream(rows[i]).map(v -> v * factor).toArray();
        }
        BalancedStep answer = trial.answer(scaled, factors, failures);
        if (answer != null) {
            double[] expected = trial.direction(rows, weights);
            double[] found = trial.direction(scaled, answer.weights());
            double length = length(expected);
            double other = length(found);
            // a direction that is short for its weights is not known well
            if (length > 1e-3 * trial.size(rows, weights) && other > 0) {
                for (int k = 0; k < expected.length; k++) {
                    expected[k] *= other / length;
                }
                if (distance(expected, found) > 1e3 * tolerance * other) {
                    trial.report(
                            failures,
                            rows,
                            "d turns when %s are multiplied by %s: from %s to %s"
                                    .formatted(
                                            what,
                                            Arrays.toString(factors),
                                            Arrays.toString(expected),
                                            Arrays.toString(found)));
                }
            }
        }
    }

    private void checkStationarity(Trial trial, List<String> failures) {
        double[][] rows = trial.stationaryRows();
        BalancedStep answer = trial.answer(rows, failures);
        if (answer != null) {
            double length = length(trial.direction(rows, answer.weights()));
            double allowed = Math.sqrt(tolerance) * trial.size(rows, answer.weights());
            if (!(length <= allowed)) {
                trial.report(failures, rows, "a convex combination is 0, and d is %s long".formatted(length));
            }
        }
    }

    private static double distance(double[] one, double[] other) {
        double sum = 0;
        for (int k = 0; k < one.length; k++) {
            sum += (one[k] - other[k]) * (one[k] - other[k]);
        }
        return Math.sqrt(sum);
    }

    private static double length(double[] vector) {
        return distance(vector, new double[vector.length]);
    }

    /** One set of gradients, drawn from a seed. */
    private final class Trial {
        private final long seed;
        private final Random random;

        Trial(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        double factor() {
            return Math.pow(10, random.nextInt(7) - 3);
        }

        double[][] rows() {
            int tasks = 1 + random.nextInt(6);
            int length = independent ? tasks + 2 : 1 + random.nextInt(8);
            double[][] rows = new double[tasks][length];
            for (int i = 0; i < tasks; i++) {
                double scale = random.nextInt(3) == 0 ? factor() : 1;
                for (int k = 0; k < length; k++) {
                    rows[i][k] = scale * random.nextGaussian();
                }
                if (i > 0 && !independent && random.nextInt(8) == 0) { // equal to the one before, or opposite
                    double sign = random.nextBoolean() ? 1 : -1;
                    rows[i] = Arrays.stream(rows[i - 1]).map(v -> sign * v).toArray();
                }
            }
            return rows;
        }

        /** {@return gradients of which one is the negative of a combination of the others with positive weights} */
        double[][] stationaryRows() {
            int tasks = 2 + random.nextInt(4);
            double[][] rows = new double[tasks][tasks + 2];
            for (int i = 0; i < tasks - 1; i++) {
                double share = 0.5 + random.nextDouble();
                for (int k = 0; k < tasks + 2; k++) {
                    rows[i][k] = random.nextGaussian();
                    rows[tasks - 1][k] -= share * rows[i][k];
                }
            }
            return rows;
        }

        @Nullable
        BalancedStep answer(double[][] rows, List<String> failures) {
            double[] ones = new double[rows.length];
            Arrays.fill(ones, 1);
            return answer(rows, ones, failures);
        }

        /** {@return the answer to a step whose losses are 1 times these factors; null if it breaks a rule} */
        @Nullable
        BalancedStep answer(double[][] rows, double[] losses, List<String> failures) {
            BalanceState initial = balance.initialState(rows.length);
            BalancedStep answer = balance.balance(step(rows, losses, initial));
            BalancedStep again = balance.balance(step(rows, losses, initial));
            double[] weights = answer.weights();
            String problem = null;
            if (weights.length != rows.length) {
                problem = "%s weights for %s tasks".formatted(weights.length, rows.length);
            } else if (Arrays.stream(weights).anyMatch(w -> !Double.isFinite(w))) {
                problem = "weights must be finite, got " + Arrays.toString(weights);
            } else if (!answer.state().hasFormOf(initial)) {
                problem = "the state changes its form from %s to %s".formatted(initial, answer.state());
            } else if (!initial.equals(balance.initialState(rows.length))) {
                problem = "the state that was given has changed";
            } else if (!Arrays.equals(weights, again.weights())
                    || !answer.state().equals(again.state())) {
                problem = "the same step gives %s and then %s"
                        .formatted(Arrays.toString(weights), Arrays.toString(again.weights()));
            }
            if (problem != null) {
                report(failures, rows, problem);
                return null;
            }
            return answer;
        }

        private GradientStep step(double[][] rows, double[] losses, BalanceState state) {
            return new GradientStep(Gramian.ofRows(rows), losses, state, new Random(seed));
        }

        double[] direction(double[][] rows, double[] weights) {
            double[] direction = new double[rows[0].length];
            for (int i = 0; i < rows.length; i++) {
                for (int k = 0; k < direction.length; k++) {
                    direction[k] += weights[i] * rows[i][k];
                }
            }
            return direction;
        }

        double longest(double[][] rows) {
            return Arrays.stream(rows).mapToDouble(BalanceCheck::length).max().orElse(0);
        }

        /** {@return the sum of the lengths of the weighted gradients: what d is small against where they cancel} */
        double size(double[][] rows, double[] weights) {
            double sum = 0;
            for (int i = 0; i < rows.length; i++) {
                sum += Math.abs(weights[i]) * length(rows[i]);
            }
            return sum;
        }

        void report(List<String> failures, double[][] rows, String problem) {
            if (failures.size() < MOST_FAILURES) {
                failures.add(String.format(Locale.ROOT, "%s (gradients %s)", problem, Arrays.deepToString(rows)));
            }
        }
    }
}
