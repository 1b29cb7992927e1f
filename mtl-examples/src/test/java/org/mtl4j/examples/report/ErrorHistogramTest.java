package org.mtl4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.primitives.Doubles;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.metric.PointErrors;

class ErrorHistogramTest {
    /** Four faces of five points. */
    private static PointErrors errors() {
        return new PointErrors(Landmarks.POINTS, FaceEvaluation.FAILURE_THRESHOLD, Doubles.asList(new double[] {
            0,
            0.05,
            0.01,
            0.2,
            0.0999, //
            0.001,
            0.0501,
            0.01,
            0.2,
            0.1, //
            0.0011,
            0.04,
            0.01,
            0.2,
            0.1001, //
            0.03,
            0.049,
            0.01,
            Double.POSITIVE_INFINITY,
            0.02
        }));
    }

    @Test
    void errors_are_counted_up_to_and_with_the_edges() {
        List<ErrorHistogram> counts = ErrorHistogram.of(errors());
        assertThat(counts)
                .extracting(ErrorHistogram::point)
                .containsExactly("left eye", "right eye", "nose", "left mouth corner", "right mouth corner");
        assertThat(counts.get(0).counts().subList(0, 3)).containsExactly(2, 1, 0); // 0 and 0.1 %; 0.11 %
        assertThat(counts.get(0).cumulative()[1]).isEqualTo(50);
        assertThat(counts.get(0).cumulative()[30]).isEqualTo(100);
        assertThat(counts.get(2).cumulative()[9]).isZero();
        assertThat(counts.get(2).cumulative()[10]).isEqualTo(100);
        assertThat(counts.get(3).beyond()).isEqualTo(100); // the infinite one, too
        assertThat(counts.get(4).beyond()).isEqualTo(25);
    }

    @Test
    void what_is_not_within_the_threshold_is_the_failure_rate() {
        PointErrors errors = errors();
        List<ErrorHistogram> counts = ErrorHistogram.of(errors);
        for (int point = 0; point < Landmarks.POINTS; point++) {
            assertThat(counts.get(point).cumulative()[50])
                    .as("within 5 %%: %s", counts.get(point).point())
                    .isEqualTo(100 - 100 * errors.failureRate(point));
        }
        ErrorHistogram all = ErrorHistogram.sum("all", counts);
        assertThat(all.total()).isEqualTo(20);
        assertThat(all.cumulative()[50])
                .isEqualTo(100 - 100 * errors.failureRate())
                .isEqualTo(60);
    }

    @Test
    void steps_of_a_histogram_hold_all_errors() {
        ErrorHistogram eye = ErrorHistogram.of(errors()).get(1);
        double[] edges = ErrorHistogram.percent(5);
        assertThat(edges).hasSize(21).startsWith(0, 0.5, 1).endsWith(10);
        double[] shares = eye.fractions(5);
        assertThat(shares[7]).isEqualTo(25); // 4 % is in the step from 3.5 to 4
        assertThat(shares[9]).isEqualTo(50); // 4.9 % and 5 %
        assertThat(shares[10]).isEqualTo(25); // 5.01 %
        assertThat(java.util.Arrays.stream(shares).sum() + eye.beyond()).isCloseTo(100, within(1e-9));
    }

    @Test
    void other_numbers_of_counts_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ErrorHistogram("nose", List.of(1, 2)))
                .withMessageContaining("nose")
                .withMessageContaining("101");
    }
}
