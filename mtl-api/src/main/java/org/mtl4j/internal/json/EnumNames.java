package org.mtl4j.internal.json;

import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Recurrent;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.TaskKind;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.schedule.ScheduleType;

/** Names constants in a saved form. No switch has a default: a new constant does not compile without a name. */
public final class EnumNames {
    /** Activations. */
    public static final Names<Activation> ACTIVATIONS = Names.of(Activation.class, activation -> switch (activation) {
        case CUBE -> "cube";
        case ELU -> "elu";
        case GELU -> "gelu";
        case HARDSIGMOID -> "hard-sigmoid";
        case HARDTANH -> "hard-tanh";
        case IDENTITY -> "identity";
        case LEAKYRELU -> "leaky-relu";
        case MISH -> "mish";
        case RATIONALTANH -> "rational-tanh";
        case RECTIFIEDTANH -> "rectified-tanh";
        case RELU -> "relu";
        case RELU6 -> "relu6";
        case RRELU -> "randomized-relu";
        case SELU -> "selu";
        case SIGMOID -> "sigmoid";
        case SOFTMAX -> "softmax";
        case SOFTPLUS -> "softplus";
        case SOFTSIGN -> "softsign";
        case SWISH -> "swish";
        case TANH -> "tanh";
        case THRESHOLDEDRELU -> "thresholded-relu";
    });

    /** How weights are drawn. */
    public static final Names<Initializer> INITIALIZERS =
            Names.of(Initializer.class, initializer -> switch (initializer) {
                case HE -> "he";
                case GLOROT -> "glorot";
                case GLOROT_UNIFORM -> "glorot-uniform";
                case LECUN -> "lecun";
            });

    /** Border rules. */
    static final Names<Padding> PADDINGS = Names.of(Padding.class, padding -> switch (padding) {
        case VALID -> "valid";
        case SAME -> "same";
    });

    /** Kinds of pooling. */
    static final Names<Pooling.Kind> POOLINGS = Names.of(Pooling.Kind.class, kind -> switch (kind) {
        case MAX -> "max";
        case AVERAGE -> "average";
    });

    /** Cells of recurrent layers. */
    static final Names<Recurrent.Cell> CELLS = Names.of(Recurrent.Cell.class, cell -> switch (cell) {
        case LSTM -> "lstm";
        case GRU -> "gru";
    });

    /** Kinds of tasks. */
    static final Names<TaskKind> TASK_KINDS = Names.of(TaskKind.class, kind -> switch (kind) {
        case REGRESSION -> "regression";
        case MULTI_CLASS -> "multi-class";
        case MULTI_LABEL -> "multi-label";
    });

    /** Where output layers start. */
    static final Names<OutputStart> OUTPUT_STARTS = Names.of(OutputStart.class, start -> switch (start) {
        case TARGET_MEAN -> "target-mean";
        case RANDOM -> "random";
    });

    /** What schedules count. */
    static final Names<ScheduleType> SCHEDULE_TYPES = Names.of(ScheduleType.class, type -> switch (type) {
        case ITERATION -> "iteration";
        case EPOCH -> "epoch";
    });

    /** Types of numbers of a network. */
    public enum Precision {
        /** 16 bits. */
        HALF(DataType.HALF),
        /** 32 bits. */
        FLOAT(DataType.FLOAT),
        /** 64 bits. */
        DOUBLE(DataType.DOUBLE);

        private final DataType type;

        Precision(DataType type) {
            this.type = type;
        }

        /** {@return ND4J's type} */
        public DataType type() {
            return type;
        }

        /**
         * {@return the precision of ND4J's type}
         *
         * @throws IllegalArgumentException if it is no floating-point type of these
         */
        public static Precision of(DataType type) {
            for (Precision precision : values()) {
                if (precision.type == type) {
                    return precision;
                }
            }
            throw new IllegalArgumentException("numbers of type " + type + " cannot be saved");
        }
    }

    /** Precisions. */
    public static final Names<Precision> PRECISIONS = Names.of(Precision.class, precision -> switch (precision) {
        case HALF -> "half";
        case FLOAT -> "float";
        case DOUBLE -> "double";
    });

    private EnumNames() {}
}
