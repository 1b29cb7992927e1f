package org.mtl4j.sparkml;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.Identifiable;
import scala.Function1;
import scala.runtime.AbstractFunction1;

/** Parameters that several stages have, and checks of values. */
final class TableParams {
    private TableParams() {}

    static Param<String> handleInvalid(Identifiable stage) {
        return new Param<>(
                stage,
                "handleInvalid",
                "what is done with features that are missing: keep encodes them as missing, error refuses them",
                oneOf(MissingValues.ALL));
    }

    static IntParam predictionBatchSize(Identifiable stage) {
        return new IntParam(
                stage, "predictionBatchSize", "how many rows the model is asked about at a time (>= 1)", atLeast(1));
    }

    static BooleanParam servingPredictor(Identifiable stage) {
        return new BooleanParam(
                stage,
                "servingPredictor",
                "whether rows are asked about by the predictor that services use; if it is not said, it answers for"
                        + " models of single precision on a CPU that it has all layers of, and the model for others");
    }

    /** A check that can be serialised, as Spark's own. */
    private abstract static class Check<T> extends AbstractFunction1<T, Object> implements java.io.Serializable {
        private static final long serialVersionUID = 1L;
    }

    static Function1<String, Object> oneOf(List<String> values) {
        List<String> all = List.copyOf(values);
        return new Check<>() {
            @Override
            public Object apply(String value) {
                return all.contains(value);
            }
        };
    }

    static Function1<Object, Object> atLeast(int least) {
        return new Check<>() {
            @Override
            public Object apply(Object value) {
                return ((Number) value).longValue() >= least;
            }
        };
    }

    static Function1<Object, Object> aboveZero() {
        return new Check<>() {
            @Override
            public Object apply(Object value) {
                double number = ((Number) value).doubleValue();
                return number > 0 && number < Double.POSITIVE_INFINITY;
            }
        };
    }

    static Function1<int[], Object> allAboveZero() {
        return new Check<>() {
            @Override
            public Object apply(int[] values) {
                return Arrays.stream(values).allMatch(value -> value > 0);
            }
        };
    }

    static Function1<double[], Object> allWeights() {
        return new Check<>() {
            @Override
            public Object apply(double[] values) {
                return Arrays.stream(values).allMatch(value -> value > 0 && value < Double.POSITIVE_INFINITY);
            }
        };
    }
}
