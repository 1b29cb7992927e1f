package org.mtl4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;

class ProgressLinesTest {
    private final AtomicLong nanos = new AtomicLong();
    private final StringBuilder out = new StringBuilder();

    private static EpochResult epoch(int number) {
        Map<String, Double> training = new LinkedHashMap<>();
        training.put("income", 0.5);
        training.put("age", 12.25);
        Map<String, Map<String, MetricValue>> metrics =
                Map.of("income", Map.of("ROC_AUC", new MetricValue(Double.NaN, 0.5)));
        return EpochResult.builder(number)
                .iterations(1)
                .score(3.25)
                .trainingLoss(training)
                .validationLoss(Map.of("income", 0.75, "new", 2.0))
                .validationMetrics(metrics)
                .build();
    }

    private void seconds(double seconds) {
        nanos.addAndGet((long) (1e9 * seconds));
    }

    @Test
    void an_epoch_is_a_line_with_losses_metrics_speed_and_what_is_left() {
        ProgressLines lines = ProgressLines.to(out, nanos::get).withEpochs(5);
        lines.onStep(0, 0, 100, 3);
        seconds(2);
        lines.onStep(0, 1, 100, 3);
        lines.onEpoch(epoch(0));
        assertThat(out.toString())
                .isEqualTo(
                        "epoch 1 of 5: score 3.250; income loss 0.5000 (validation 0.7500), ROC_AUC –; age loss 12.25;"
                                + " new loss – (validation 2.000), 100 examples a second, about 8 s left\n");
        out.setLength(0);
        lines.onStep(1, 0, 100, 3);
        seconds(200);
        lines.onEpoch(epoch(1));
        assertThat(out.toString()).endsWith(", 0.5 examples a second, about 5 min left\n"); // 202 s / 2 * 3
    }

    @Test
    void a_run_that_goes_on_counts_its_own_epochs() {
        ProgressLines lines = ProgressLines.to(out, nanos::get).withEpochs(20);
        lines.onStep(9, 0, 1, 3);
        seconds(3);
        lines.onEpoch(epoch(9));
        assertThat(out.toString()).startsWith("epoch 10 of 20: ").endsWith("about 30 s left\n");
    }

    @Test
    void within_epochs_there_is_a_line_when_time_has_passed() {
        ProgressLines lines = ProgressLines.to(out, nanos::get).every(Duration.ofSeconds(10));
        for (int step = 0; step < 25; step++) {
            lines.onStep(2, step, 8, step);
            seconds(1);
        }
        assertThat(out.toString())
                .isEqualTo("epoch 3, step 11: score 10.00, 8.8 examples a second\n"
                        + "epoch 3, step 21: score 20.00, 8.4 examples a second\n");
    }

    @Test
    void what_happens_is_a_line_but_for_the_start() {
        ProgressLines lines = ProgressLines.to(out, nanos::get);
        lines.onEvent(new TrainingEvent(-1, TrainingEvent.Kind.RUN_STARTED, "", "options"));
        lines.onEvent(new TrainingEvent(4, TrainingEvent.Kind.TASK_STOPPED, "age", "no better"));
        assertThat(out.toString()).isEqualTo("task stopped age after epoch 5: no better\n");
    }

    @Test
    void a_stream_that_takes_nothing_is_no_secret() {
        Appendable broken = new Appendable() {
            @Override
            public Appendable append(CharSequence text) throws IOException {
                throw new IOException("full");
            }

            @Override
            public Appendable append(CharSequence text, int start, int end) throws IOException {
                throw new IOException("full");
            }

            @Override
            public Appendable append(char c) throws IOException {
                throw new IOException("full");
            }
        };
        assertThatThrownBy(() -> ProgressLines.to(broken).onEpoch(epoch(0)))
                .hasMessage("progress could not be written")
                .hasRootCauseMessage("full");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProgressLines.to(out).withEpochs(0))
                .withMessageContaining("ProgressLines: epochs");
    }
}
