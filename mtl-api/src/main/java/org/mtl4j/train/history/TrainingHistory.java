package org.mtl4j.train.history;

import com.google.common.collect.ImmutableList;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.mtl4j.train.history.TrainingEvent.Kind;

/**
 * The epochs that a model has been trained for, over all calls of {@code fit}, and what happened meanwhile. Saved with
 * the model.
 *
 * <p>A model that is trained a little, for ever, keeps the latest of it: up to {@value #MOST_EPOCHS} epochs and as many
 * events, and fewer epochs, or older ones without {@code alphas}, {@code ties} and {@code gradients}, where these are
 * so large that a file would have more than some 100 megabytes of them. An event {@link Kind#HISTORY_SHORTENED} says
 * what is gone. Tasks that were dropped, towers that were joined, and whatever else the model goes by stay.
 * {@code MultiTaskModel.trimHistory} lets go of more.
 *
 * @param epochs in order; empty for a fresh model
 * @param events in order
 */
public record TrainingHistory(List<EpochResult> epochs, List<TrainingEvent> events) implements Serializable {
    /** How many epochs are kept at most, and how many events. */
    public static final int MOST_EPOCHS = 10_000;

    /** Copies the lists. */
    public TrainingHistory {
        epochs = ImmutableList.copyOf(epochs);
        events = ImmutableList.copyOf(events);
    }

    /** Writes this history as JSON, for {@link #fromJson}. */
    public String toJson() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            writeJson(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory takes it
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /**
     * Writes what {@link #toJson} returns piece by piece, in UTF-8, and closes the stream.
     *
     * @throws IOException if it cannot be written
     */
    public void writeJson(OutputStream out) throws IOException {
        HistoryJson.write(this, out);
    }

    /**
     * Reads the history that {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if the text is no such history
     */
    public static TrainingHistory fromJson(String json) {
        try {
            return readJson(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory gives it
        }
    }

    /**
     * Reads what {@link #writeJson} wrote piece by piece, and closes the stream.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if it has no such history
     */
    public static TrainingHistory readJson(InputStream in) throws IOException {
        return HistoryJson.read(in);
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
        int first = startOfLatestRun();
        int from = epochs.size();
        while (from > 0 && epochs.get(from - 1).epoch() >= first) {
            from--;
        }
        return epochs.subList(from, epochs.size());
    }

    /**
     * {@return how many epochs the latest call of {@code fit} has come to, those before an interruption included, and
     * those that are not in the history any more}
     */
    public int epochsOfLatestRun() {
        return epochs.isEmpty() ? 0 : Math.max(0, last().epoch() + 1 - startOfLatestRun());
    }

    /** {@return the number, counted from 0, of the first epoch of the latest call of {@code fit}} */
    public int startOfLatestRun() {
        for (int i = events.size() - 1; i >= 0; i--) {
            if (events.get(i).kind() == Kind.RUN_STARTED) {
                return events.get(i).epoch() + 1;
            }
        }
        return 0;
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

    /** What Java serialises in its place: its saved form, and that of an epoch a history of it alone. */
    private Object writeReplace() {
        return new Written(toJson());
    }

    private record Written(String json) implements Serializable {
        private Object readResolve() {
            return TrainingHistory.fromJson(json);
        }
    }
}
