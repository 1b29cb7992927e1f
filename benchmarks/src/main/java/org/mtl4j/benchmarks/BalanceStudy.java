package org.mtl4j.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.mtl4j.train.FitOptions;

/** Data and a network on which ways to balance are compared. */
interface BalanceStudy {
    /**
     * A figure that runs are compared by.
     *
     * @param name for tables
     * @param higherIsBetter whether more of it is better
     * @param decimals that are shown
     */
    record Measure(String name, boolean higherIsBetter, int decimals) {}

    /**
     * What a run came to, in the order of the measures.
     *
     * @param chosenOn on the examples that weights are chosen by
     * @param measured on those that are reported
     */
    record Outcome(double[] chosenOn, double[] measured) {}

    /** {@return what each run is measured by, one figure for each task} */
    List<Measure> measures();

    /** {@return how many examples are trained on} */
    int examples();

    /** {@return fixed weights to choose from, each by its name in tables, as λ by task} */
    Map<String, Map<String, Double>> fixedWeights();

    /**
     * Trains and measures.
     *
     * @param weights λ by task, 1 for those that are not named
     * @param seed of weights and order
     */
    Outcome run(Map<String, Double> weights, FitOptions options, long seed) throws IOException;
}
