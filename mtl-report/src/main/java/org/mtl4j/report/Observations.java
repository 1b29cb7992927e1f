package org.mtl4j.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricAccumulator;
import org.mtl4j.metric.ScoredBatch;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;

/**
 * Keeps what curves are drawn of: how sure predictions were, and whether they were right. A metric without a value, as
 * which it sees what is predicted while a model is measured; for one call.
 */
final class Observations implements Metric {
    private static final long serialVersionUID = 1L;

    private final transient Map<String, OfTask> byTask = new LinkedHashMap<>();

    @Override
    public String name() {
        return "observations";
    }

    @Override
    public boolean higherIsBetter() {
        return true;
    }

    @Override
    public boolean appliesTo(Task task) {
        return task.kind() != TaskKind.REGRESSION;
    }

    @Override
    public MetricAccumulator accumulator(Task task) {
        return byTask.computeIfAbsent(task.name(), name -> new OfTask(task));
    }

    /** {@return what was seen of a task: one for two classes or several, one for each of several labels} */
    List<Sureness> of(String task) {
        OfTask seen = byTask.get(task);
        return seen == null ? List.of() : seen.labels;
    }

    /** What was seen of a task. */
    private static final class OfTask implements MetricAccumulator {
        private static final long serialVersionUID = 1L;

        private final boolean multiLabel;
        private final ArrayList<Sureness> labels = new ArrayList<>();

        OfTask(Task task) {
            multiLabel = task.kind() == TaskKind.MULTI_LABEL;
            for (int i = 0; i < (multiLabel ? task.outputs() : 1); i++) {
                String name = multiLabel || task.outputs() == 2 ? task.className(multiLabel ? i : 1) : "";
                labels.add(new Sureness(name));
            }
        }

        @Override
        public void add(ScoredBatch batch) {
            for (int row = 0; row < batch.examples(); row++) {
                for (int label = 0; multiLabel && label < batch.outputs(); label++) {
                    if (batch.isPresent(row, label)) {
                        labels.get(label)
                                .add(batch.prediction(row, label), batch.label(row, label) == 1, batch.weight(row));
                    }
                }
                if (!multiLabel && batch.isPresent(row, 0)) {
                    addClass(batch, row);
                }
            }
        }

        /** Of two classes the probability of the second, of more the largest and whether that is right. */
        private void addClass(ScoredBatch batch, int row) {
            int best = 0;
            for (int c = 1; c < batch.outputs(); c++) {
                best = batch.prediction(row, c) > batch.prediction(row, best) ? c : best;
            }
            int shown = batch.outputs() == 2 ? 1 : best;
            labels.get(0).add(batch.prediction(row, shown), batch.label(row, shown) == 1, batch.weight(row));
        }

        @Override
        public void merge(MetricAccumulator other) {
            throw new UnsupportedOperationException("a report is made in one process");
        }

        @Override
        public double value() {
            return Double.NaN;
        }
    }
}
