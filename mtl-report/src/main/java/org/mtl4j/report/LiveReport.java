package org.mtl4j.report;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A report on a model while it is trained: written anew after each epoch, with learning curves, metrics, units and
 * relatedness so far. The page in a browser loads itself anew until the run is over. A page that cannot be written ends
 * no run.
 *
 * <p>Why not Deeplearning4j's training UI: its pages are fixed. They show the score, and mean magnitudes and histograms
 * of each layer's parameters, gradients and activations, but no losses by task, and of α not what goes from which tower
 * into which. And {@code deeplearning4j-ui} brings a web server (Vert.x), FreeMarker, the text-processing module and
 * some sixty WebJars into the program.
 */
public final class LiveReport implements ProgressListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LiveReport.class);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private final MultiTaskModel model;
    private final Path directory;
    private final String title;
    private String summary = "";
    private int epochs;
    private Function<MultiTaskModel, List<Section>> more = m -> List.of();
    private Consumer<Throwable> failed;
    private boolean told;
    private int written;

    private LiveReport(MultiTaskModel model, Path directory, String title) {
        this.model = model;
        this.directory = directory;
        this.title = title;
        this.failed = e -> {
            if (!told) {
                log.warn("the report in {} cannot be written, which does not end the run: {}", directory, e.toString());
            }
            told = true;
        };
    }

    /**
     * Makes a report on a model that is about to be fitted with this listener.
     *
     * @param directory where {@value Report#FILE} goes; made if it is not there
     * @param title of the page
     */
    public static LiveReport of(MultiTaskModel model, Path directory, String title) {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(directory, "directory");
        return new LiveReport(model, directory, Objects.requireNonNull(title, "title"));
    }

    /** Says below the title what is trained; returns this. */
    public LiveReport withSummary(String text) {
        summary = Objects.requireNonNull(text, "text");
        return this;
    }

    /** Says how many epochs the run is to have; returns this. */
    public LiveReport withEpochs(int count) {
        epochs = count;
        return this;
    }

    /** Adds sections of your own, made anew for each page; returns this. */
    public LiveReport withSections(Function<MultiTaskModel, List<Section>> sections) {
        more = Objects.requireNonNull(sections, "sections");
        return this;
    }

    /** Says who is told each time the page cannot be written, instead of a line in the log once; returns this. */
    public LiveReport onFailure(Consumer<Throwable> told) {
        failed = Objects.requireNonNull(told, "told");
        return this;
    }

    @Override
    public void onEpoch(EpochResult result) {
        written = model.history().epochsOfLatestRun();
        write("Running: epoch %s%s is over, at %s. This page loads itself anew every %s seconds."
                .formatted(
                        written,
                        epochs == 0 ? "" : " of " + epochs,
                        LocalTime.now().format(TIME),
                        Report.REFRESH));
    }

    /** Leaves a page behind that does not load itself any more: what is known of a run that failed, too. */
    @Override
    public void close() {
        if (written > 0) {
            write("");
        }
    }

    private void write(String status) {
        try {
            List<Section> sections = new ArrayList<>(TrainingSections.of(model));
            sections.addAll(more.apply(model));
            sections.add(ModelSections.configuration(model, ""));
            new Report(title, summary, status, sections).writeHtml(directory);
        } catch (IOException
                | RuntimeException
                | Error e) { // also memory that it has no room in: a page to look at is no reason to end a run
            failed.accept(e);
        }
    }
}
