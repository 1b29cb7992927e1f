package org.mtl4j.report;

import java.io.Flushable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.mtl4j.internal.check.Check;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.slf4j.Logger;

/**
 * Tells in lines how a run gets on: a line for each epoch with losses and metrics of all tasks, examples a second and
 * the time that is left; a line for whatever happens; and now and then one within an epoch, if that is wanted.
 *
 * <pre>{@code
 * FitOptions.epochs(40).withListener(ProgressLines.to(System.out).withEpochs(40).every(Duration.ofSeconds(10)))
 * FitOptions.epochs(40).withListener(ProgressLines.toLog(logger))
 * }</pre>
 *
 * For one run at a time. Nothing is printed elsewhere.
 */
public final class ProgressLines implements ProgressListener {
    private static final double SECOND = 1e9;

    private final Consumer<String> out;
    private final LongSupplier clock;
    private int epochs;
    private long every = Long.MAX_VALUE;
    private int firstEpoch = -1;
    private long epochStart;
    private long latestLine;
    private long runStart;
    private long examples;

    private ProgressLines(Consumer<String> out, LongSupplier clock) {
        this.out = out;
        this.clock = clock;
    }

    /** Writes lines, each with a line feed, and flushes what can be flushed. */
    public static ProgressLines to(Appendable out) {
        return new ProgressLines(lines(out), System::nanoTime);
    }

    /** Writes lines of level INFO. */
    public static ProgressLines toLog(Logger log) {
        Objects.requireNonNull(log, "log");
        return new ProgressLines(line -> log.info("{}", line), System::nanoTime);
    }

    /** Writes lines by a clock that counts nanoseconds. */
    static ProgressLines to(Appendable out, LongSupplier clock) {
        return new ProgressLines(lines(out), clock);
    }

    private static Consumer<String> lines(Appendable out) {
        Objects.requireNonNull(out, "out");
        return line -> {
            try {
                out.append(line).append('\n');
                if (out instanceof Flushable flushable) {
                    flushable.flush();
                }
            } catch (IOException e) {
                throw new UncheckedIOException("progress could not be written", e);
            }
        };
    }

    /**
     * Says how many epochs the run is to have, so that it can be told how long it will take; returns this.
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public ProgressLines withEpochs(int count) {
        epochs = Check.atLeast(1, count, "ProgressLines: epochs");
        return this;
    }

    /** Writes a line within epochs, too, when so much time has passed since the latest line; returns this. */
    public ProgressLines every(Duration time) {
        every = time.toNanos();
        return this;
    }

    @Override
    public void onStep(int epoch, int step, int seen, double score) {
        long now = clock.getAsLong();
        if (firstEpoch < 0) {
            firstEpoch = epoch;
            runStart = now;
            epochStart = now;
            latestLine = now;
        }
        examples += seen;
        if (now - latestLine >= every) {
            latestLine = now;
            out.accept("epoch %s%s, step %s: score %s%s"
                    .formatted(epoch + 1, ofAll(), step + 1, Words.number(score), speed(now)));
        }
    }

    private String ofAll() {
        return epochs == 0 ? "" : " of " + epochs;
    }

    private String speed(long now) {
        double seconds = (now - epochStart) / SECOND;
        if (seconds <= 0 || examples == 0) {
            return "";
        }
        double speed = examples / seconds;
        return String.format(Locale.ROOT, speed < 10 ? ", %.1f examples a second" : ", %.0f examples a second", speed);
    }

    @Override
    public void onEpoch(EpochResult result) {
        long now = clock.getAsLong();
        List<String> parts = new ArrayList<>();
        parts.add("score " + Words.number(result.score()));
        result.trainingLoss()
                .forEach((task, loss) -> parts.add("%s loss %s%s%s"
                        .formatted(task, Words.number(loss), validation(result, task), metrics(result, task))));
        result.validationLoss().keySet().stream()
                .filter(task -> !result.trainingLoss().containsKey(task))
                .forEach(task ->
                        parts.add("%s loss –%s%s".formatted(task, validation(result, task), metrics(result, task))));
        out.accept("epoch %s%s: %s%s%s"
                .formatted(result.epoch() + 1, ofAll(), String.join("; ", parts), speed(now), left(result, now)));
        epochStart = now;
        latestLine = now;
        examples = 0;
    }

    private static String validation(EpochResult result, String task) {
        Double loss = result.validationLoss().get(task);
        return loss == null ? "" : " (validation " + Words.number(loss) + ")";
    }

    private static String metrics(EpochResult result, String task) {
        StringBuilder text = new StringBuilder();
        result.validationMetrics()
                .getOrDefault(task, Map.of())
                .forEach((name, value) ->
                        text.append(", ").append(name).append(' ').append(Words.number(value.value())));
        return text.toString();
    }

    private String left(EpochResult result, long now) {
        int done = result.epoch() + 1 - Math.max(0, firstEpoch);
        int rest = epochs - result.epoch() - 1;
        if (firstEpoch < 0 || epochs == 0 || rest <= 0) {
            return "";
        }
        long seconds = Math.round((now - runStart) / SECOND / done * rest);
        String time = seconds < 120
                ? seconds + " s"
                : seconds < 7200 ? (seconds + 30) / 60 + " min" : (seconds + 1800) / 3600 + " h";
        return ", about " + time + " left";
    }

    @Override
    public void onEvent(TrainingEvent event) {
        if (event.kind() != TrainingEvent.Kind.RUN_STARTED) {
            out.accept(EventText.line(event));
        }
    }
}
