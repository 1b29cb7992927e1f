package org.mtl4j.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.AtomicFile;
import org.mtl4j.examples.report.ContactSheet;
import org.mtl4j.examples.report.Picture;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.PrefetchedFaceBatches;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains the poster's variants on the same faces and writes its tables. */
@Command(
        name = "poster",
        mixinStandardHelpOptions = true,
        description = {
            "Trains single task, split, cross-stitch, cross-stitch + L2 and cross-stitch + exponential-linear, and prints and"
                    + " writes the poster's two tables (mean error and failure rate of the landmarks) and the attribute"
                    + " accuracies.",
            "A run that is already in the output directory with the same settings is not repeated, so a command that was cut"
                    + " off goes on where it stopped."
        })
final class PosterCommand implements Callable<Integer> {
    private static final String RUNS = "runs";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    @Spec
    private CommandSpec spec;

    @Mixin
    private TrainingSettings settings;

    @Mixin
    private CorpusOptions corpus;

    @Option(names = "--epochs", description = "default: 25 on a corpus, 12 on synthetic faces")
    private Integer epochs;

    @Option(
            names = "--variants",
            split = ",",
            paramLabel = "NAME",
            description =
                    "some of single-task, attributes, split, cross-stitch, cross-stitch-l2, cross-stitch-exponential (default: all but"
                            + " attributes)")
    private List<String> variants;

    @Option(names = "--seed", description = "seed of the first run (default: ${DEFAULT-VALUE})", defaultValue = "1")
    private long seed;

    @Option(
            names = "--seeds",
            description = "number of runs of each variant, with seeds counted up (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private int seeds;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "where the report goes (default: ${DEFAULT-VALUE})",
            defaultValue = "poster-report")
    private Path out;

    @Mixin
    private ReportOptions reporting;

    @Override
    public Integer call() throws IOException {
        PrintWriter console = spec.commandLine().getOut();
        int passes = epochs != null ? epochs : corpus.synthetic() ? 12 : 25;
        if (seeds < 1 || passes < 1) {
            throw new ParameterException(spec.commandLine(), "--seeds and --epochs must be at least 1");
        }
        List<Variant> chosen = variants == null
                ? Variant.POSTER
                : variants.stream().map(Variant::of).toList();
        corpus.check(spec);
        settings.check(spec);
        if (Set.copyOf(chosen).size() < chosen.size()) {
            throw new ParameterException(spec.commandLine(), "--variants names one of them twice: " + variants);
        }
        Files.createDirectories(out.resolve(RUNS)); // better now than after the first run
        FaceCorpus.Split split = corpus.splitToMeasure(settings.broken.reader(), spec);
        String data = corpus.describe();
        console.printf(
                "%s: %d faces to train, %d to validate%n",
                data, split.training().size(), split.validation().size());
        console.flush();
        FaceCrop crop = settings.crop();
        FaceCrops training = settings.training(split.training(), crop);
        FaceCrops validating = settings.validating(split.validation(), crop);
        settings.broken.print(console);
        String description = "%s, %d training and %d validation faces (%s and %s), split seed %d, %d epochs, %s"
                .formatted(
                        data,
                        training.size(),
                        validating.size(),
                        training.fingerprint().substring(0, 12),
                        validating.fingerprint().substring(0, 12),
                        corpus.splitSeed(),
                        passes,
                        settings.describe());
        List<RunResult> results = new ArrayList<>();
        for (long run = seed; run < seed + seeds; run++) {
            for (Variant variant : chosen) {
                results.add(run(variant, run, description, passes, training, validating, console));
            }
        }
        PosterReport report = new PosterReport(description, results);
        report.write(out);
        console.print(report.text());
        console.println();
        PosterPage page = new PosterPage(
                report,
                ReportOptions.command(spec),
                corpus.synthetic(),
                reporting.facesWanted() ? out.resolve(RUNS) : null);
        reporting.write(spec, reporting.directory(out), page.report());
        return 0;
    }

    private RunResult run(
            Variant variant,
            long runSeed,
            String description,
            int passes,
            FaceCrops training,
            FaceCrops validating,
            PrintWriter console)
            throws IOException {
        Path file = out.resolve(RUNS).resolve(RunResult.name(variant.option(), runSeed) + ".json");
        RunResult earlier = earlier(file, description);
        if (!reporting.facesWanted()) {
            ContactSheet.delete(out.resolve(RUNS), RunResult.name(variant.option(), runSeed) + "-");
            ContactSheet.delete(out, RunResult.name(variant.option(), runSeed) + "-");
        }
        if (earlier != null) {
            console.printf("%s, seed %d: taken from %s%n", variant.title(), runSeed, file);
            return earlier;
        }
        ContactSheet.delete(out.resolve(RUNS), RunResult.name(variant.option(), runSeed) + "-"); // of other settings
        Dl4jModel model = Dl4jModel.create(settings.network(variant), settings.plan(runSeed, passes));
        FaceBatches held = validating.batches().tasks(variant.tasks()).build();
        long start = System.nanoTime();
        try (PrefetchedFaceBatches batches = settings.batches(training, variant.tasks(), runSeed);
                Progress progress = new Progress(
                        console, variant.title() + ", seed " + runSeed, passes, batches.batchesPerEpoch())) {
            model.fit(batches, settings.fit(passes).validatedOn(held).reportingTo(progress));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        FaceEvaluation evaluation = FaceEvaluation.of(model, validating);
        RunResult result = RunResult.of(
                variant,
                runSeed,
                description,
                evaluation,
                seconds,
                model.history().epochs(),
                model.relatedness());
        console.printf("%s, seed %d: %s%n", variant.title(), runSeed, result.summary());
        console.flush();
        for (Picture sheet : reporting.faces(result.name() + "-", model::predict, validating, evaluation)) {
            sheet.writeTo(out.resolve(RUNS));
        }
        AtomicFile.write(file, JSON.writeValueAsString(result));
        return result;
    }

    private static RunResult earlier(Path file, String description) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        try {
            RunResult result = JSON.readValue(Files.readString(file), RunResult.class);
            return description.equals(result.settings()) ? result : null;
        } catch (JsonProcessingException e) {
            throw new IOException(
                    "%s is not a result of this program (%s); move it away".formatted(file, e.getOriginalMessage()), e);
        }
    }
}
