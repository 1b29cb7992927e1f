package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.EnumName;
import org.mtl4j.faces.FaceBatches;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.MeanFace;
import org.mtl4j.faces.PrefetchedFaceBatches;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.internal.io.FileProblem;
import org.mtl4j.report.LiveReport;
import org.mtl4j.report.Report;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.stopping.EarlyStopping;
import org.mtl4j.train.stopping.TaskStopping;
import org.mtl4j.train.stopping.ValidationStopping;
import org.mtl4j.train.stopping.ZhangStopping;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Trains one variant and saves the model. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = "Trains one variant on faces and saves the model. (With --table it is a command of tables: train"
                + " --table FILE --help.)")
final class TrainCommand extends TrainingCommand {
    @Option(
            names = Recipe.OPTION,
            paramLabel = "NAME",
            description =
                    "options under a name, as the command recipes lists them; others given beside it have the last"
                            + " word")
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
            description = "trains each tower alone for so long before they are joined")
    private Integer fromSingleTasks;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "where the model goes")
    private Path out;

    @Option(names = "--live", description = "writes the report after each epoch, too, for a browser to look at")
    private boolean live;

    @Override
    public Integer call() throws IOException {
        PrintWriter console = console();
        NetworkVariant chosen = NetworkVariant.of(variant);
        check(chosen);
        Optional<TaskStopping> stopping = Optional.ofNullable(stopTasks).map(this::rule);
        TrainingFaces faces = faces();
        requireTasks(chosen);
        RunIdentity identity = identity(faces);
        if (checkpoints != null) {
            identity.claim(checkpoints);
        }
        FaceBatches validation =
                faces.validation().batches().tasks(training.tasks(chosen)).build();
        Dl4jModel model = start(chosen, identity, faces, validation);
        console.print(model.network());
        console.flush();
        describe(model, chosen, identity, faces);
        Path report = reporting.directory().orElse(ReportOptions.beside(out));
        String title = "Training: " + chosen.title();
        String measured = "Trained on %s faces, measured on %s others (%s)"
                .formatted(faces.training().size(), faces.validation().size(), corpus.describe());
        try (PrefetchedFaceBatches batches = training.batches(faces.training(), training.tasks(chosen), seed);
                Progress progress = new Progress(console, chosen.title(), epochs, batches.batchesPerEpoch());
                LiveReport page = LiveReport.of(model, report, title)
                        .withSummary(measured)
                        .withEpochs(epochs)
                        .onFailure(e -> reporting.warnings(spec).tell("the report in " + report, e))) {
            FitOptions options = validated(training.fit(epochs), validation).withListener(progress);
            if (live) {
                options = options.withListener(page);
            }
            if (checkpoints != null) {
                options = options.withCheckpoints(Checkpoints.in(checkpoints).withInterval(checkpointEvery));
            }
            if (stopping.isPresent()) {
                options = options.withTaskStopping(
                        stopping.get(), FaceTask.LANDMARKS.task().name());
            }
            if (patience != null) {
                options = options.withEarlyStopping(
                        EarlyStopping.on(FaceTask.LANDMARKS.task().name(), patience));
            }
            model.fit(batches, options);
        }
        int trained = model.history().epochsOfLatestRun();
        if (trained > epochs) {
            throw new IOException(
                    ("%s: the run in it has %s epochs already, and --epochs says %s; give each run a directory of its"
                                    + " own")
                            .formatted(checkpoints, trained, epochs));
        }
        FaceCorpus trainedOn = faces.training().corpus();
        Optional<MeanFace> mean = trainedOn.countLabelled(trainedOn.layout().points()) == 0
                ? Optional.empty()
                : Optional.of(MeanFace.of(trainedOn));
        // after training, so that runs that began before there was a mean go on
        mean.ifPresent(face -> face.toMap().forEach(model::setProperty));
        IOException unsaved = null;
        try {
            model.save(out);
        } catch (IOException e) { // the figures are of use without a model, too
            unsaved = e;
        }
        FaceEvaluation.Accumulator measure =
                FaceEvaluation.accumulator(model.network().tasks(), trainedOn.layout());
        FaceEvaluation evaluation = mean.map(measure::beside)
                .orElse(measure)
                .add(model::predict, faces.validation())
                .result();
        console.print(EvaluateCommand.text(evaluation));
        console.flush();
        if (unsaved != null) {
            throw unsaved;
        }
        console.printf(Locale.ROOT, "model: %s%n", out);
        console.flush();
        reporting.write(
                spec,
                report,
                () -> Report.of(
                        title,
                        ReportOptions.summary(measured, evaluation),
                        reporting.sections(
                                spec, model, model::predict, faces.validation(), evaluation, corpus.synthetic())));
        return 0;
    }

    /** Checks everything that can be checked before faces are read: better now than after hours. */
    private void check(NetworkVariant chosen) throws IOException {
        checkSharedOptions();
        rejectIneffectiveOptions(chosen);
        if (fromSingleTasks != null && fromSingleTasks < 1) {
            throw usageError("--from-single-tasks must be at least 1, got " + fromSingleTasks);
        }
        if (Files.isDirectory(out)) {
            throw usageError("--out is the file of the model, and %s is a directory".formatted(out));
        }
        try {
            AtomicFile.requireWritable(out);
        } catch (IOException e) {
            throw usageError("--out: " + FileProblem.of(e));
        }
    }

    /** Rejects a variant whose tasks the faces have no labels of. */
    private void requireTasks(NetworkVariant chosen) {
        try {
            training.tasks(chosen);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /** Rejects options that would be without effect; not those of a recipe, beside which others have the last word. */
    private void rejectIneffectiveOptions(NetworkVariant chosen) {
        if (checkpoints == null) {
            rejectOption("--checkpoint-every", "it is of --checkpoints, which is not given");
        }
        if (recipe == null) {
            if (training.schedule == TrainingOptions.Schedule.COSINE) {
                rejectOption("--decay", "it is of the exponential schedule");
            }
            if (!chosen.stitched()) {
                for (String option : List.of("--own-share", "--alpha-rate", "--freeze-alpha")) {
                    rejectOption(option, "the variant %s has no units".formatted(chosen.option()));
                }
            }
            if (!chosen.tied()) {
                rejectOption("--strength", "the variant %s ties no weights".formatted(chosen.option()));
            }
        }
    }

    /** Stores with a model what has decided how it becomes; checkpoints of a model with other values are refused. */
    private void describe(Dl4jModel model, NetworkVariant chosen, RunIdentity identity, TrainingFaces faces) {
        faces.training().crop().toMap().forEach(model::setProperty);
        faces.training().augmentation().ifPresent(changes -> changes.toMap().forEach(model::setProperty));
        model.setProperty("variant", chosen.option());
        if (recipe != null) {
            model.setProperty("recipe", Recipe.named(recipe).toString());
        }
        model.setProperty("settings", identity.json());
        corpus.splitToMap().forEach(model::setProperty);
        model.setProperty(
                "corpus", corpus.synthetic() ? "synthetic" : corpus.form().toString());
        if (corpus.form() != CorpusForm.MTFL) { // models of MTFL's faces say what they always did
            model.setProperty(EvaluateCommand.FORM, EnumName.hyphenated(corpus.form()));
            faces.training().corpus().layout().toMap().forEach(model::setProperty);
        }
        model.setProperty(
                "corpus.training", FaceSetIdentity.of(faces.training()).toString());
        model.setProperty(
                EvaluateCommand.HELD_BACK,
                FaceSetIdentity.of(faces.validation()).toString());
    }

    /**
     * This command's part of a {@link RunIdentity}.
     *
     * @param stopTasks the rule that drops attributes, as it is given; empty for none
     * @param scheduledEpochs the number of epochs, where the learning rate depends on it
     */
    private record Identity(
            NetworkVariant variant,
            long seed,
            String stopTasks,
            OptionalInt patience,
            OptionalInt fromSingleTasks,
            OptionalInt scheduledEpochs) {}

    @Override
    RunIdentity identity(TrainingFaces faces) {
        return RunIdentity.of(
                new Identity(
                        NetworkVariant.of(variant),
                        seed,
                        stopTasks == null ? "" : stopTasks,
                        patience == null ? OptionalInt.empty() : OptionalInt.of(patience),
                        fromSingleTasks == null ? OptionalInt.empty() : OptionalInt.of(fromSingleTasks),
                        training.scheduledEpochs(epochs)),
                training.identity(),
                corpus.identity(),
                faces.identity());
    }

    /** Reads the faces that the options select; none need be held back. */
    @Override
    TrainingFaces faces() throws IOException {
        return TrainingFaces.crop(corpus.split(training.skipBroken), training, console());
    }

    /** Makes the model that training begins with: a fresh one, or towers that have been trained alone. */
    private Dl4jModel start(NetworkVariant chosen, RunIdentity identity, TrainingFaces faces, FaceBatches validation)
            throws IOException {
        if (fromSingleTasks == null) {
            return Dl4jModel.create(training.network(chosen), training.plan(seed, epochs));
        }
        try (PrefetchedFaceBatches batches = training.batches(faces.training(), training.tasks(chosen), seed);
                Progress progress =
                        new Progress(console(), "towers alone", fromSingleTasks, batches.batchesPerEpoch())) {
            FitOptions options =
                    validated(training.fit(fromSingleTasks), validation).withListener(progress);
            if (checkpoints != null) {
                Path folder = checkpoints.resolve("alone");
                identity.claim(folder);
                options = options.withCheckpoints(Checkpoints.in(folder).withInterval(checkpointEvery));
            }
            return Dl4jModel.fromSingleTasks(training.network(chosen), training.plan(seed, epochs), batches, options);
        }
    }

    /** Adds the validation faces; with none held back nothing is measured. */
    private static FitOptions validated(FitOptions options, FaceBatches validation) {
        validation.reset();
        return validation.hasNext() ? options.withValidation(validation) : options;
    }

    /** Reads the rule that drops attributes. */
    private TaskStopping rule(String text) {
        String[] parts = text.split(":");
        try {
            if (parts.length == 2 && parts[0].equals("validation")) {
                return ValidationStopping.of(Integer.parseInt(parts[1]));
            }
            if (parts.length == 3 && parts[0].equals("zhang")) {
                return ZhangStopping.of(Integer.parseInt(parts[1]), Double.parseDouble(parts[2]));
            }
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "--stop-tasks '%s': %s".formatted(text, e.getMessage()), e);
        }
        throw usageError(("--stop-tasks '%s': accepted are validation:PATIENCE, such as validation:5, and"
                        + " zhang:STRIP:THRESHOLD, such as zhang:5:0.5")
                .formatted(text));
    }
}
