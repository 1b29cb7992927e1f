package org.mtl4j.sparkml;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.metric.StandardMetric;

/**
 * Measures the columns that a {@link MultiTaskTransformer} has added against the labels beside them, for Spark's
 * {@code CrossValidator} and {@code TrainValidationSplit}. Any metric of the library, exact: what partitions count is
 * merged without rounding, so it is the same to the bit however the rows are divided.
 *
 * <pre>{@code
 * new MultiTaskEvaluator().setMetric("ROC_AUC").setTask("income").evaluate(transformer.transform(rows))
 * }</pre>
 */
public final class MultiTaskEvaluator extends Evaluator implements DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final Param<String> task;
    private final Param<String> metric;

    /** Measures the area under the ROC curve, in the mean over all tasks that have it, unless it is told otherwise. */
    public MultiTaskEvaluator() {
        this(Identifiable$.MODULE$.randomUID("multiTaskEvaluator"));
    }

    /** Has this name, as a copy has. */
    public MultiTaskEvaluator(String uid) {
        this.uid = uid;
        this.task = new Param<>(
                this,
                "task",
                "the task that is measured; empty for the mean over all that the metric applies to",
                TableParams.nameOrNothing("task", "the name of a task"));
        this.metric = new Param<>(
                this,
                "metric",
                "one of " + Arrays.toString(StandardMetric.values()),
                TableParams.oneOf(
                        "metric",
                        Arrays.stream(StandardMetric.values())
                                .map(StandardMetric::name)
                                .toList()));
        setDefault(task, "");
        setDefault(metric, StandardMetric.ROC_AUC.name());
    }

    @Override
    public String uid() {
        return uid;
    }

    /** {@return the parameter of {@link #setTask}} */
    public Param<String> task() {
        return task;
    }

    /** Names the task that is measured; the mean over all tasks that the metric applies to if it is not said. */
    public MultiTaskEvaluator setTask(String name) {
        set(task, name);
        return this;
    }

    /** {@return the parameter of {@link #setMetric}} */
    public Param<String> metric() {
        return metric;
    }

    /** Names the metric, one of {@link StandardMetric}: {@code ROC_AUC} if it is not said. */
    public MultiTaskEvaluator setMetric(String name) {
        set(metric, name);
        return this;
    }

    private StandardMetric measured() {
        return StandardMetric.valueOf((String) getOrDefault(metric));
    }

    @Override
    public boolean isLargerBetter() {
        return measured().higherIsBetter();
    }

    /**
     * {@return the metric}
     *
     * @param dataset with the columns of predictions and the labels' own
     * @throws IllegalArgumentException if there are no such columns or no rows, the metric does not apply to the task,
     *     or has no value, as that of classes has none where all rows are of one
     */
    @Override
    public double evaluate(Dataset<?> dataset) {
        StandardMetric of = measured();
        String name = (String) getOrDefault(task);
        Map<String, Double> values = new LinkedHashMap<>();
        PredictedLabels.measure(dataset.toDF(), of, name).forEach((t, value) -> values.put(t, value.value()));
        List<String> without = values.entrySet().stream()
                .filter(entry -> entry.getValue().isNaN())
                .map(Map.Entry::getKey)
                .toList();
        if (!without.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s of task '%s' has no value on these rows: does each class occur there, and do labels differ?"
                            .formatted(of, String.join("', '", without)));
        }
        return values.values().stream().collect(Collectors.averagingDouble(value -> value));
    }

    /** {@return the metric of each task that it applies to, beside what a prediction that knows nothing comes to} */
    public Map<String, MetricValue> measure(Dataset<?> dataset) {
        return PredictedLabels.measure(dataset.toDF(), measured(), (String) getOrDefault(task));
    }

    @Override
    public MultiTaskEvaluator copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /** {@return what reads evaluators} */
    public static MLReader<MultiTaskEvaluator> read() {
        return SavedParams.reader(MultiTaskEvaluator.class);
    }

    /** {@return the evaluator of a folder} */
    public static MultiTaskEvaluator load(String path) {
        return read().load(path);
    }
}
