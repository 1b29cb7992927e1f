package org.mtl4j.dl4j.internal.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.train.history.AlphaState;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.RelatednessState;
import org.mtl4j.train.history.TaskGradients;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.mtl4j.train.history.TrainingHistory;
import org.mtl4j.train.history.UnitState;

/**
 * Keeps the latest of what happens to a model, within bounds: see {@link TrainingHistory}. Not safe for use by several
 * threads.
 */
final class HistoryLog {
    /** About how many bytes of a file all epochs may take without α, ties and gradients; a quarter of what is read. */
    private static final long MOST_BYTES = 64L << 20;

    /** The same for α, ties and gradients alone. */
    private static final long MOST_BYTES_OF_SHARING = 64L << 20;

    private static final int BYTES_OF_EPOCH = 300;
    private static final int BYTES_OF_NUMBER = 35;
    private static final int BYTES_OF_METRIC = 90;
    private static final int BYTES_OF_STATE = 170;

    private final List<EpochResult> epochs = new ArrayList<>();
    private final List<TrainingEvent> events = new ArrayList<>();
    private long bytes;
    private long bytesOfSharing;
    /** Up to which place in the list epochs have neither α nor ties nor gradients. */
    private int bare;
    /** The number of an epoch that stays whatever comes; -1 for none. */
    private int wanted = -1;

    private int dropped = -1;
    private int stripped = -1;
    private @Nullable TrainingHistory copy;

    HistoryLog(TrainingHistory history) {
        history.events().forEach(events::add);
        history.epochs().forEach(this::append);
        shorten(TrainingHistory.MOST_EPOCHS);
    }

    TrainingHistory history() {
        if (copy == null) {
            copy = new TrainingHistory(epochs, events);
        }
        return copy;
    }

    void add(EpochResult result) {
        append(result);
        shorten(TrainingHistory.MOST_EPOCHS);
    }

    private void append(EpochResult result) {
        epochs.add(result);
        bytes += bytesOf(result);
        bytesOfSharing += bytesOfSharing(result);
        copy = null;
    }

    void add(TrainingEvent event) {
        events.add(sharingText(event));
        copy = null;
        if (events.size() > TrainingHistory.MOST_EPOCHS) {
            dropEvents(TrainingHistory.MOST_EPOCHS * 9 / 10); // not one by one: all are looked at
        }
    }

    /** Call after call of fit has the same options and versions. */
    private TrainingEvent sharingText(TrainingEvent event) {
        for (int i = events.size() - 1; i >= Math.max(0, events.size() - 3); i--) {
            if (events.get(i).text().equals(event.text())) {
                return new TrainingEvent(
                        event.epoch(),
                        event.kind(),
                        event.subject(),
                        events.get(i).text());
            }
        }
        return event;
    }

    /** Lets an epoch stay, in the place of one that was to stay before. */
    void keep(int epoch) {
        wanted = epoch;
    }

    /** Keeps so many of the latest epochs, and of events those that the model goes by, and the latest run's. */
    void trim(int most) {
        shorten(most);
        dropEvents(0);
        copy = null;
    }

    private void shorten(int most) {
        boolean shorter = false;
        int place = 0;
        while (place < epochs.size() && (epochs.size() - place > most || bytes > MOST_BYTES && epochs.size() > 1)) {
            EpochResult oldest = epochs.get(place);
            if (oldest.epoch() == wanted) {
                place++;
            } else {
                epochs.remove(place);
                bytes -= bytesOf(oldest);
                bytesOfSharing -= bytesOfSharing(oldest);
                bare = Math.max(0, bare - 1);
                dropped = Math.max(dropped, oldest.epoch());
                shorter = true;
            }
        }
        while (bytesOfSharing > MOST_BYTES_OF_SHARING && bare < epochs.size() - 1) {
            EpochResult whole = epochs.get(bare);
            bytesOfSharing -= bytesOfSharing(whole);
            epochs.set(bare, withoutSharing(whole));
            stripped = Math.max(stripped, whole.epoch());
            bare++;
            shorter = true;
        }
        if (shorter) {
            copy = null;
            note();
        }
    }

    private static EpochResult withoutSharing(EpochResult result) {
        return result.toBuilder()
                .alphas(List.of())
                .ties(List.of())
                .units(List.of())
                .gradients(Optional.empty())
                .build();
    }

    /** Says what is gone, in the place where that was said before, or before everything else. */
    private void note() {
        StringBuilder text = new StringBuilder();
        if (dropped >= 0) {
            text.append("epochs up to ").append(dropped + 1);
        }
        if (stripped > dropped) {
            text.append(text.length() == 0 ? "" : "; ")
                    .append("alpha, relatedness and gradients of epochs up to ")
                    .append(stripped + 1);
        }
        if (text.length() == 0) {
            return;
        }
        text.append(", counted from 1, are not in the history any more");
        TrainingEvent event =
                new TrainingEvent(Math.max(dropped, stripped), Kind.HISTORY_SHORTENED, "", text.toString());
        if (!events.isEmpty() && events.get(0).kind() == Kind.HISTORY_SHORTENED) {
            events.set(0, event);
        } else {
            events.add(0, event);
        }
    }

    /** Drops the oldest events that nothing goes by, until there are so many. */
    private void dropEvents(int most) {
        Set<TrainingEvent> needed = needed();
        List<TrainingEvent> left = new ArrayList<>();
        int tooMany = events.size() - most;
        boolean before = true;
        TrainingEvent latestRun = null;
        for (TrainingEvent event : events) {
            latestRun = event.kind() == Kind.RUN_STARTED ? event : latestRun;
        }
        for (TrainingEvent event : events) {
            before &= event != latestRun;
            if (before && tooMany > 0 && !needed.contains(event)) {
                tooMany--;
            } else {
                left.add(event);
            }
        }
        events.clear();
        events.addAll(left);
    }

    /** Those of before the latest run that something goes by. */
    private Set<TrainingEvent> needed() {
        Map<String, TrainingEvent> stopped = new HashMap<>();
        Set<TrainingEvent> needed = Collections.newSetFromMap(new IdentityHashMap<>());
        for (TrainingEvent event : events) {
            switch (event.kind()) {
                case TOWERS_JOINED, TOWER_TAKEN, NETWORK_CHANGED, ALPHA_DIVERGING, HISTORY_SHORTENED ->
                    needed.add(event);
                case TASK_STOPPED -> stopped.put(event.subject(), event);
                case TASK_RESUMED -> stopped.remove(event.subject());
                case RUN_STARTED,
                        RUN_STOPPED,
                        BEST_KEPT,
                        LISTENER_LIMITS,
                        RATE_SET_ON_GRAPH,
                        PLAN_CHANGED,
                        TASK_UNLABELLED,
                        SHARDS_UNEVEN,
                        AVERAGING_CHOSEN -> {
                    // the latest of them are kept as long as there is room
                }
            }
        }
        needed.addAll(stopped.values());
        return needed;
    }

    private static long bytesOf(EpochResult result) {
        return BYTES_OF_EPOCH
                + bytesOf(result.trainingLoss())
                + bytesOf(result.validationLoss())
                + bytesOf(result.lossWeights())
                + bytesOfMetrics(result.validationMetrics());
    }

    private static long bytesOfMetrics(Map<String, Map<String, MetricValue>> metrics) {
        long sum = 0;
        for (Map.Entry<String, Map<String, MetricValue>> task : metrics.entrySet()) {
            sum += task.getKey().length();
            for (String name : task.getValue().keySet()) {
                sum += BYTES_OF_METRIC + name.length();
            }
        }
        return sum;
    }

    private static long bytesOf(Map<String, Double> numbers) {
        long sum = 0;
        for (String name : numbers.keySet()) {
            sum += BYTES_OF_NUMBER + name.length();
        }
        return sum;
    }

    private static long bytesOfSharing(EpochResult result) {
        long sum = 0;
        for (AlphaState state : result.alphas()) {
            sum += BYTES_OF_STATE
                    + state.place().length()
                    + state.to().length()
                    + state.from().length();
        }
        for (UnitState state : result.units()) {
            sum += BYTES_OF_STATE
                    + state.place().length()
                    + state.quantity().length()
                    + state.to().length()
                    + state.from().length();
        }
        for (RelatednessState state : result.ties()) {
            sum += BYTES_OF_STATE
                    + state.layer().length()
                    + state.towers().stream().mapToInt(String::length).sum()
                    + bytesOf(state.coefficients());
        }
        return sum + result.gradients().map(HistoryLog::bytesOf).orElse(0L);
    }

    private static long bytesOf(TaskGradients gradients) {
        long sum = 0;
        for (TaskGradients.Norm norm : gradients.norms()) {
            sum += BYTES_OF_STATE + norm.task().length();
        }
        for (TaskGradients.Cosine cosine : gradients.cosines()) {
            sum += 2 * BYTES_OF_STATE
                    + cosine.first().length()
                    + cosine.second().length();
        }
        return sum;
    }
}
