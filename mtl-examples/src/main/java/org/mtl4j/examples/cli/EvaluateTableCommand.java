package org.mtl4j.examples.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.report.ModelReport;
import org.mtl4j.report.Report;
import org.mtl4j.table.StreamedTableBatches;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures a saved model on a table. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = "Measures a saved model on a table, row by row. (Without --table it is a command of faces.)")
final class EvaluateTableCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private TableFileOptions file;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "FILE",
            description = "a model that train --table has saved")
    private Path model;

    @Option(
            names = "--schema",
            paramLabel = "FILE",
            description = "the schema that the model was trained with; it is in the model, and only compared")
    private Path schema;

    @Option(names = "--json", paramLabel = "FILE", description = "writes the figures there, too")
    private Path json;

    @Option(names = "--report", paramLabel = "DIR", description = "writes " + Report.FILE + " there, too")
    private Path report;

    @Override
    public Integer call() throws IOException {
        if (json != null) {
            AtomicFile.requireWritable(json);
        }
        Dl4jModel loaded = Dl4jModel.load(model);
        TableEncoding encoding = encodingOf(loaded, model);
        if (schema != null && !TableFileOptions.schema(schema).equals(encoding.schema())) {
            throw new IOException("%s: it is another schema than that of %s, which is %s"
                    .formatted(schema, model, encoding.schema()));
        }
        Map<String, TaskScore> scores;
        try (StreamedTableBatches rows =
                file.reader().batches(encoding, file.table()).withBatchSize(1024)) {
            scores = loaded.evaluate(rows);
            if (report != null) {
                ModelReport.of(loaded, "Evaluation of " + model.getFileName())
                        .withSummary("measured on " + file.table().getFileName())
                        .withScores(scores)
                        .measuredOn(rows)
                        .write(report);
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(ScoreText.of(scores));
        out.flush();
        if (json != null) {
            AtomicFile.write(
                    json,
                    new ObjectMapper()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .writeValueAsString(ScoreText.figures(scores)));
        }
        return 0;
    }

    static TableEncoding encodingOf(Dl4jModel model, Path file) throws IOException {
        return model.encoding()
                .orElseThrow(() -> new IOException(file + ": not a model of a table, as train --table makes them"));
    }
}
