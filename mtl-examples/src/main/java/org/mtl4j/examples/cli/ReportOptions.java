package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.ContactSheet;
import org.mtl4j.examples.report.EvaluationSections;
import org.mtl4j.examples.report.Picture;
import org.mtl4j.examples.report.Warnings;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.report.ModelSections;
import org.mtl4j.report.Report;
import org.mtl4j.report.Section;
import org.mtl4j.report.TrainingSections;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Options for HTML reports, which commands share, and what the reports of all have in common. */
final class ReportOptions {
    private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./-]+");

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description = "where " + Report.FILE + " and its pictures go (default: --out of poster and tune, beside the"
                    + " model in train; evaluate writes none)")
    private Path directory;

    @Option(
            names = "--no-faces",
            description = "leaves the faces out of the report, for corpora whose images must not be passed on")
    private boolean noFaces;

    private Warnings warnings;

    /** {@return where the report goes, if the user has said so} */
    Optional<Path> directory() {
        return Optional.ofNullable(directory);
    }

    /**
     * Looks whether the report can be written where the user has said: better before the work than after.
     *
     * @throws IOException if not; the message says why
     */
    void requireWritable() throws IOException {
        if (directory != null) {
            AtomicFile.requireWritableFolder(directory);
        }
    }

    /** {@return the directory for a model's report that lies beside it: faces-report for faces.zip} */
    static Path beside(Path model) {
        String name = model.getFileName().toString();
        return model.resolveSibling(name.replaceFirst("\\.[^.]+$", "") + "-report");
    }

    /** Draws the best and the worst faces, unless they are not wanted or there are none. */
    List<Picture> faces(
            String prefix, Function<INDArray, Predictions> model, FaceCrops faces, FaceEvaluation evaluation) {
        return noFaces ? List.of() : ContactSheet.pictures(prefix, model, faces, evaluation);
    }

    boolean facesWanted() {
        return !noFaces;
    }

    /**
     * Gathers all there is to say about a model and what it was measured on. A new section is a class like
     * {@link ModelSections}, and a line here.
     *
     * @param predictor what was measured: the model alone, or with flip averaging
     * @param synthetic whether the faces are drawn
     */
    List<Section> sections(
            CommandSpec spec,
            Dl4jModel model,
            Function<INDArray, Predictions> predictor,
            FaceCrops faces,
            FaceEvaluation evaluation,
            boolean synthetic) {
        List<Section> sections = new ArrayList<>(EvaluationSections.of(evaluation));
        List<Picture> sheets = faces("", predictor, faces, evaluation);
        if (!sheets.isEmpty()) {
            sections.add(ContactSheet.section("Faces", sheets, synthetic));
        }
        sections.addAll(TrainingSections.of(model));
        sections.add(ModelSections.configuration(model, command(spec)));
        return sections;
    }

    /** {@return what tells why something beside the result is not there; the same in each call} */
    Warnings warnings(CommandSpec spec) {
        if (warnings == null) {
            warnings = new Warnings(spec.commandLine().getErr());
        }
        return warnings;
    }

    /** Makes a report. */
    @FunctionalInterface
    interface Content {
        /** Makes it. */
        Report make() throws Exception;
    }

    /**
     * Makes a report, writes it and says where. It comes last, when models and figures are safe: if it fails, or its
     * pictures do, a warning says why, and the command has worked all the same.
     */
    void write(CommandSpec spec, Path directory, Content content) {
        warnings(spec).attempt("the report in " + directory, () -> {
            if (noFaces) {
                ContactSheet.delete(directory, ""); // of an earlier report
            }
            Report report = content.make();
            spec.commandLine().getOut().printf("report: %s%n", report.write(directory));
            report.failure()
                    .ifPresent(failure -> warnings(spec).tell("a picture of the report in " + directory, failure));
        });
        spec.commandLine().getOut().flush();
    }

    /** {@return what was measured, in a sentence} */
    static String summary(String faces, FaceEvaluation evaluation) {
        return evaluation
                .landmarks()
                .map(points -> String.format(
                        Locale.ROOT,
                        "%s. Landmarks: mean error %.2f %% of %s, %.1f %% failures.",
                        faces,
                        100 * points.meanError(),
                        evaluation.normalizer().text(),
                        100 * points.failureRate()))
                .orElse(faces + ".");
    }

    /** {@return the command line as the user gave it, with quotes where a shell needs them} */
    static String command(CommandSpec spec) {
        return ((Main) spec.root().userObject())
                .arguments().stream()
                        .map(word -> PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'")
                        .collect(Collectors.joining(" "));
    }
}
