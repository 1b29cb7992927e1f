package org.mtl4j.examples.cli;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.mtl4j.report.EventText;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;

/** Shows progress: a bar over the steps of a run on a terminal, a plain line per epoch otherwise. */
final class Progress implements ProgressListener, AutoCloseable {
    private final PrintWriter out;
    private final String name;
    private final int epochs;
    private final int stepsPerEpoch;
    private ProgressBar bar;

    /** @param stepsPerEpoch below 0 if that is not known */
    Progress(PrintWriter out, String name, int epochs, int stepsPerEpoch) {
        this.out = out;
        this.name = name;
        this.epochs = epochs;
        this.stepsPerEpoch = stepsPerEpoch;
        if (System.console() != null) {
            withBar(() -> bar = new ProgressBarBuilder()
                    .setTaskName(name)
                    .setInitialMax(stepsPerEpoch < 0 ? -1 : (long) epochs * stepsPerEpoch)
                    .setStyle(ProgressBarStyle.ASCII)
                    .build());
        }
    }

    /** Does something with the bar, and goes on in lines if that fails: terminals are moved by native code. */
    private void withBar(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | LinkageError e) {
            bar = null;
        }
    }

    @Override
    public void onStep(int epoch, int step, int examples, double score) {
        if (bar != null) {
            withBar(() -> {
                if (stepsPerEpoch < 0) {
                    bar.step();
                } else {
                    bar.stepTo((long) epoch * stepsPerEpoch + step + 1); // a run that goes on does not start at 0
                }
            });
        }
    }

    @Override
    public void onEpoch(EpochResult result) {
        String losses = result.validationLoss().entrySet().stream()
                .map(loss -> String.format(Locale.ROOT, "%s %.4g", loss.getKey(), loss.getValue()))
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
        if (bar != null) {
            withBar(() -> bar.setExtraMessage(losses));
        } else {
            out.printf(
                    Locale.ROOT,
                    "%s: epoch %d of %d, score %.4f, validation loss %s%n",
                    name,
                    result.epoch() + 1,
                    epochs,
                    result.score(),
                    losses);
            out.flush();
        }
    }

    @Override
    public void onEvent(TrainingEvent event) {
        if (event.kind() != TrainingEvent.Kind.RUN_STARTED) {
            out.printf("%s: %s%n", name, EventText.line(event));
            out.flush();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            withBar(bar::close);
        }
    }
}
