package org.mtl4j.train.stopping;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.internal.check.Check;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;

/**
 * The criterion of Zhang et al. (ECCV 2014, arXiv 1408.3967, section 3.2): a task is dropped when the product of how
 * little its training loss still falls and how far its validation loss lies above it exceeds a threshold,
 *
 * <pre>{@literal
 * tendency * (E_val(t) - min E_tr) / (λ min E_tr) > threshold
 * }</pre>
 *
 * with E_tr and E_val the task's training and validation loss, λ its weight, and the minimum over all epochs so far. A
 * larger λ lets a task live longer. The tendency is taken over a strip of the last {@code strip + 1} training losses,
 * see {@link Tendency}. Where the formula has no value, this holds: a task is kept until there is a whole strip, and as
 * long as its validation loss is not above its least training loss (whatever the tendency); it is dropped if its least
 * training loss is 0. A task whose least training loss is below 0 is kept, because the criterion compares losses by
 * their quotients.
 *
 * <p>The criterion compares a training with a validation loss, so that no metric can take their place:
 * {@link ValidationStopping#withMetric} drops tasks by metrics.
 *
 * @param strip k, at least 1. Neither k nor the threshold of the paper is known; 5 is a usual strip (Prechelt, "Early
 *     stopping - but when?")
 * @param threshold ε, finite and above 0
 * @param tendency how the first factor is computed
 */
public record ZhangStopping(int strip, double threshold, Tendency tendency) implements TaskStopping {

    /** Whether the training loss still falls: small while it falls fast. */
    public enum Tendency {
        /**
         * {@code 1 / (mean / minimum - 1)} of the strip, as in Prechelt's progress: never negative, infinite where the
         * losses of the strip are all the same.
         */
        MEAN_OVER_MINIMUM,
        /**
         * {@code k median / (sum - k median)} of the strip, as published. The sum has k + 1 terms, so this is k on flat
         * and on linear curves; after a sudden fall of the loss it is large, which drops a task that has just improved.
         * Where the denominator is not above 0 the loss has just fallen by more than that, and the task is kept.
         */
        AS_PUBLISHED
    }

    /** @throws IllegalArgumentException if a number is out of its range */
    public ZhangStopping {
        Objects.requireNonNull(tendency, "tendency");
        Check.atLeast(1, strip, "ZhangStopping: strip");
        Check.finiteAboveZero(threshold, "ZhangStopping: threshold");
    }

    /** {@return the rule with the tendency that is safe on every curve} */
    public static ZhangStopping of(int strip, double threshold) {
        return new ZhangStopping(strip, threshold, Tendency.MEAN_OVER_MINIMUM);
    }

    @Override
    public Optional<String> reasonToStop(Task task, List<EpochResult> run) {
        List<Double> training = run.stream()
                .map(result -> result.trainingLoss().get(task.name()))
                .filter(Objects::nonNull)
                .toList();
        Double validation = run.get(run.size() - 1).validationLoss().get(task.name());
        if (validation == null || training.size() <= strip) {
            return Optional.empty();
        }
        double value = value(training, validation, task.weight());
        return value > threshold
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "Zhang's criterion %.4g is above %.4g, validation loss %.5g",
                        value,
                        threshold,
                        validation))
                : Optional.empty();
    }

    /**
     * The value of the criterion.
     *
     * @param training E_tr of each epoch, more than {@code strip} of them
     * @param validation E_val of the last
     * @param weight λ
     * @return at least 0; infinity where the task is to be dropped by the rules above, 0 where it is to be kept
     */
    double value(List<Double> training, double validation, double weight) {
        double least = training.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        if (!(validation > least) || least < 0) {
            return 0;
        }
        if (least == 0) {
            return Double.POSITIVE_INFINITY;
        }
        double[] last = training.subList(training.size() - strip - 1, training.size()).stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        double sum = 0;
        for (double loss : last) {
            sum += loss;
        }
        double gap = (validation - least) / (weight * least);
        return switch (tendency) {
            case MEAN_OVER_MINIMUM -> gap / Math.max(0, sum / last.length / last[0] - 1);
            case AS_PUBLISHED -> {
                double middle = (last[(last.length - 1) / 2] + last[last.length / 2]) / 2;
                double rest = sum - strip * middle;
                yield rest > 0 ? strip * middle / rest * gap : 0;
            }
        };
    }
}
