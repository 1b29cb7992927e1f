package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Guesses the schema of a table. */
@Command(
        name = "schema",
        mixinStandardHelpOptions = true,
        description =
                "Prints what the columns of a table are likely to be for, as JSON: correct it, and give it to train"
                        + " --table FILE --schema FILE.")
final class SchemaCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private TableFileOptions file;

    @Option(
            names = "--label",
            required = true,
            paramLabel = "COLUMN",
            description = "a column that is to be predicted; may be given several times")
    private String[] labels;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        out.println(file.reader().guess(file.table(), labels).toJson());
        out.flush();
        return 0;
    }
}
