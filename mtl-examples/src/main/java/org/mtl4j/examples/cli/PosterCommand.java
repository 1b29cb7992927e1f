package org.mtl4j.examples.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.ContactSheet;
import org.mtl4j.examples.report.Picture;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.internal.io.AtomicFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains the poster's variants on the same faces and writes its tables. */
@Command(
        name = "poster",
        mixinStandardHelpOptions = true,
        description = {
            "Trains single task, split, cross-stitch, cross-stitch + L2 and cross-stitch + exponential-linear, and"
                    + " prints and"
                    + " writes the poster's two tables (mean error and failure rate of the landmarks) and the attribute"
                    + " accuracies.",
            "A run that is already in the output directory with the same settings is not repeated, so a command that"
                    + " was cut"
                    + " off goes on where it stopped."
        })
final class PosterCommand extends TrainingCommand {
    private static final String RUNS = "runs";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    @Option(names = "--epochs", description = "default: 25 on a corpus, 12 on synthetic faces")
    private Integer epochs;

    @Option(
            names = "--variants",
            split = ",",
            paramLabel = "NAME",
            description =
                    "some of single-task, attributes, split, cross-stitch, cross-stitch-l2, cross-stitch-exponential"
                            + " (default: all but"
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

    @Override
    public Integer call() throws IOException {
        if (seeds < 1 || passes() < 1) {
            throw usageError("--seeds and --epochs must be at least 1");
        }
        List<NetworkVariant> chosen = chosen();
        checkSharedOptions();
        if (Set.copyOf(chosen).size() < chosen.size()) {
            throw usageError("--variants names one of them twice: " + variants);
        }
        AtomicFile.requireWritableFolder(out.resolve(RUNS)); // better now than after the first run
        TrainingFaces faces = faces();
        List<RunResult> results = new ArrayList<>();
        for (long run = seed; run < seed + seeds; run++) {
            for (NetworkVariant variant : chosen) {
                results.add(run(variant, run, faces));
            }
        }
        String settings = corpus.describe() + ", " + identity(faces).text();
        PosterReport report = new PosterReport(settings, results);
        console().print(report.text());
        console().println();
        console().flush();
        report.write(out, reporting.warnings(spec));
        PosterPage page = new PosterPage(
                report,
                ReportOptions.command(spec),
                corpus.synthetic(),
                reporting.facesWanted() ? Optional.of(out.resolve(RUNS)) : Optional.empty());
        reporting.write(spec, reporting.directory().orElse(out), page::report);
        return 0;
    }

    @Override
    TrainingFaces faces() throws IOException {
        FaceCorpus.Split split = corpus.splitToMeasure(training.skipBroken, spec);
        console()
                .printf(
                        "%s: %s faces to train, %s to validate%n",
                        corpus.describe(),
                        split.training().size(),
                        split.validation().size());
        console().flush();
        return TrainingFaces.crop(split, training, console());
    }

    private int passes() {
        return epochs != null ? epochs : corpus.synthetic() ? 12 : 25;
    }

    private List<NetworkVariant> chosen() {
        return variants == null
                ? NetworkVariant.POSTER
                : variants.stream().map(NetworkVariant::of).toList();
    }

    /** This command's part of the {@link RunIdentity} of all its runs. */
    private record SharedIdentity(int epochs) {}

    /** The part that each run has of its own. */
    private record OwnIdentity(NetworkVariant variant, long seed) {}

    /** Gathers what all runs have in common. */
    @Override
    RunIdentity identity(TrainingFaces faces) {
        return RunIdentity.of(new SharedIdentity(passes()), training.identity(), corpus.identity(), faces.identity());
    }

    /** Gathers everything that decides the result of one run. */
    RunIdentity identity(NetworkVariant variant, long runSeed, TrainingFaces faces) {
        return RunIdentity.of(
                new OwnIdentity(variant, runSeed),
                new SharedIdentity(passes()),
                training.identity(),
                corpus.identity(),
                faces.identity());
    }

    /** Gathers everything that decides the result of the first run. */
    RunIdentity identityOfFirst(TrainingFaces faces) {
        return identity(chosen().get(0), seed, faces);
    }

    private RunResult run(NetworkVariant variant, long runSeed, TrainingFaces faces) throws IOException {
        String name = RunResult.name(variant.option(), runSeed);
        Path file = out.resolve(RUNS).resolve(name + ".json");
        RunIdentity identity = identity(variant, runSeed, faces);
        Optional<RunResult> earlier = earlier(file, identity);
        if (!reporting.facesWanted()) {
            ContactSheet.delete(out.resolve(RUNS), name + "-");
            ContactSheet.delete(out, name + "-");
        }
        if (earlier.isPresent()) {
            console().printf("%s, seed %s: taken from %s%n", variant.title(), runSeed, file);
            return earlier.get();
        }
        ContactSheet.delete(out.resolve(RUNS), name + "-"); // of other settings
        Dl4jModel model = Dl4jModel.create(training.network(variant), training.plan(runSeed, passes()));
        FaceBatches validation =
                faces.validation().batches().tasks(training.tasks(variant)).build();
        long start = System.nanoTime();
        try (PrefetchedFaceBatches batches = training.batches(faces.training(), training.tasks(variant), runSeed);
                Progress progress = new Progress(
                        console(), variant.title() + ", seed " + runSeed, passes(), batches.batchesPerEpoch())) {
            model.fit(batches, training.fit(passes()).withValidation(validation).withListener(progress));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        FaceEvaluation evaluation = FaceEvaluation.of(model, faces.validation());
        RunResult result = RunResult.of(
                variant, runSeed, identity, evaluation, seconds, model.history().epochs(), model.relatedness());
        console().printf("%s, seed %s: %s%n", variant.title(), runSeed, result.summary());
        evaluation.remarks().forEach(remark -> console().printf("remark: %s%n", remark));
        console().flush();
        AtomicFile.write(file, JSON.writeValueAsString(result)); // before what may fail for a reason of its own
        String sheets = "a picture of the faces of " + name;
        reporting.warnings(spec).attempt(sheets, () -> {
            for (Picture sheet : reporting.faces(name + "-", model::predict, faces.validation(), evaluation)) {
                sheet.writeTo(out.resolve(RUNS));
                sheet.failure().ifPresent(failure -> reporting.warnings(spec).tell(sheets, failure));
            }
        });
        return result;
    }

    /** Reads the result of an earlier run, if it was the same run. */
    private static Optional<RunResult> earlier(Path file, RunIdentity identity) throws IOException {
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(Files.readString(file), RunResult.class))
                    .filter(result -> identity.equals(result.identity()));
        } catch (JsonProcessingException e) {
            throw new IOException(
                    "%s is not a result of this program (%s); move it away".formatted(file, e.getOriginalMessage()), e);
        }
    }
}
