package org.mtl4j.report;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.train.MultiTaskModel;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * All there is to say about a model: what it scored, how it became what it is, and what it is. Each method gives a
 * report with one thing more.
 *
 * <pre>{@code
 * ModelReport.of(model, "Income").measuredOn(test).write(Path.of("report"));
 * }</pre>
 */
public final class ModelReport {
    private final MultiTaskModel model;
    private final String title;
    private final String summary;
    private final ImmutableList<Section> first;

    private ModelReport(MultiTaskModel model, String title, String summary, List<Section> first) {
        this.model = Objects.requireNonNull(model, "model");
        this.title = Objects.requireNonNull(title, "title");
        this.summary = Objects.requireNonNull(summary, "summary");
        this.first = ImmutableList.copyOf(first);
    }

    /** {@return a report on how a model was trained; it may have been loaded from a file} */
    public static ModelReport of(MultiTaskModel model, String title) {
        return new ModelReport(model, title, "", List.of());
    }

    /** {@return the same with a sentence below the title} */
    public ModelReport withSummary(String text) {
        return new ModelReport(model, title, text, first);
    }

    /** {@return the same with scores that are known, without curves} */
    public ModelReport withScores(Map<String, TaskScore> scores) {
        return with(ScoreSections.of(scores));
    }

    /** {@return the same with scores and curves on these data, which are reset, and read twice} */
    public ModelReport measuredOn(MultiDataSetIterator data) {
        return with(ScoreSections.of(model, data));
    }

    /** {@return the same with sections of your own, after what there was} */
    public ModelReport with(List<Section> sections) {
        List<Section> all = new ArrayList<>(first);
        all.addAll(sections);
        return new ModelReport(model, title, summary, all);
    }

    /** {@return the report} */
    public Report report() {
        List<Section> sections = new ArrayList<>(first);
        sections.addAll(TrainingSections.of(model));
        sections.add(ModelSections.configuration(model, ""));
        return Report.of(title, summary, sections);
    }

    /**
     * Writes {@value Report#FILE}, alone.
     *
     * @param directory made if it is not there
     * @return the HTML file
     * @throws IOException if it cannot be written
     */
    public Path write(Path directory) throws IOException {
        return report().writeHtml(directory);
    }
}
