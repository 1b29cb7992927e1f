package org.mtl4j.metric;

import com.google.common.collect.ImmutableMap;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.mtl4j.internal.sum.ExactSum;

/**
 * How much better a multi-task model is than one model for each task, as the multi-task literature gives it (Δ_m;
 * Maninis et al., CVPR 2019, eq. 4; Vandenhende et al., TPAMI 2021, eq. 8): the mean over the tasks of the relative
 * change of their metric, positive where the multi-task model is better,
 *
 * <pre>Δ_m = 1/T sum over tasks of ± (M_multi - M_single) / M_single,   - where less of M is better</pre>
 *
 * A task with several metrics counts by their mean.
 *
 * @param byTask the relative gain of each task, as a fraction: 0.02 is 2 per cent better
 */
public record RelativeGain(Map<String, Double> byTask) implements Serializable {

    /** @throws IllegalArgumentException if there is no task */
    public RelativeGain {
        byTask = ImmutableMap.copyOf(byTask);
        if (byTask.isEmpty()) {
            throw new IllegalArgumentException("RelativeGain: there is no task");
        }
    }

    /** {@return Δ_m as a fraction: the mean over the tasks} */
    public double mean() {
        double[] gains =
                byTask.values().stream().mapToDouble(Double::doubleValue).toArray();
        return ExactSum.of(gains) / gains.length;
    }

    /** {@return a builder without tasks} */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects what models came to. */
    public static final class Builder {
        private final Map<String, double[]> sums = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Adds one metric of one task.
         *
         * @param task the task's name
         * @param metric says whether more is better
         * @param multiTask what the multi-task model came to
         * @param singleTask what the model for this task alone came to; not 0
         * @return this
         * @throws IllegalArgumentException if a value is not finite, or {@code singleTask} is 0: there is no share of
         *     it
         */
        public Builder add(String task, Metric metric, double multiTask, double singleTask) {
            if (!Double.isFinite(multiTask) || !Double.isFinite(singleTask) || singleTask == 0) {
                throw new IllegalArgumentException(
                        ("RelativeGain, task '%s', %s: both values must be finite, and that of the single task not 0,"
                                        + " got %s and %s")
                                .formatted(task, metric.name(), multiTask, singleTask));
            }
            double change = (multiTask - singleTask) / Math.abs(singleTask);
            double[] sum = sums.computeIfAbsent(task, name -> new double[2]);
            sum[0] += metric.higherIsBetter() ? change : -change;
            sum[1]++;
            return this;
        }

        /**
         * {@return the gains}
         *
         * @throws IllegalArgumentException if nothing was added
         */
        public RelativeGain build() {
            ImmutableMap.Builder<String, Double> gains = ImmutableMap.builder();
            sums.forEach((task, sum) -> gains.put(task, sum[0] / sum[1]));
            return new RelativeGain(gains.buildOrThrow());
        }
    }
}
