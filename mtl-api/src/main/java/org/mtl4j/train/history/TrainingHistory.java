package org.mtl4j.train.history;

import com.google.common.collect.ImmutableList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.mtl4j.train.history.TrainingEvent.Kind;

/**
 * The epochs that a model has been trained for, over all calls of {@code fit}, and what happened meanwhile. Saved with
 * the model.
 *
 * @param epochs in order; empty for a fresh model
 * @param events in order
 */
public record TrainingHistory(List<EpochResult> epochs, List<TrainingEvent> events) {
    /** Copies the lists. */
    public TrainingHistory {
        epochs = ImmutableList.copyOf(epochs);
        events = ImmutableList.copyOf(events);
    }

    /** Writes this history as JSON, for {@link #fromJson}. */
    public String toJson() {
        return HistoryJson.write(this);
    }

    /**
     * Reads the history that {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if the text is no such history
     */
    public static TrainingHistory fromJson(String json) {
        return HistoryJson.read(json);
    }

    /**
     * {@return the latest epoch}
     *
     * @throws IllegalStateException if there is none
     */
    public EpochResult last() {
        if (epochs.isEmpty()) {
            throw new IllegalStateException("the model has not been trained yet, so there is no last epoch");
        }
        return epochs.get(epochs.size() - 1);
    }

    /** {@return the epochs of the latest call of {@code fit}, those before an interruption included} */
    public List<EpochResult> latestRun() {
        int start = -1;
        for (TrainingEvent event : events) {
            start = event.kind() == Kind.RUN_STARTED ? event.epoch() : start;
        }
        int first = start + 1;
        return epochs.stream().filter(result -> result.epoch() >= first).toList();
    }

    /** {@return the tasks that are dropped now} */
    public Set<String> stoppedTasks() {
        Set<String> stopped = new LinkedHashSet<>();
        for (TrainingEvent event : events) {
            if (event.kind() == Kind.TASK_STOPPED) {
                stopped.add(event.subject());
            } else if (event.kind() == Kind.TASK_RESUMED) {
                stopped.remove(event.subject());
            }
        }
        return stopped;
    }
}
