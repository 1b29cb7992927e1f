package org.mtl4j.examples.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mtl4j.data.RowPrediction;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.table.TableRows;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Predicts the rows of a table. */
@Command(
        name = "predict",
        mixinStandardHelpOptions = true,
        description =
                "Predicts each row of a table, which needs no labels. (Without --table it is a command of faces.)")
final class PredictTableCommand implements Callable<Integer> {
    private static final int ROWS_AT_A_TIME = 4096;

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
            names = "--out",
            required = true,
            paramLabel = "CSV",
            description = "where the answers go, a row for each row: by task the class, and the outputs")
    private Path out;

    @Override
    public Integer call() throws IOException {
        AtomicFile.requireWritable(out);
        Dl4jModel loaded = Dl4jModel.load(model);
        var schema = EvaluateTableCommand.encodingOf(loaded, model).schema().featuresAlone();
        long[] count = {0};
        AtomicFile.write(out, temporary -> {
            try (BufferedWriter csv = Files.newBufferedWriter(temporary);
                    TableRows rows = file.reader().open(file.table(), schema)) {
                csv.write(header(loaded));
                List<Map<String, Object>> some = new ArrayList<>();
                for (Map<String, Object> row = rows.nextByName(); row != null; row = rows.nextByName()) {
                    some.add(row);
                    if (some.size() == ROWS_AT_A_TIME) {
                        count[0] += write(loaded, some, csv);
                    }
                }
                count[0] += write(loaded, some, csv);
            }
        });
        spec.commandLine().getOut().printf("%s rows: %s%n", count[0], out);
        spec.commandLine().getOut().flush();
        return 0;
    }

    private static String header(Dl4jModel model) {
        List<String> names = new ArrayList<>();
        RowPrediction shape =
                model.encoding().orElseThrow().prediction(model.network().tasks(), nothing(model));
        for (Task task : model.network().tasks()) {
            if (task.kind() == TaskKind.MULTI_CLASS) {
                names.add(quoted(task.name()));
            }
            for (String output : shape.outputs(task.name()).keySet()) {
                names.add(quoted(task.name() + ":" + output));
            }
        }
        return String.join(",", names) + "\n";
    }

    private static List<double[]> nothing(Dl4jModel model) {
        return model.network().tasks().stream()
                .map(task -> new double[task.outputs()])
                .toList();
    }

    private static int write(Dl4jModel model, List<Map<String, Object>> rows, BufferedWriter csv) throws IOException {
        int count = rows.size();
        if (count > 0) {
            for (RowPrediction answer : model.predictRows(rows)) {
                List<String> fields = new ArrayList<>();
                for (Task task : model.network().tasks()) {
                    if (task.kind() == TaskKind.MULTI_CLASS) {
                        fields.add(quoted(answer.classOf(task.name())));
                    }
                    answer.outputs(task.name())
                            .values()
                            .forEach(value -> fields.add(Float.toString(value.floatValue())));
                }
                csv.write(String.join(",", fields) + "\n");
            }
            rows.clear();
        }
        return count;
    }

    /** A field as RFC 4180 has it. */
    private static String quoted(String text) {
        return text.matches("[^\",\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
