package org.mtl4j.dl4j.internal.model;

import java.util.Arrays;
import org.mtl4j.dl4j.layer.WeightedLoss;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;

/**
 * Says which labels a task can have: its kind decides, and its loss where that is one that is defined for other labels.
 * A loss that is not known gets what the kind says.
 */
public enum LabelRule {
    /** Real numbers. */
    NUMBERS("labels are finite numbers", false),
    /** Independent labels, which may be soft. */
    PROBABILITIES("each label is 0 or 1, or soft between them", false),
    /** One class of several, which may be soft. */
    DISTRIBUTION("one class of several has a 1 and else 0, or soft labels between them that sum to 1", true),
    /** What hinge losses are defined for. */
    SIGNS("a hinge loss wants labels -1 and 1", false),
    /** One class of several for a hinge loss. */
    ONE_SIGN("one class of several with a hinge loss has a 1 and else -1", true),
    /** What the Wasserstein loss is defined for where it has to do with classes. */
    SIGNED("a Wasserstein loss wants labels between -1 and 1", false),
    /** What the logarithm of 1 + label is defined for. */
    ABOVE_MINUS_ONE("a squared logarithmic error wants labels above -1", false),
    /** What a percentage can be had of. */
    NOT_ZERO("a percentage error wants finite labels other than 0", false),
    /** What is counted. */
    COUNTS("a Poisson loss wants labels of at least 0", false);

    /** How far from 0 and 1, and a sum from 1, rounding may bring a label; the sum is one of many. */
    private static final double SLACK = 1e-6;

    private static final double SUM_SLACK = 1e-3;

    /** The same for labels in half precision, which has 8 to 11 bits. */
    private static final double HALF_SLACK = 1e-3;

    private static final double HALF_SUM_SLACK = 1e-2;

    private static final int MOST_SHOWN = 8;

    private final String accepted;
    private final boolean ofRows;

    LabelRule(String accepted, boolean ofRows) {
        this.accepted = accepted;
        this.ofRows = ofRows;
    }

    /** {@return the rule for the labels of a task} */
    public static LabelRule of(Task task) {
        ILossFunction loss = task.loss();
        while (loss instanceof WeightedLoss weighted) {
            loss = weighted.loss();
        }
        if (loss instanceof LossHinge || loss instanceof LossSquaredHinge) {
            return task.kind() == TaskKind.MULTI_CLASS ? ONE_SIGN : SIGNS;
        }
        if (loss instanceof LossWasserstein && task.kind() != TaskKind.REGRESSION) {
            return SIGNED;
        }
        return switch (task.kind()) {
            case MULTI_CLASS -> DISTRIBUTION;
            case MULTI_LABEL -> PROBABILITIES;
            case REGRESSION -> ofNumbers(loss);
        };
    }

    private static LabelRule ofNumbers(ILossFunction loss) {
        if (loss instanceof LossMSLE) {
            return ABOVE_MINUS_ONE;
        }
        if (loss instanceof LossMAPE) {
            return NOT_ZERO;
        }
        return loss instanceof LossPoisson ? COUNTS : NUMBERS;
    }

    /** {@return whether classes and labels of yes and no are told by 1 and -1} */
    public boolean isOfSigns() {
        return this == SIGNS || this == ONE_SIGN || this == SIGNED;
    }

    /** {@return whether a label of its own can be what it is} */
    boolean fits(double label, DataType type) {
        double slack = isHalf(type) ? HALF_SLACK : SLACK;
        return switch (this) { // so that NaN fails
            case NUMBERS -> Double.isFinite(label);
            case PROBABILITIES, DISTRIBUTION -> label >= -slack && label <= 1 + slack;
            case SIGNS, ONE_SIGN -> label == -1 || label == 1;
            case SIGNED -> label >= -1 - slack && label <= 1 + slack;
            case ABOVE_MINUS_ONE -> label > -1 && label < Double.POSITIVE_INFINITY;
            case NOT_ZERO -> Double.isFinite(label) && label != 0;
            case COUNTS -> label >= 0 && label < Double.POSITIVE_INFINITY;
        };
    }

    /** {@return whether the labels of an example, from this place on, can be what they are} */
    boolean fits(double[] labels, int from, int outputs, DataType type) {
        double slack = isHalf(type) ? HALF_SLACK : SLACK;
        int to = from + outputs;
        return switch (this) {
            case NUMBERS -> areWithin(labels, from, to, -Double.MAX_VALUE, Double.MAX_VALUE);
            case PROBABILITIES -> areWithin(labels, from, to, -slack, 1 + slack);
            case DISTRIBUTION ->
                areWithin(labels, from, to, -slack, 1 + slack)
                        && Math.abs(sum(labels, from, to) - 1) <= (isHalf(type) ? HALF_SUM_SLACK : SUM_SLACK);
            case SIGNED -> areWithin(labels, from, to, -1 - slack, 1 + slack);
            case COUNTS -> areWithin(labels, from, to, 0, Double.MAX_VALUE);
            case ABOVE_MINUS_ONE -> areWithin(labels, from, to, Math.nextUp(-1.0), Double.MAX_VALUE);
            case SIGNS, NOT_ZERO -> fitAlone(labels, from, to, type);
            case ONE_SIGN -> fitAlone(labels, from, to, type) && sum(labels, from, to) == 2 - outputs;
        };
    }

    private boolean fitAlone(double[] labels, int from, int to, DataType type) {
        for (int i = from; i < to; i++) {
            if (!fits(labels[i], type)) {
                return false;
            }
        }
        return true;
    }

    /** Looks at each number without a branch, as there may be some 100,000 of them in a step. */
    private static boolean areWithin(double[] labels, int from, int to, double least, double most) {
        boolean within = true;
        for (int i = from; i < to; i++) {
            within &= labels[i] >= least & labels[i] <= most; // false of NaN
        }
        return within;
    }

    /** Adds up in four sums, none of which waits for another. */
    private static double sum(double[] labels, int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = from;
        for (; i + 3 < to; i += 4) {
            a += labels[i];
            b += labels[i + 1];
            c += labels[i + 2];
            d += labels[i + 3];
        }
        for (; i < to; i++) {
            a += labels[i];
        }
        return a + b + (c + d);
    }

    private static boolean isHalf(DataType type) {
        return type == DataType.HALF || type == DataType.BFLOAT16;
    }

    /**
     * {@return what there may be, what there is, and what to do}
     *
     * @param labels those of an example that are there
     */
    String explain(double[] labels, Task task, DataType type) {
        return "%s, got %s%s"
                .formatted(accepted, ofRows ? shown(labels, type) : first(labels, task, type), hint(labels));
    }

    /** {@return the first label that cannot be, with its place where there are several} */
    private String first(double[] labels, Task task, DataType type) {
        int place = 0;
        while (place < labels.length - 1 && fits(labels[place], type)) {
            place++;
        }
        String shown = shown(labels[place], type);
        if (task.outputs() == 1) {
            return shown;
        }
        return task.classNames().isEmpty()
                ? "%s for output %s".formatted(shown, place)
                : "%s for '%s'".formatted(shown, task.className(place));
    }

    private String hint(double[] labels) {
        double most = Arrays.stream(labels).max().orElse(Double.NaN);
        if (Arrays.stream(labels).anyMatch(label -> !Double.isFinite(label))) {
            return ". A label that is missing wants a mask of 0 (ArrayBatches.withNaNAsMissing() makes one of NaN)";
        }
        if (this == SIGNS || this == ONE_SIGN) {
            return Arrays.stream(labels).allMatch(label -> label == 0 || label == 1)
                    ? ". Labels 0 and 1 become -1 and 1 by 2 * y - 1; the usual loss of the task takes them as they are"
                    : "";
        }
        if (this != PROBABILITIES && this != DISTRIBUTION) {
            return "";
        }
        if (Arrays.stream(labels).anyMatch(label -> label == -1)
                && Arrays.stream(labels).allMatch(label -> label == -1 || label == 0 || label == 1)) {
            return ". Labels -1 and 1 become 0 and 1 by (y + 1) / 2";
        }
        if (most > 1 && Arrays.stream(labels).allMatch(label -> label == 0 || label == most)) {
            return ". Labels 0 and %1$s become 0 and 1 by y / %1$s".formatted(trimmed(most));
        }
        if (this == DISTRIBUTION && Arrays.stream(labels).allMatch(label -> label == 0)) {
            return ". A label that is missing wants a mask of 0";
        }
        return this == DISTRIBUTION && Arrays.stream(labels).allMatch(label -> label == 0 || label == 1)
                ? ". Labels of which several can be 1 are those of Task.multiLabel"
                : "";
    }

    private static String trimmed(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e9 ? Long.toString((long) number) : "" + number;
    }

    private static String shown(double[] labels, DataType type) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(labels.length, MOST_SHOWN); i++) {
            text.append(i == 0 ? "" : ", ").append(shown(labels[i], type));
        }
        if (labels.length > MOST_SHOWN) {
            int more = labels.length - MOST_SHOWN;
            text.append(", and %s more; their sum is %s"
                    .formatted(more, (float) Arrays.stream(labels).sum()));
        }
        return "[" + text + "]";
    }

    private static String shown(double label, DataType type) {
        return type == DataType.DOUBLE ? Double.toString(label) : Float.toString((float) label);
    }
}
