package org.mtl4j.examples.report;

import java.nio.file.Path;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;

/**
 * A report on a model while it is trained: written anew after each epoch, with learning curves, α and relatedness so
 * far. The page in a browser loads itself anew until the run is over.
 *
 * <p>Why not Deeplearning4j's training UI: its pages are fixed. They show the score, and mean magnitudes and histograms
 * of each layer's parameters, gradients and activations, but no losses by task, and of α not what goes from which tower
 * into which. And {@code deeplearning4j-ui} brings a web server (Vert.x), FreeMarker, the text-processing module and
 * some sixty WebJars into the program.
 */
public final class LiveReport implements ProgressListener, AutoCloseable {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private final MultiTaskModel model;
    private final Path directory;
    private final String title;
    private final String summary;
    private final int epochs;
    private final Warnings warnings;
    private int written;

    /**
     * Makes a report on a model that is about to be fitted with this listener.
     *
     * @param directory where it goes
     * @param title of the page
     * @param summary what is trained
     * @param epochs how many the run is to have
     * @param warnings told when the report cannot be written, which does not end the run
     */
    public LiveReport(
            MultiTaskModel model, Path directory, String title, String summary, int epochs, Warnings warnings) {
        this.model = model;
        this.directory = directory;
        this.title = title;
        this.summary = summary;
        this.epochs = epochs;
        this.warnings = warnings;
    }

    @Override
    public void onEpoch(EpochResult result) {
        written = model.history().epochsOfLatestRun();
        write("Running: epoch %s of %s is over, at %s. This page loads itself anew every %s seconds."
                .formatted(written, epochs, LocalTime.now().format(TIME), Report.REFRESH));
    }

    /** Leaves a page behind that does not load itself any more: what is known of a run that failed, too. */
    @Override
    public void close() {
        if (written > 0) {
            write("");
        }
    }

    private void write(String status) {
        warnings.attempt(
                "the report in " + directory,
                () -> { // a page to look at is no reason to end a run
                    List<Section> sections = new ArrayList<>(TrainingSections.of(model));
                    sections.add(ModelSections.configuration(model, ""));
                    Report report = new Report(title, summary, status, sections);
                    report.writeHtml(directory);
                    report.failure()
                            .ifPresent(failure -> warnings.tell("a picture of the report in " + directory, failure));
                });
    }
}
