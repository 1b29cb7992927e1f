package org.mtl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.mtl4j.balance.BalanceState;
import org.mtl4j.balance.BalancedStep;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.GradientStep;
import org.mtl4j.balance.Gramian;
import org.mtl4j.balance.LossStep;
import org.mtl4j.balance.SharedGradients;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.balance.TaskVectors;
import org.mtl4j.task.Task;

/**
 * Minimises the two objectives in two unknowns by which balances of gradients are compared in their papers (Liu et al.,
 * CAGrad, arXiv 2110.14048; Navon et al., Nash-MTL, arXiv 2202.01017; Liu et al., FAMO, arXiv 2306.03792): from five
 * starts, with Adam at a rate of 0.001, 50,000 steps each, with the first objective times 0.1. Says which runs end on
 * the Pareto front, and draws their ways. The front is where a convex combination of the gradients is 0, at x₂ of about
 * −8.4, x₁ between −7 and 7; there are other such points above, on no way down from which both objectives fall, but the
 * front is better than they in both.
 *
 * <p>Plain Java: nothing of it needs a backend.
 */
final class TwoObjectives {
    private static final double[][] STARTS = {{-8.5, 7.5}, {0, 0}, {9, 9}, {-7.5, -0.5}, {9, -1}};
    private static final double LEAST = 5e-6;
    private static final double RATE = 1e-3;
    private static final int STEPS = 50_000;
    private static final int SHOWN_EVERY = 250;
    /** Where the front is. */
    static final double FRONT = -8.4;
    /** How far from the front's place a point may be, and how long the shortest combination of its gradients. */
    private static final double NEAR = 0.2;

    private static final double STILL = 0.02;

    private static final List<Task> TASKS = List.of(Task.regression("f1", 1), Task.regression("f2", 1));

    private TwoObjectives() {}

    /** Both objectives and their gradients at a point. */
    record Values(double[] losses, double[][] gradients) {}

    /** What one method came to from one start. */
    record Run(List<double[]> path, double[] end, boolean onFront) {}

    /** Answers the weights of both gradients, step by step, or a direction of another kind. */
    interface Method {
        double[] weights(Values now);

        /** Answers what Adam is given. */
        default double[] direction(Values now) {
            double[] weights = weights(now);
            return new double[] {
                weights[0] * now.gradients[0][0] + weights[1] * now.gradients[1][0],
                weights[0] * now.gradients[0][1] + weights[1] * now.gradients[1][1]
            };
        }

        /** Notes the objectives after the step. */
        default void after(Values now, Values later) {}
    }

    /**
     * Runs all methods; prints a table.
     *
     * @param arguments none, or the file that the picture is written to
     */
    public static void main(String[] arguments) throws IOException {
        table(1, new LinkedHashMap<>());
        Map<String, List<Run>> weighted = new LinkedHashMap<>();
        table(0.1, weighted);
        if (arguments.length > 0) {
            TwoObjectivesPicture.write(Path.of(arguments[0]), weighted);
        }
    }

    private static void table(double firstWeight, Map<String, List<Run>> into) {
        System.out.printf(Locale.ROOT, "%nfirst objective times %s%n", firstWeight);
        System.out.printf(Locale.ROOT, "%-24s", "start");
        for (double[] start : STARTS) {
            System.out.printf(Locale.ROOT, "%18s", "(%s, %s)".formatted(start[0], start[1]));
        }
        System.out.println("   on the front");
        for (String name : METHODS.keySet()) {
            List<Run> runs = runs(name, firstWeight, STEPS);
            into.put(name, runs);
            System.out.printf(Locale.ROOT, "%-24s", name);
            for (Run run : runs) {
                System.out.printf(
                        Locale.ROOT,
                        "%18s",
                        String.format(
                                Locale.ROOT, "(%.2f, %.2f)%s", run.end[0], run.end[1], run.onFront ? " *" : "  "));
            }
            System.out.printf(
                    Locale.ROOT,
                    "   %d of %d%n",
                    runs.stream().filter(Run::onFront).count(),
                    runs.size());
        }
    }

    private interface Maker {
        Method make(double firstWeight, long seed);
    }

    private static final Map<String, Maker> METHODS = new LinkedHashMap<>();

    static {
        METHODS.put("sum (Adam alone)", (weight, seed) -> now -> new double[] {1, 1});
        METHODS.put("MGDA", (weight, seed) -> combined(GradientBalance.mgda(), seed));
        METHODS.put("PCGrad", (weight, seed) -> combined(GradientBalance.pcGrad(), seed));
        METHODS.put("GradVac", (weight, seed) -> combined(GradientBalance.gradVac(), seed));
        METHODS.put("CAGrad", (weight, seed) -> combined(GradientBalance.caGrad(), seed));
        METHODS.put("IMTL-G", (weight, seed) -> combined(GradientBalance.imtlG(), seed));
        METHODS.put("Nash-MTL", (weight, seed) -> combined(GradientBalance.nashMtl(), seed));
        METHODS.put("FairGrad, alpha 2", (weight, seed) -> combined(GradientBalance.fairGrad(2), seed));
        METHODS.put("Aligned-MTL", (weight, seed) -> combined(GradientBalance.alignedMtl(), seed));
        METHODS.put("UPGrad", (weight, seed) -> combined(GradientBalance.upGrad(), seed));
        METHODS.put("DualProj", (weight, seed) -> combined(GradientBalance.dualProj(), seed));
        METHODS.put("ConFIG", (weight, seed) -> combined(GradientBalance.conFig(), seed));
        METHODS.put(
                "FAMO",
                (weight, seed) ->
                        weighted(StepWeighting.famo(0.025, 1e-3, Map.of("f1", -20.5 * weight, "f2", -20.5)), seed));
        METHODS.put("GradNorm", (weight, seed) -> combined(GradientBalance.gradNorm(), seed, weight));
        METHODS.put("GradDrop", (weight, seed) -> combined(GradientBalance.gradDrop(), seed, weight));
        METHODS.put("DB-MTL", (weight, seed) -> combined(GradientBalance.dbMtl(), seed, weight));
        METHODS.put("ExcessMTL", (weight, seed) -> combined(GradientBalance.excessMtl(), seed, weight));
        METHODS.put("MoCo", (weight, seed) -> combined(GradientBalance.moCo(), seed, weight));
        METHODS.put("RLW", (weight, seed) -> weighted(StepWeighting.random(), seed));
    }

    static List<Run> runs(String method, double firstWeight, int steps) {
        List<Run> runs = new ArrayList<>();
        for (double[] start : STARTS) {
            runs.add(run(METHODS.get(method).make(firstWeight, runs.size()), start, firstWeight, steps));
        }
        return runs;
    }

    private static Run run(Method method, double[] start, double firstWeight, int steps) {
        double[] x = start.clone();
        double[] means = new double[2];
        double[] squares = new double[2];
        List<double[]> path = new ArrayList<>();
        Values now = values(x, firstWeight);
        for (int step = 1; step <= steps; step++) {
            if (step % SHOWN_EVERY == 1) {
                path.add(x.clone());
            }
            double[] direction = method.direction(now);
            for (int k = 0; k < 2; k++) {
                double gradient = direction[k];
                means[k] = 0.9 * means[k] + 0.1 * gradient;
                squares[k] = 0.999 * squares[k] + 0.001 * gradient * gradient;
                x[k] -= RATE
                        * (means[k] / (1 - Math.pow(0.9, step)))
                        / (Math.sqrt(squares[k] / (1 - Math.pow(0.999, step))) + 1e-8);
            }
            Values later = values(x, firstWeight);
            method.after(now, later);
            now = later;
        }
        path.add(x.clone());
        return new Run(path, x, isOnFront(x));
    }

    static boolean isOnFront(double[] x) {
        Values at = values(x, 1);
        Gramian gramian = Gramian.ofRows(at.gradients);
        double[] weights = combined(GradientBalance.mgda(), 0).weights(at);
        return Math.abs(x[1] - FRONT) < NEAR
                && Math.abs(x[0]) < 7 + NEAR
                && gramian.norm(weights) < STILL * Math.max(gramian.norm(0), gramian.norm(1));
    }

    private static Method combined(GradientBalance balance, long seed) {
        return new Method() {
            private final Random random = new Random(seed);
            private BalanceState state = balance.initialState(2);

            @Override
            public double[] weights(Values now) {
                Gramian gramian = Gramian.ofRows(now.gradients);
                if (gramian.product(0, 0) == 0 || gramian.product(1, 1) == 0) { // as training leaves such a task out
                    return new double[] {1, 1};
                }
                BalancedStep answer = balance.balance(new GradientStep(gramian, now.losses, state, random));
                state = answer.state();
                return answer.weights();
            }
        };
    }

    /** A balance that sees gradients, and losses above the least that they come to, about −20.5. */
    private static Method combined(GradientBalance balance, long seed, double firstWeight) {
        return new Method() {
            private final Random random = new Random(seed);
            private BalanceState state = balance.initialState(2, 2);

            @Override
            public double[] weights(Values now) {
                return new double[] {1, 1};
            }

            @Override
            public double[] direction(Values now) {
                TaskVectors rows = TaskVectors.ofRows(now.gradients);
                Gramian gramian = rows.gramian();
                if (gramian.product(0, 0) == 0 || gramian.product(1, 1) == 0) { // as training leaves such a task out
                    return rows.combined(1, 1);
                }
                double[] losses = {Math.max(0, now.losses[0] + 20.5 * firstWeight), Math.max(0, now.losses[1] + 20.5)};
                BalancedStep answer = balance.balance(new GradientStep(
                        gramian,
                        losses,
                        state,
                        random,
                        Optional.of(new SharedGradients(
                                rows, List.of(new SharedGradients.Part("x", SharedGradients.Kind.LAYER, 0, 2))))));
                state = answer.state();
                return answer.hasDirection() ? answer.direction() : rows.combined(answer.weights());
            }
        };
    }

    private static Method weighted(StepWeighting weighting, long seed) {
        return new Method() {
            private final Random random = new Random(seed);
            private BalanceState state = weighting.initialState(2);

            @Override
            public double[] weights(Values now) {
                return weighting.factors(new LossStep(TASKS, now.losses, 0, state, random));
            }

            @Override
            public void after(Values now, Values later) {
                state = weighting.next(new LossStep(TASKS, now.losses, 0, state, random), later.losses);
            }
        };
    }

    /** The objectives of the papers, with derivatives by hand; those of a clamp at its bound are taken for 1. */
    static Values values(double[] x, double firstWeight) {
        double upper = Math.max(Math.tanh(0.5 * x[1]), 0);
        double lower = Math.max(Math.tanh(-0.5 * x[1]), 0);
        double upperSlope = x[1] >= 0 ? 0.5 * slope(0.5 * x[1]) : 0;
        double lowerSlope = x[1] <= 0 ? -0.5 * slope(0.5 * x[1]) : 0;
        double[] losses = new double[2];
        double[][] gradients = new double[2][];
        for (int task = 0; task < 2; task++) {
            double sign = task == 0 ? -1 : 1;
            // f: ln max(|½(−x₁ ∓ 7 or 3) ∓ tanh(−x₂) (+ 2)|, ε) + 6
            double inner = task == 0 ? 0.5 * (-x[0] - 7) - Math.tanh(-x[1]) : 0.5 * (-x[0] + 3) + Math.tanh(-x[1]) + 2;
            double size = Math.abs(inner);
            double f = Math.log(Math.max(size, LEAST)) + 6;
            double outer = size >= LEAST ? 1 / inner : 0;
            double f1 = -0.5 * outer;
            double f2 = (task == 0 ? 1 : -1) * slope(x[1]) * outer;
            // q: ((−x₁ ± 7)² + 0.1·(−x₂ − 8)²)/10 − 20
            double centre = task == 0 ? 7 : -7;
            double q = ((x[0] - centre) * (x[0] - centre) + 0.1 * (x[1] + 8) * (x[1] + 8)) / 10 - 20;
            double q1 = 0.2 * (x[0] - centre);
            double q2 = 0.02 * (x[1] + 8);
            double weight = sign < 0 ? firstWeight : 1;
            losses[task] = weight * (f * upper + q * lower);
            gradients[task] = new double[] {
                weight * (f1 * upper + q1 * lower), weight * (f2 * upper + f * upperSlope + q2 * lower + q * lowerSlope)
            };
        }
        return new Values(losses, gradients);
    }

    private static double slope(double at) {
        double tanh = Math.tanh(at);
        return 1 - tanh * tanh;
    }
}
