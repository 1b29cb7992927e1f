package org.mtl4j.examples.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.EnumName;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.FlipAveraging;
import org.mtl4j.faces.MeanFace;
import org.mtl4j.faces.PointNormalizer;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.MultiLabelScore;
import org.mtl4j.metric.PointErrors;
import org.mtl4j.report.Report;
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
        description =
                "Measures a saved model on faces; tasks without labels are left out. (With --table it is a command of"
                        + " tables: evaluate --table FILE --help.)")
final class EvaluateCommand implements Callable<Integer> {
    /** The property of a model that says what it was validated on. */
    static final String HELD_BACK = "corpus.validation";

    /** The property of a model that says in which form its corpus was; MTFL's if it is not there. */
    static final String FORM = "corpus.form";

    /** More points than these are not listed one by one. */
    private static final int MOST_LISTED = 12;

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

    @Option(
            names = "--form",
            paramLabel = "NAME",
            description =
                    "of the corpus: mtfl, ibug-68 (300-W), wflw, celeba, celeba-in-the-wild or aflw (default: that"
                            + " of the model's corpus)")
    private CorpusForm form;

    @Option(
            names = "--part",
            paramLabel = "NAME",
            description = "of the corpus: training, validation or testing (default: ${DEFAULT-VALUE})",
            defaultValue = "training")
    private CorpusForm.Part part;

    @Option(
            names = "--normalizer",
            paramLabel = "LENGTH",
            description = "what errors of points are divided by: box-width, box-size, box-diagonal, inter-pupil,"
                    + " inter-ocular or points-size (default: ${DEFAULT-VALUE})",
            defaultValue = "box-width")
    private PointNormalizer normalizer;

    @Option(
            names = "--limit",
            paramLabel = "FRACTION",
            description = "error above which points and faces fail, and up to which the area under the distribution of"
                    + " errors is taken (default: ${DEFAULT-VALUE})",
            defaultValue = "0.05")
    private double limit;

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
        FaceLayout layout = layoutOf(loaded, model);
        if (!(limit > 0 && limit < Double.POSITIVE_INFINITY)) {
            throw new ParameterException(spec.commandLine(), "--limit must be finite and above 0, got " + limit);
        }
        if (!normalizer.appliesTo(layout.scheme())) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--normalizer %s: %s is not known of the %s points of this model"
                            .formatted(
                                    EnumName.hyphenated(normalizer),
                                    normalizer.text(),
                                    layout.scheme().size()));
        }
        CorpusForm read = form == null ? formOf(loaded) : form;
        if (list != null && read != CorpusForm.MTFL) {
            throw new ParameterException(
                    spec.commandLine(), "--list is of --form mtfl; others have lists of their own");
        }
        FaceCorpus corpusFaces = list == null
                ? CorpusLoader.part(read, corpus, part, skipBroken)
                : CorpusLoader.list(corpus, list, skipBroken.reader());
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
        Function<INDArray, Predictions> predictor = predictor(loaded, layout, flipAveraging);
        FaceEvaluation.Accumulator measure =
                FaceEvaluation.accumulator(loaded.network().tasks(), layout).dividingBy(normalizer, limit);
        MeanFace.fromMap(layout.scheme(), loaded.properties()).ifPresent(measure::beside);
        FaceEvaluation evaluation = measure.add(predictor, faces).result();
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
    static Function<INDArray, Predictions> predictor(Dl4jModel model, FaceLayout layout, boolean flipAveraging) {
        return flipAveraging
                ? FlipAveraging.of(
                        model.network().tasks().stream().map(layout::taskOf).toList(), model::predict)
                : model::predict;
    }

    /** Reads what the faces of a model were marked with. */
    static FaceLayout layoutOf(Dl4jModel model, Path file) throws IOException {
        try {
            return FaceLayout.fromMap(model.properties());
        } catch (IllegalArgumentException e) {
            throw new IOException("%s: not a model of the train command: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static CorpusForm formOf(Dl4jModel model) {
        String stored = model.properties().getOrDefault(FORM, EnumName.hyphenated(CorpusForm.MTFL));
        return Arrays.stream(CorpusForm.values())
                .filter(known -> EnumName.hyphenated(known).equals(stored))
                .findFirst()
                .orElse(CorpusForm.MTFL);
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
            List<String> names = evaluation.layout().scheme().names();
            for (int i = 0; i < names.size(); i++) {
                errors.put(
                        names.get(i), Map.of("meanError", points.meanError(i), "failureRate", points.failureRate(i)));
            }
            errors.put("all", Map.of("meanError", points.meanError(), "failureRate", points.failureRate()));
            figures.put("landmarks", errors);
            figures.put("normalizer", EnumName.hyphenated(evaluation.normalizer()));
            figures.put("limit", points.threshold());
            figures.put("overFaces", overFaces(points));
            evaluation.meanFace().ifPresent(mean -> figures.put("meanFace", overFaces(mean)));
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
            } else if (score instanceof MultiLabelScore labels) {
                figures.put(task, Map.of("accuracy", labels.accuracy(), "majority", labels.majorityBaseline()));
            }
        });
        if (!evaluation.remarks().isEmpty()) {
            figures.put("remarks", evaluation.remarks());
        }
        return figures;
    }

    /** {@return what papers report of points: over faces, not over points} */
    private static Map<String, Double> overFaces(PointErrors points) {
        return Map.of(
                "nme", points.normalizedMeanError(),
                "failureRate", points.imageFailureRate(),
                "auc", points.areaWithin(points.threshold()));
    }

    /** {@return the figures as a table for people} */
    static String text(FaceEvaluation evaluation) {
        StringBuilder text = new StringBuilder();
        evaluation.landmarks().ifPresent(points -> {
            text.append("landmark             mean error   failures\n");
            List<String> names = evaluation.layout().scheme().names();
            for (int i = 0; i < names.size() && names.size() <= MOST_LISTED; i++) {
                text.append(line(names.get(i), points.meanError(i), points.failureRate(i)));
            }
            text.append(line("all", points.meanError(), points.failureRate()));
            evaluation
                    .meanFace()
                    .ifPresent(mean -> text.append(line("mean face", mean.meanError(), mean.failureRate())));
            text.append(String.format(
                    Locale.ROOT,
                    "over faces: NME %.2f %% of %s, %.1f %% fail (above %.1f %%), AUC %.3f%n",
                    100 * points.normalizedMeanError(),
                    evaluation.normalizer().text(),
                    100 * points.imageFailureRate(),
                    100 * points.threshold(),
                    points.areaWithin(points.threshold())));
        });
        evaluation.scores().forEach((task, score) -> {
            if (score instanceof ClassificationScore classes) {
                text.append(String.format(
                        Locale.ROOT,
                        "%-20s accuracy %.1f %% (majority class %.1f %%)%n",
                        task,
                        100 * classes.accuracy(),
                        100 * classes.majorityBaseline()));
            } else if (score instanceof MultiLabelScore labels) {
                text.append(String.format(
                        Locale.ROOT,
                        "%-20s accuracy %.1f %% of the labels (majority %.1f %%)%n",
                        task,
                        100 * labels.accuracy(),
                        100 * labels.majorityBaseline()));
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
