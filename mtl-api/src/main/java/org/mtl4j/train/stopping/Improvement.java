package org.mtl4j.train.stopping;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.metric.Metric;

/**
 * Says what counts as better.
 *
 * @param metric what is compared; null for losses, of which less is better
 * @param least by what part of its size the best value must be surpassed
 */
record Improvement(@Nullable Metric metric, double least) {

    static Improvement of(Optional<Metric> metric, double least) {
        return new Improvement(metric.orElse(null), least);
    }

    /** The place of the latest value that was better than all before it by enough; any number is better than NaN. */
    int bestOf(List<Double> values) {
        int best = 0;
        for (int i = 1; i < values.size(); i++) {
            boolean first = Double.isNaN(values.get(best)) && !Double.isNaN(values.get(i));
            if (first || isBetter(values.get(i), limit(values.get(best)))) {
                best = i;
            }
        }
        return best;
    }

    /** Whether a value has come to a goal. */
    boolean reaches(double value, double goal) {
        return value == goal || isBetter(value, goal);
    }

    private boolean isBetter(double value, double other) {
        return metric == null ? value < other : metric.isBetter(value, other);
    }

    /** What is better than a value by so large a part of its size; values can be negative. */
    private double limit(double best) {
        boolean up = (metric != null && metric.higherIsBetter()) == best >= 0;
        return best * (up ? 1 + least : 1 - least);
    }
}
