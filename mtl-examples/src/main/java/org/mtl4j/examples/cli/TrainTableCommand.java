package org.mtl4j.examples.cli;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.internal.io.FileProblem;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.report.LiveReport;
import org.mtl4j.report.ModelReport;
import org.mtl4j.report.Report;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableReader;
import org.mtl4j.table.TableSplit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.EncodedBatches;
import org.mtl4j.train.stopping.EarlyStopping;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a network on a table. */
@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = "Trains a network on a table and saves the model. (Without --table it is a command of faces.)")
final class TrainTableCommand implements Callable<Integer> {
    /** How the tasks share what they learn. */
    enum Sharing {
        /** Each task has a tower of its own. */
        NONE,
        /** All layers are shared. */
        HARD,
        /** Each task has a tower, and units mix them behind each layer. */
        CROSS_STITCH
    }

    /** So many rows are shuffled at a time where the table is streamed. */
    private static final int SHUFFLED = 100_000;

    @Spec
    private CommandSpec spec;

    @Mixin
    private TableFileOptions file;

    @Option(
            names = "--schema",
            required = true,
            paramLabel = "FILE",
            description = "what the columns are for, as the command schema prints it")
    private Path schema;

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "a table to measure on (default: rows of the table that are held back)")
    private Path validation;

    @Option(
            names = "--held-back",
            paramLabel = "FRACTION",
            description = "of the rows, to measure on (default: ${DEFAULT-VALUE}); groups of the schema stay together",
            defaultValue = "0.2")
    private double heldBack;

    @Option(
            names = "--stream",
            description =
                    "reads the table anew in each epoch, for tables that do not fit in memory; needs --validation")
    private boolean stream;

    @Option(
            names = "--sharing",
            paramLabel = "HOW",
            description = "none, hard or cross-stitch (default: ${DEFAULT-VALUE})",
            defaultValue = "cross-stitch")
    private Sharing sharing;

    @Option(
            names = "--layers",
            paramLabel = "UNITS",
            split = ",",
            description = "of the layers, such as 128,64 (default: ${DEFAULT-VALUE})",
            defaultValue = "128,64")
    private int[] layers;

    @Option(
            names = "--embedding",
            paramLabel = "DIMENSION",
            description = "of the row that is learned for each value of a category (default: ${DEFAULT-VALUE})",
            defaultValue = "16")
    private int embedding;

    @Option(names = "--epochs", description = "passes over the rows (default: ${DEFAULT-VALUE})", defaultValue = "5")
    private int epochs;

    @Option(names = "--batch", description = "rows of a step (default: ${DEFAULT-VALUE})", defaultValue = "256")
    private int batch;

    @Option(names = "--learning-rate", description = "of Adam (default: ${DEFAULT-VALUE})", defaultValue = "0.001")
    private double learningRate;

    @Option(names = "--seed", description = "of weights, order, split (default: ${DEFAULT-VALUE})", defaultValue = "1")
    private long seed;

    @Option(
            names = "--patience",
            paramLabel = "EPOCHS",
            description = "ends the run when the loss has not become better for so long, and keeps the best model")
    private Integer patience;

    @Option(
            names = "--checkpoints",
            paramLabel = "DIR",
            description = "saves the run there on the way; the same command goes on from there if it was cut off")
    private Path checkpoints;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "where the model goes")
    private Path out;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description = "where " + Report.FILE + " goes (default: beside the model); written anew after each epoch")
    private Path report;

    /** Rows to train on and to measure on. */
    private record Data(EncodedBatches training, EncodedBatches measured, int batchesPerEpoch, String said) {}

    @Override
    public Integer call() throws IOException {
        check();
        TableSchema columns = TableFileOptions.schema(schema);
        if (columns.labels().isEmpty()) {
            throw new IOException("%s: it has no label, so there is nothing to learn".formatted(schema));
        }
        Data data = stream ? streamed(columns) : inMemory(columns);
        Dl4jModel model = Dl4jModel.create(
                network(data.training.encoding()),
                TrainingPlan.adam(learningRate).withSeed(seed));
        model.setProperty("table", String.valueOf(file.table().getFileName()));
        if (Files.isRegularFile(file.table())) { // all else can be read once only
            model.setProperty(
                    "table.sha256",
                    MoreFiles.asByteSource(file.table()).hash(Hashing.sha256()).toString());
        }
        PrintWriter console = spec.commandLine().getOut();
        console.print(model.network());
        console.println(data.said);
        console.flush();
        Path reported = report == null ? ReportOptions.beside(out) : report;
        String title = "Training on " + file.table().getFileName();
        try (Progress progress = new Progress(console, "table", epochs, data.batchesPerEpoch);
                LiveReport page = LiveReport.of(model, reported, title)
                        .withSummary(data.said)
                        .withEpochs(epochs)
                        .onFailure(this::warn)) {
            model.fit(
                    data.training, options(data.measured).withListener(progress).withListener(page));
        }
        model.save(out);
        Map<String, TaskScore> scores = model.evaluate(data.measured);
        console.print(ScoreText.of(scores));
        console.printf("model: %s%n", out);
        try {
            Path written = ModelReport.of(model, title)
                    .withSummary(data.said)
                    .withScores(scores)
                    .measuredOn(data.measured)
                    .write(reported);
            console.printf("report: %s%n", written);
        } catch (IOException e) { // models and figures are of use without it
            warn(e);
        }
        console.flush();
        return 0;
    }

    private void warn(Throwable why) {
        spec.commandLine().getErr().println("warning: the report cannot be written: " + why.getMessage());
        spec.commandLine().getErr().flush();
    }

    private FitOptions options(EncodedBatches measured) {
        FitOptions options = FitOptions.epochs(epochs).withValidation(measured);
        if (patience != null) {
            options = options.withEarlyStopping(EarlyStopping.onTotal(patience));
        }
        return checkpoints == null ? options : options.withCheckpoints(Checkpoints.in(checkpoints));
    }

    /** Better now than after hours. */
    private void check() throws IOException {
        if (stream && validation == null) {
            throw new ParameterException(
                    spec.commandLine(), "--stream holds no rows back, so it needs --validation FILE to measure on");
        }
        if (validation == null && !(heldBack > 0 && heldBack < 1)) {
            throw new ParameterException(spec.commandLine(), "--held-back must be between 0 and 1, got " + heldBack);
        }
        if (Files.isDirectory(out)) {
            throw new ParameterException(
                    spec.commandLine(), "--out is the file of the model, and %s is a directory".formatted(out));
        }
        try {
            AtomicFile.requireWritable(out);
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "--out: " + FileProblem.of(e), e);
        }
    }

    private Data inMemory(TableSchema columns) throws IOException {
        Table all = file.reader().read(file.table(), columns);
        Table training = all;
        Table measured;
        if (validation == null) {
            List<Table> parts = split(columns).split(all, 1 - heldBack, heldBack);
            training = parts.get(0);
            measured = parts.get(1);
        } else {
            measured = file.reader(validation).read(validation, columns);
        }
        TableEncoding encoding = training.fitEncoding();
        var batches = training.batches(encoding).withBatchSize(batch).withShuffling(seed);
        return new Data(
                batches,
                measured.batches(encoding).withBatchSize(1024),
                batches.batchesPerEpoch(),
                "trained on %s rows, measured on %s others".formatted(training.rows(), measured.rows()));
    }

    private TableSplit split(TableSchema columns) {
        TableSplit split = TableSplit.seeded(seed);
        return columns.group().isPresent()
                ? split
                : columns.labels().stream()
                        .filter(label -> label instanceof Label.Classes)
                        .findFirst()
                        .map(label -> split.stratifiedBy(label.columns().get(0)))
                        .orElse(split);
    }

    private Data streamed(TableSchema columns) throws IOException {
        TableReader reader = file.reader();
        TableEncoding encoding = reader.fitEncoding(columns, file.table());
        return new Data(
                reader.batches(encoding, file.table()).withBatchSize(batch).withShuffling(seed, SHUFFLED),
                file.reader(validation).batches(encoding, validation).withBatchSize(1024),
                -1,
                "rows are read anew in each epoch");
    }

    private MultiTaskNetwork network(TableEncoding encoding) {
        NetworkBuilder network = encoding.network(embedding);
        List<Task> tasks = encoding.tasks();
        if (sharing == Sharing.HARD) {
            SplitHead head = SplitHead.of(tasks.toArray(Task[]::new));
            network.tower("all", head);
        } else {
            tasks.forEach(task -> network.tower(task.name(), SplitHead.of(task)));
        }
        for (int i = 0; i < layers.length; i++) {
            network.dense("fc" + (i + 1), layers[i]);
            if (sharing == Sharing.CROSS_STITCH && tasks.size() > 1) {
                network.stitch(CrossStitchUnit.perChannel());
            }
        }
        return network.build();
    }
}
