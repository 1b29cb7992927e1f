package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.LiveReport;
import org.mtl4j.examples.report.Report;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.stopping.EarlyStopping;
import org.mtl4j.train.stopping.TaskStopping;
import org.mtl4j.train.stopping.ValidationStopping;
import org.mtl4j.train.stopping.ZhangStopping;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains one variant and saves the model. */
@Command(name = "train", mixinStandardHelpOptions = true, description = "Trains one variant and saves the model.")
final class TrainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private TrainingSettings settings;

    @Mixin
    private CorpusOptions corpus;

    @Option(
            names = Recipe.OPTION,
            paramLabel = "NAME",
            description =
                    "options under a name, as the command recipes lists them; others given beside it have the last word")
    private String recipe;

    @Option(
            names = "--variant",
            required = true,
            paramLabel = "NAME",
            description = "single-task, attributes, split, cross-stitch, cross-stitch-l2 or cross-stitch-exponential")
    private String variant;

    @Option(names = "--epochs", description = "passes over the faces (default: ${DEFAULT-VALUE})", defaultValue = "25")
    private int epochs;

    @Option(names = "--seed", description = "of weights and order (default: ${DEFAULT-VALUE})", defaultValue = "1")
    private long seed;

    @Option(
            names = "--checkpoints",
            paramLabel = "DIR",
            description = "saves the run there on the way; the same command goes on from there if it was cut off")
    private Path checkpoints;

    @Option(
            names = "--checkpoint-every",
            paramLabel = "EPOCHS",
            description = "epochs between two checkpoints (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private int checkpointEvery;

    @Option(
            names = "--stop-tasks",
            paramLabel = "RULE",
            description = "drops attributes that are of no more use: validation:PATIENCE, or zhang:STRIP:THRESHOLD")
    private String stopTasks;

    @Option(
            names = "--patience",
            paramLabel = "EPOCHS",
            description =
                    "ends the run when the landmarks' validation loss has not become better for so long, and keeps the"
                            + " best model")
    private Integer patience;

    @Option(
            names = "--from-single-tasks",
            paramLabel = "EPOCHS",
            description = "trains each tower alone for so long before they are joined (default: ${DEFAULT-VALUE})",
            defaultValue = "0")
    private int alone;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "where the model goes")
    private Path out;

    @Mixin
    private ReportOptions reporting;

    @Option(names = "--live", description = "writes the report after each epoch, too, for a browser to look at")
    private boolean live;

    @Override
    public Integer call() throws IOException {
        PrintWriter console = spec.commandLine().getOut();
        Variant chosen = Variant.of(variant);
        requireSense(chosen);
        if (Files.isDirectory(out)) {
            throw new ParameterException(
                    spec.commandLine(), "--out is the file of the model, and %s is a directory".formatted(out));
        }
        Path folder = out.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        if (!Files.isWritable(folder)) { // better now than after hours
            throw new ParameterException(spec.commandLine(), "--out: %s cannot be written to".formatted(folder));
        }
        Optional<TaskStopping> stopping = Optional.ofNullable(stopTasks).map(this::rule);
        FaceCorpus.Split split = corpus.split(settings.broken.reader());
        FaceCrop crop = settings.crop();
        FaceCrops training = settings.training(split.training(), crop);
        FaceCrops validating = settings.validating(split.validation(), crop);
        settings.broken.print(console);
        FaceBatches held = validating.batches().tasks(chosen.tasks()).build();
        String faces = EvaluateCommand.which(training);
        Dl4jModel model = start(chosen, training, faces, held, console);
        console.print(model.network());
        console.flush();
        crop.toMap().forEach(model::setProperty);
        training.augmentation().ifPresent(augmentation -> augmentation.toMap().forEach(model::setProperty));
        model.setProperty("variant", chosen.option());
        if (recipe != null) {
            model.setProperty("recipe", Recipe.named(recipe).toString());
        }
        model.setProperty("settings", describe());
        corpus.splitToMap().forEach(model::setProperty);
        model.setProperty("corpus", corpus.synthetic() ? "synthetic" : "MTFL");
        model.setProperty("corpus.training", faces);
        model.setProperty(EvaluateCommand.HELD_BACK, EvaluateCommand.which(validating));
        Path report = reporting.directory(ReportOptions.beside(out));
        String title = "Training: " + chosen.title();
        String measured = "Trained on %d faces, measured on %d others (%s)"
                .formatted(training.size(), validating.size(), corpus.describe());
        try (PrefetchedFaceBatches batches = settings.batches(training, chosen.tasks(), seed);
                Progress progress = new Progress(console, chosen.title(), epochs, batches.batchesPerEpoch());
                LiveReport page = new LiveReport(
                        model,
                        report,
                        title,
                        measured,
                        epochs,
                        spec.commandLine().getErr())) {
            FitOptions options = validated(settings.fit(epochs), held).reportingTo(progress);
            if (live) {
                options = options.reportingTo(page);
            }
            if (checkpoints != null) {
                options = options.checkpointed(Checkpoints.in(checkpoints).every(checkpointEvery));
            }
            if (stopping.isPresent()) {
                options = options.stoppingTasks(
                        stopping.get(), FaceTask.LANDMARKS.task().name());
            }
            if (patience != null) {
                options = options.stoppingEarly(
                        EarlyStopping.on(FaceTask.LANDMARKS.task().name(), patience));
            }
            model.fit(batches, options);
        }
        int trained = model.history().latestRun().size();
        if (trained > epochs) {
            throw new IOException(
                    "%s: the run in it has %d epochs already, and --epochs says %d; give each run a directory of its own"
                            .formatted(checkpoints, trained, epochs));
        }
        model.save(out);
        FaceEvaluation evaluation = FaceEvaluation.of(model, validating);
        console.print(EvaluateCommand.text(evaluation));
        console.printf(Locale.ROOT, "model: %s%n", out);
        reporting.write(
                spec,
                report,
                Report.of(
                        title,
                        ReportOptions.summary(measured, evaluation),
                        reporting.sections(spec, model, model::predict, validating, evaluation, corpus.synthetic())));
        return 0;
    }

    /** Refuses options that would be without effect; not those of a recipe, beside which others have the last word. */
    private void requireSense(Variant chosen) {
        corpus.check(spec);
        settings.check(spec);
        if (checkpoints == null) {
            refuse("--checkpoint-every", "it is of --checkpoints, which is not given");
        }
        if (recipe == null) {
            if (settings.schedule == TrainingSettings.Schedule.COSINE) {
                refuse("--decay", "it is of the exponential schedule");
            }
            if (!chosen.stitched()) {
                for (String option : List.of("--own-share", "--alpha-rate", "--freeze-alpha")) {
                    refuse(option, "the variant %s has no units".formatted(chosen.option()));
                }
            }
            if (!chosen.tied()) {
                refuse("--strength", "the variant %s ties no weights".formatted(chosen.option()));
            }
        }
    }

    private void refuse(String option, String why) {
        TrainingSettings.refuse(spec, option, why);
    }

    /** All that decides the model, so that a checkpoint of other settings is not gone on from. */
    private String describe() {
        StringBuilder text =
                new StringBuilder(settings.describe() + ", seed " + seed + ", split seed " + corpus.splitSeed());
        if (stopTasks != null) {
            text.append(", tasks stopped by ").append(stopTasks);
        }
        if (patience != null) {
            text.append(", patience ").append(patience);
        }
        if (alone > 0) {
            text.append(", towers alone for ").append(alone).append(" epochs");
        }
        return text.toString();
    }

    private Dl4jModel start(Variant chosen, FaceCrops training, String faces, FaceBatches held, PrintWriter console)
            throws IOException {
        if (alone == 0) {
            return Dl4jModel.create(settings.network(chosen), settings.plan(seed, epochs));
        }
        Path folder = null;
        if (checkpoints != null) {
            folder = checkpoints.resolve("alone");
            Claim.of(folder, "%s, %s, %s".formatted(chosen.option(), describe(), faces));
        }
        try (PrefetchedFaceBatches batches = settings.batches(training, chosen.tasks(), seed);
                Progress progress = new Progress(console, "towers alone", alone, batches.batchesPerEpoch())) {
            FitOptions options = validated(settings.fit(alone), held).reportingTo(progress);
            if (folder != null) {
                options = options.checkpointed(Checkpoints.in(folder).every(checkpointEvery));
            }
            return Dl4jModel.fromSingleTasks(settings.network(chosen), settings.plan(seed, epochs), batches, options);
        }
    }

    /** With no face held back nothing is measured. */
    private static FitOptions validated(FitOptions options, FaceBatches held) {
        held.reset();
        return held.hasNext() ? options.validatedOn(held) : options;
    }

    private TaskStopping rule(String text) {
        String[] parts = text.split(":");
        try {
            if (parts.length == 2 && parts[0].equals("validation")) {
                return ValidationStopping.patience(Integer.parseInt(parts[1]));
            }
            if (parts.length == 3 && parts[0].equals("zhang")) {
                return ZhangStopping.of(Integer.parseInt(parts[1]), Double.parseDouble(parts[2]));
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "--stop-tasks '%s': %s".formatted(text, e.getMessage()), e);
        }
        throw new ParameterException(
                spec.commandLine(),
                "--stop-tasks '%s': accepted are validation:PATIENCE, such as validation:5, and zhang:STRIP:THRESHOLD, such as zhang:5:0.5"
                        .formatted(text));
    }
}
