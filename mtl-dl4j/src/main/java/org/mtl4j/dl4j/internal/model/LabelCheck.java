package org.mtl4j.dl4j.internal.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FiniteNumbers;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.dl4j.internal.cpu.ZeroOne;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Looks at the labels of one task in a batch, and at their mask. */
final class LabelCheck {
    private final Task task;
    private final LabelRule rule;

    LabelCheck(Task task) {
        this.task = task;
        this.rule = LabelRule.of(task);
    }

    /**
     * Looks at each label that is there.
     *
     * @param labels {@code [batch, outputs]}
     * @param mask {@code [batch, 1]} or {@code [batch, outputs]}, or null if all are there
     * @throws IllegalArgumentException if a label is none of the task, or the mask has other numbers than 0 and 1
     */
    void check(INDArray labels, @Nullable INDArray mask, BatchLayout.Rows rows) {
        double[] there = mask == null ? null : mask(mask, rows);
        if (rule == LabelRule.NUMBERS && FiniteNumbers.isSureOf(labels)
                || rule == LabelRule.DISTRIBUTION && ZeroOne.isSureOf(labels, true)
                || rule == LabelRule.PROBABILITIES && ZeroOne.isSureOf(labels, false)) {
            return;
        }
        boolean byOutput = mask != null && mask.size(1) != 1;
        MatrixValues.forEachRows(
                labels, (values, first, count) -> check(labels, values, first, count, there, byOutput, rows));
    }

    private void check(
            INDArray labels,
            double[] values,
            int first,
            int count,
            double @Nullable [] there,
            boolean byOutput,
            BatchLayout.Rows rows) {
        int outputs = task.outputs();
        DataType type = labels.dataType();
        for (int row = first, from = 0; row < first + count; row++, from += outputs) {
            if (!byOutput) {
                if ((there == null || there[row] == 1) && !rule.fits(values, from, outputs, type)) {
                    throw wrong(labels, Arrays.copyOfRange(values, from, from + outputs), row, rows);
                }
                continue;
            }
            for (int i = 0; i < outputs; i++) {
                if (there[row * outputs + i] == 1 && !rule.fits(values[from + i], type)) {
                    throw wrong(labels, present(values, from, there, row * outputs), row, rows);
                }
            }
        }
    }

    /** Gives the labels of an example, with those that are not there as the one that is accepted by all rules. */
    private double[] present(double[] values, int from, double[] there, int place) {
        double[] labels = Arrays.copyOfRange(values, from, from + task.outputs());
        for (int i = 0; i < labels.length; i++) {
            labels[i] = there[place + i] == 1 ? labels[i] : 1;
        }
        return labels;
    }

    private IllegalArgumentException wrong(INDArray labels, double[] row, int number, BatchLayout.Rows rows) {
        return new IllegalArgumentException(
                rows.name(task.name(), number) + rule.explain(row, task, labels.dataType()));
    }

    private double[] mask(INDArray mask, BatchLayout.Rows rows) {
        double[] there = MatrixValues.of(mask);
        for (int i = 0; i < there.length; i++) {
            if (there[i] != 0 && there[i] != 1) {
                throw new IllegalArgumentException(
                        ("%sa mask is 1 where there is a label and 0 where there is none, got %s. It is no weight:"
                                        + " Batch.weights weighs examples, and Task.withWeight a task")
                                .formatted(rows.name(task.name(), i / (int) mask.size(1)), (float) there[i]));
            }
        }
        return there;
    }
}
