package org.mtl4j.dl4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mtl4j.train.history.AlphaState;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.mtl4j.train.history.TrainingHistory;

/** A model that is trained a little, for ever, remembers the latest of it. */
class HistoryLogTest {
    private static final TrainingHistory EMPTY = new TrainingHistory(List.of(), List.of());

    private static EpochResult epoch(int number, int alphas) {
        return EpochResult.builder(number)
                .iterations(number + 1L)
                .learningRate(1e-3)
                .score(0.5)
                .trainingLoss(Map.of("y", 0.25))
                .lossWeights(Map.of("y", 1.0))
                .alphas(Collections.nCopies(alphas, new AlphaState("conv1", "a", "b", 0.123456789, 0.1, 0.987654321)))
                .build();
    }

    private static TrainingEvent event(int epoch, Kind kind, String subject) {
        return new TrainingEvent(epoch, kind, subject, "text of " + kind);
    }

    /** Calls of fit, each of one epoch. */
    private static void calls(HistoryLog log, int from, int to) {
        for (int call = from; call < to; call++) {
            log.add(event(call - 1, Kind.RUN_STARTED, ""));
            log.add(epoch(call, 4));
        }
    }

    @Test
    void the_latest_epochs_and_events_stay_and_what_is_gone_is_said() {
        HistoryLog log = new HistoryLog(EMPTY);
        log.add(event(-1, Kind.TOWERS_JOINED, "a"));
        log.add(event(-1, Kind.TASK_STOPPED, "gone"));
        log.add(event(-1, Kind.TASK_STOPPED, "back"));
        log.add(event(-1, Kind.TASK_RESUMED, "back"));
        calls(log, 0, 25_000);
        TrainingHistory history = log.history();
        assertThat(history.epochs()).hasSize(10_000);
        assertThat(history.epochs().get(0).epoch()).isEqualTo(15_000);
        assertThat(history.last().epoch()).isEqualTo(24_999);
        assertThat(history.latestRun()).extracting(EpochResult::epoch).containsExactly(24_999);
        assertThat(history.epochsOfLatestRun()).isEqualTo(1);
        assertThat(history.stoppedTasks()).containsExactly("gone");
        assertThat(history.events()).hasSizeBetween(9_000, 10_001);
        assertThat(history.events().subList(0, 3))
                .extracting(TrainingEvent::kind)
                .containsExactly(Kind.HISTORY_SHORTENED, Kind.TOWERS_JOINED, Kind.TASK_STOPPED);
        assertThat(history.events().get(0).text())
                .isEqualTo("epochs up to 15000, counted from 1, are not in the history any more");
        HistoryLog again = new HistoryLog(history);
        assertThat(again.history()).isEqualTo(history);
        calls(again, 25_000, 25_001);
        assertThat(again.history().events().get(0).text()).startsWith("epochs up to 15001,");
        assertThat(again.history().events())
                .filteredOn(event -> event.kind() == Kind.HISTORY_SHORTENED)
                .hasSize(1);
    }

    @Test
    void a_long_run_is_counted_and_keeps_its_best_epoch() {
        HistoryLog log = new HistoryLog(EMPTY);
        calls(log, 0, 5);
        log.add(event(4, Kind.RUN_STARTED, ""));
        log.keep(7);
        for (int epoch = 5; epoch < 12_005; epoch++) {
            log.add(epoch(epoch, 0));
        }
        TrainingHistory history = log.history();
        assertThat(history.epochsOfLatestRun()).isEqualTo(12_000);
        assertThat(history.latestRun()).hasSize(10_001).first().isEqualTo(epoch(7, 0));
    }

    @Test
    void large_states_of_sharing_go_before_epochs_do() throws IOException {
        HistoryLog log = new HistoryLog(EMPTY);
        int alphas = 1000; // some 150 kB for each epoch
        for (int epoch = 0; epoch < 800; epoch++) {
            log.add(epoch(epoch, alphas));
        }
        TrainingHistory history = log.history();
        assertThat(history.epochs()).hasSize(800);
        int whole = (int) history.epochs().stream()
                .filter(result -> !result.alphas().isEmpty())
                .count();
        assertThat(whole).isBetween(300, 500);
        assertThat(history.epochs().get(800 - whole).alphas()).hasSize(alphas);
        assertThat(history.events())
                .singleElement()
                .extracting(TrainingEvent::text)
                .asString()
                .isEqualTo(("alpha, relatedness and gradients of epochs up to %d, "
                                + "counted from 1, are not in the history any more")
                        .formatted(800 - whole));
        long[] bytes = {0};
        history.writeJson(new OutputStream() {
            @Override
            public void write(int b) {
                bytes[0]++;
            }
        });
        assertThat(bytes[0]).as("what is read again at most, by far").isLessThan(100L << 20);
    }

    @Test
    void it_can_be_trimmed() {
        HistoryLog log = new HistoryLog(EMPTY);
        log.add(event(-1, Kind.TASK_STOPPED, "gone"));
        calls(log, 0, 20);
        log.trim(3);
        assertThat(log.history().epochs()).extracting(EpochResult::epoch).containsExactly(17, 18, 19);
        assertThat(log.history().events())
                .extracting(TrainingEvent::kind)
                .containsExactly(Kind.HISTORY_SHORTENED, Kind.TASK_STOPPED, Kind.RUN_STARTED);
        log.trim(0);
        assertThat(log.history().epochs()).isEmpty();
        calls(log, 20, 21);
        assertThat(log.history().latestRun()).extracting(EpochResult::epoch).containsExactly(20);
    }
}
