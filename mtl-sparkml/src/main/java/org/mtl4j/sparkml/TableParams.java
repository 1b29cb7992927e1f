package org.mtl4j.sparkml;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.Identifiable;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.runtime.AbstractFunction1;

/** Parameters that several stages have, and checks of values, which say what is accepted. */
final class TableParams {
    private TableParams() {}

    static Param<String> handleInvalid(Identifiable stage) {
        return new Param<>(
                stage,
                "handleInvalid",
                "what is done with features that are missing: keep encodes them as missing, error refuses them",
                oneOf("handleInvalid", MissingValues.ALL));
    }

    static IntParam predictionBatchSize(Identifiable stage) {
        return new IntParam(
                stage,
                "predictionBatchSize",
                "how many rows the model is asked about at a time (>= 1)",
                atLeast("predictionBatchSize", 1));
    }

    static BooleanParam servingPredictor(Identifiable stage) {
        return new BooleanParam(
                stage,
                "servingPredictor",
                "whether rows are asked about by the predictor that services use; if it is not said, it answers for"
                        + " models of single precision on a CPU that it has all layers of, and the model for others");
    }

    /** What a value is looked at by, and can be sent, as Spark's own can. */
    @FunctionalInterface
    private interface Condition<T> extends Predicate<T>, Serializable {}

    /** A check whose message Spark's has in it, and what is accepted. */
    private static final class Check<T> extends AbstractFunction1<T, Object> implements Serializable {
        private static final long serialVersionUID = 1L;

        private final String param;
        private final String expected;
        private final Condition<T> condition;

        Check(String param, String expected, Condition<T> condition) {
            this.param = param;
            this.expected = expected;
            this.condition = condition;
        }

        @Override
        public Object apply(@Nullable T value) {
            if (value == null || !holds(value)) {
                throw new IllegalArgumentException("parameter %s given invalid value %s; expected %s"
                        .formatted(param, value == null ? "null" : shown(value), expected));
            }
            return true;
        }

        private boolean holds(T value) {
            try {
                return condition.test(value);
            } catch (ClassCastException e) {
                return false; // a map of parameters takes values of any class
            }
        }

        private static String shown(Object value) {
            if (value instanceof int[] numbers) {
                return Arrays.toString(numbers);
            }
            if (value instanceof double[] numbers) {
                return Arrays.toString(numbers);
            }
            return value instanceof Number ? value.toString() : "'%s'".formatted(value);
        }
    }

    /** Any value of a class, and not null. */
    static <T> Function1<T, Object> any(String param, Class<? super T> type, String expected) {
        return new Check<>(param, expected, type::isInstance);
    }

    static Function1<String, Object> oneOf(String param, List<String> values) {
        List<String> all = List.copyOf(values);
        boolean optional = all.contains("");
        List<String> named = all.stream().filter(value -> !value.isEmpty()).toList();
        return new Check<>(param, "one of " + named + (optional ? ", or nothing" : ""), all::contains);
    }

    /** A text that may be empty, and is not blank otherwise. */
    static Function1<String, Object> nameOrNothing(String param, String what) {
        return new Check<>(param, what + ", or the empty text", value -> value.isEmpty() || !value.isBlank());
    }

    static Function1<Object, Object> atLeast(String param, int least) {
        return new Check<>(
                param, "a whole number of at least " + least, value -> ((Number) value).longValue() >= least);
    }

    static Function1<Object, Object> aboveZero(String param) {
        return new Check<>(param, "a finite number above 0", value -> isWeight(((Number) value).doubleValue()));
    }

    static Function1<int[], Object> allAboveZero(String param) {
        return new Check<>(
                param, "whole numbers above 0", values -> Arrays.stream(values).allMatch(value -> value > 0));
    }

    static Function1<double[], Object> allWeights(String param) {
        return new Check<>(
                param, "finite numbers above 0", values -> Arrays.stream(values).allMatch(TableParams::isWeight));
    }

    private static boolean isWeight(double value) {
        return value > 0 && value < Double.POSITIVE_INFINITY;
    }
}
