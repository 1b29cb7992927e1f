package org.mtl4j.balance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
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
 * <p>What every balance has to keep is always checked: a finite weight for each task, a direction as long as the
 * gradients where it answers one, the same ones for the same step, a state that keeps its form, also in the steps that
 * follow and where one task takes no part in them, arguments that are left alone. The rest are promises that some
 * balances make.
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
        checkNextSteps(trial, rows, answer, failures);
        double[] weights = answer.weights();
        double[] direction = trial.direction(rows, answer);
        if (promises.contains(Promise.NO_CONFLICT)) {
            double[] products = new double[rows.length];
            for (int i = 0; i < rows.length; i++) {
                for (int k = 0; k < direction.length; k++) {
                    products[i] += rows[i][k] * direction[k];
                }
            }
            double scale = trial.longest(rows) * Math.max(length(direction), trial.size(rows, weights));
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
            checkPermutation(trial, rows, answer, failures);
        }
        if (promises.contains(Promise.SCALE)) {
            double[] all = new double[rows.length];
            Arrays.fill(all, trial.factor());
            checkScale(trial, rows, answer, all, "all gradients", failures);
        }
        if (promises.contains(Promise.LOSS_SCALE)) {
            double[] one = new double[rows.length];
            Arrays.fill(one, 1);
            one[trial.random.nextInt(rows.length)] = trial.factor();
            checkScale(trial, rows, answer, one, "one gradient", failures);
        }
        if (promises.contains(Promise.STATIONARITY)) {
            checkStationarity(trial, failures);
        }
    }

    /** Some steps more, in the last of which the first task takes no part. */
    private void checkNextSteps(Trial trial, double[][] rows, BalancedStep first, List<String> failures) {
        BalanceState state = first.state();
        for (int i = 0; i < 2; i++) {
            BalancedStep answer = balance.balance(trial.step(rows, trial.losses(rows.length), state));
            String problem = trial.problem(rows, answer, state);
            if (problem != null) {
                trial.report(failures, rows, "in a later step " + problem);
                return;
            }
            state = answer.state();
        }
        if (rows.length > 1) {
            int[] others = IntStream.range(1, rows.length).toArray();
            double[][] theirs = Arrays.copyOfRange(rows, 1, rows.length);
            BalanceState before = state.of(others);
            BalancedStep answer = balance.balance(trial.step(theirs, trial.losses(theirs.length), before));
            String problem = trial.problem(theirs, answer, before);
            if (problem != null) {
                trial.report(failures, rows, "in a step without the first task " + problem);
            }
        }
    }

    private void checkPermutation(Trial trial, double[][] rows, BalancedStep first, List<String> failures) {
        double[][] turned = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            turned[i] = rows[(i + 1) % rows.length];
        }
        BalancedStep answer = trial.answer(turned, failures);
        if (answer != null) {
            double[] expected = trial.direction(rows, first);
            double[] found = trial.direction(turned, answer);
            double allowed = tolerance * trial.size(rows, first.weights()) + 1e-12 * trial.longest(rows);
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
            Trial trial, double[][] rows, BalancedStep first, double[] factors, String what, List<String> failures) {
        double[][] scaled = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            double factor = factors[i];
            scaled[i] = Arrays.stream(rows[i]).map(v -> v * factor).toArray();
        }
        BalancedStep answer = trial.answer(scaled, factors, failures);
        if (answer != null) {
            double[] expected = trial.direction(rows, first);
            double[] found = trial.direction(scaled, answer);
            double length = length(expected);
            double other = length(found);
            // a direction that is short for its weights is not known well
            if (length > 1e-3 * trial.size(rows, first.weights()) && other > 0) {
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
            double length = length(trial.direction(rows, answer));
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
            return answer(rows, losses(rows.length), failures);
        }

        double[] losses(int tasks) {
            double[] ones = new double[tasks];
            Arrays.fill(ones, 1);
            return ones;
        }

        /** {@return the answer to a step whose losses are 1 times these factors; null if it breaks a rule} */
        @Nullable
        BalancedStep answer(double[][] rows, double[] losses, List<String> failures) {
            BalanceState initial = balance.initialState(rows.length, rows[0].length);
            BalancedStep answer = balance.balance(step(rows, losses, initial));
            BalancedStep again = balance.balance(step(rows, losses, initial));
            String problem = problem(rows, answer, initial);
            if (problem == null && !initial.equals(balance.initialState(rows.length, rows[0].length))) {
                problem = "the state that was given has changed";
            } else if (problem == null
                    && !(Arrays.equals(answer.weights(), again.weights())
                            && Arrays.equals(answer.direction(), again.direction())
                            && answer.state().equals(again.state()))) {
                problem = "the same step gives %s and then %s"
                        .formatted(Arrays.toString(answer.weights()), Arrays.toString(again.weights()));
            }
            if (problem != null) {
                report(failures, rows, problem);
                return null;
            }
            return answer;
        }

        /** {@return which rule an answer breaks; null for none} */
        @Nullable
        String problem(double[][] rows, BalancedStep answer, BalanceState before) {
            double[] weights = answer.weights();
            double[] direction = answer.direction();
            if (weights.length != rows.length) {
                return "%s weights for %s tasks".formatted(weights.length, rows.length);
            } else if (!Arrays.stream(weights).allMatch(Double::isFinite)) {
                return "weights must be finite, got " + Arrays.toString(weights);
            } else if (direction.length != 0 && direction.length != rows[0].length) {
                return "a direction of %s numbers for gradients of %s".formatted(direction.length, rows[0].length);
            } else if (!Arrays.stream(direction).allMatch(Double::isFinite)) {
                return "the direction must be finite, got " + Arrays.toString(direction);
            } else if (!answer.state().hasFormOf(before)) {
                return "the state changes its form from %s to %s".formatted(before, answer.state());
            }
            return null;
        }

        private GradientStep step(double[][] rows, double[] losses, BalanceState state) {
            TaskVectors vectors = TaskVectors.ofRows(rows);
            SharedGradients gradients = new SharedGradients(
                    vectors, List.of(new SharedGradients.Part("all", SharedGradients.Kind.LAYER, 0, vectors.length())));
            return new GradientStep(
                    vectors.gramian(),
                    losses,
                    state,
                    new Random(seed),
                    Optional.of(gradients).filter(all -> balance.needsGradients()));
        }

        double[] direction(double[][] rows, BalancedStep answer) {
            return answer.hasDirection()
                    ? answer.direction()
                    : TaskVectors.ofRows(rows).combined(answer.weights());
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
