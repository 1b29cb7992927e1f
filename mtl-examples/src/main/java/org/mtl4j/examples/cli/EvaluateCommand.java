package org.mtl4j.examples.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.report.Report;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FlipAveraging;
import org.mtl4j.faces.LandmarkName;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.mtfl.MtflReader;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures a saved model on a corpus. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = "Measures a saved model on faces; tasks without labels are left out.")
final class EvaluateCommand implements Callable<Integer> {
    /** The property of a model that says what it was validated on. */
    static final String HELD_BACK = "corpus.validation";

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "a model that train has saved")
    private Path model;

    @Option(
            names = "--corpus",
            required = true,
            paramLabel = "DIR",
            description = "the directory that the list's paths start from")
    private Path corpus;

    @Option(
            names = "--list",
            paramLabel = "FILE",
            description = "a list in MTFL or CUHK form (default: the corpus's own training list)")
    private Path list;

    @Option(names = "--held-back", description = "measures those faces of the corpus only that train held back")
    private boolean heldBack;

    @Option(names = "--json", paramLabel = "FILE", description = "writes the figures there, too")
    private Path json;

    @Mixin
    private SkipBrokenOption skipBroken;

    @Option(
            names = "--flip-averaging",
            description = "asks about the mirrored face too, and averages both answers; takes twice the time")
    private boolean flipAveraging;

    @Mixin
    private ReportOptions reporting;

    @Override
    public Integer call() throws IOException {
        reporting.requireWritable();
        if (json != null) {
            AtomicFile.requireWritable(json);
        }
        Dl4jModel loaded = Dl4jModel.load(model);
        FaceCrop crop = cropOf(loaded, model);
        MtflReader reader = skipBroken.reader();
        FaceCorpus corpusFaces =
                list == null ? CorpusLoader.training(corpus, reader) : CorpusLoader.list(corpus, list, reader);
        if (heldBack && list != null) {
            throw new ParameterException(
                    spec.commandLine(), "--held-back is of the corpus that was trained on, so it takes no --list");
        }
        FaceCrops faces = skipBroken.crop(
                (heldBack ? CorpusOptions.heldBack(corpusFaces, loaded.properties()) : corpusFaces).cropping(crop));
        if (heldBack) {
            requireSameFaces(faces, loaded.properties().getOrDefault(HELD_BACK, ""));
        }
        skipBroken.print(spec.commandLine().getOut());
        Function<INDArray, Predictions> predictor = predictor(loaded, flipAveraging);
        FaceEvaluation evaluation = FaceEvaluation.of(loaded.network().tasks(), predictor, faces);
        spec.commandLine().getOut().printf("%s faces%n%s", faces.size(), text(evaluation));
        spec.commandLine().getOut().flush();
        if (json != null) {
            AtomicFile.write(
                    json,
                    new ObjectMapper()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .writeValueAsString(figures(faces.size(), evaluation)));
        }
        Optional<Path> report = reporting.directory();
        if (report.isPresent()) {
            String measured = "%s %sfaces of %s"
                    .formatted(
                            faces.size(),
                            heldBack ? "held-back " : "",
                            list == null ? corpus.getFileName() : list.getFileName());
            reporting.write(
                    spec,
                    report.get(),
                    () -> Report.of(
                            "Evaluation of " + model.getFileName(),
                            ReportOptions.summary(measured + (flipAveraging ? ", flip averaging" : ""), evaluation),
                            reporting.sections(spec, loaded, predictor, faces, evaluation, false)));
        }
        return 0;
    }

    private void requireSameFaces(FaceCrops faces, String stored) throws IOException {
        FaceSetIdentity here = FaceSetIdentity.of(faces);
        if (!FaceSetIdentity.parse(stored).equals(Optional.of(here))) {
            throw new IOException("%s: its faces are others than those that %s was trained on. There: %s. Here: %s"
                    .formatted(corpus, model, stored, here));
        }
    }

    /** {@return what answers for a model: by the faces alone, or averaged with their mirror images} */
    static Function<INDArray, Predictions> predictor(Dl4jModel model, boolean flipAveraging) {
        return flipAveraging ? FlipAveraging.of(model::predict) : model::predict;
    }

    /** Reads how the faces of a model were cropped. */
    static FaceCrop cropOf(Dl4jModel model, Path file) throws IOException {
        try {
            return FaceCrop.fromMap(model.properties());
        } catch (IllegalArgumentException e) {
            throw new IOException("%s: not a model of the train command: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static Map<String, Object> figures(int faces, FaceEvaluation evaluation) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("faces", faces);
        evaluation.landmarks().ifPresent(points -> {
            Map<String, Object> errors = new LinkedHashMap<>();
            for (LandmarkName name : LandmarkName.values()) {
                errors.put(
                        name.label(),
                        Map.of(
                                "meanError", points.meanError(name.ordinal()),
                                "failureRate", points.failureRate(name.ordinal())));
            }
            errors.put("all", Map.of("meanError", points.meanError(), "failureRate", points.failureRate()));
            figures.put("landmarks", errors);
        });
        evaluation.scores().forEach((task, score) -> {
            if (score instanceof ClassificationScore classes) {
                figures.put(
                        task,
                        Map.of(
                                "accuracy",
                                classes.accuracy(),
                                "majority",
                                classes.majorityBaseline(),
                                "count",
                                classes.count()));
            }
        });
        if (!evaluation.remarks().isEmpty()) {
            figures.put("remarks", evaluation.remarks());
        }
        return figures;
    }

    /** {@return the figures as a table for people} */
    static String text(FaceEvaluation evaluation) {
        StringBuilder text = new StringBuilder();
        evaluation.landmarks().ifPresent(points -> {
            text.append("landmark             mean error   failures\n");
            for (LandmarkName name : LandmarkName.values()) {
                text.append(line(name.label(), points.meanError(name.ordinal()), points.failureRate(name.ordinal())));
            }
            text.append(line("all", points.meanError(), points.failureRate()));
        });
        evaluation.scores().forEach((task, score) -> {
            if (score instanceof ClassificationScore classes) {
                text.append(String.format(
                        Locale.ROOT,
                        "%-20s accuracy %.1f %% (majority class %.1f %%)%n",
                        task,
                        100 * classes.accuracy(),
                        100 * classes.majorityBaseline()));
            }
        });
        evaluation
                .remarks()
                .forEach(remark -> text.append("remark: ").append(remark).append('\n'));
        return text.toString();
    }

    private static String line(String name, double error, double failures) {
        return String.format(Locale.ROOT, "%-20s %8.2f %% %8.1f %%%n", name, 100 * error, 100 * failures);
    }
}
