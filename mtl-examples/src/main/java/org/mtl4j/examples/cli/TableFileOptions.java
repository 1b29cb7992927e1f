package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.mtl4j.data.TableSchema;
import org.mtl4j.table.TableReader;
import picocli.CommandLine.Option;

/** Options that say which table is read, and how. */
final class TableFileOptions {
    /** The option by which a command is one of tables. */
    static final String TABLE = "--table";

    @Option(
            names = TABLE,
            required = true,
            paramLabel = "FILE",
            description = "comma-separated values, or ARFF where the name ends in .arff; may be compressed by gzip")
    private Path table;

    @Option(names = "--separator", paramLabel = "SIGN", description = "between fields (default: ,)")
    private Character separator;

    @Option(names = "--comment", paramLabel = "SIGN", description = "begins lines that are left out")
    private Character comment;

    @Option(
            names = "--header",
            paramLabel = "NAMES",
            split = ",",
            description = "names of the columns, for files whose first row has none")
    private String[] header;

    @Option(names = "--charset", paramLabel = "NAME", description = "of the file (default: UTF-8)")
    private Charset charset = StandardCharsets.UTF_8;

    Path table() {
        return table;
    }

    /** {@return what reads a file by these options} */
    TableReader reader(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".arff") || name.endsWith(".arff.gz")) {
            return TableReader.arff().withCharset(charset);
        }
        TableReader reader = TableReader.csv().withCharset(charset);
        if (separator != null) {
            reader = reader.withSeparator(separator);
        }
        if (comment != null) {
            reader = reader.withComment(comment);
        }
        return header == null ? reader : reader.withHeader(header);
    }

    TableReader reader() {
        return reader(table);
    }

    /** Reads a schema, as the command {@code schema} prints it. */
    static TableSchema schema(Path file) throws IOException {
        try {
            return TableSchema.fromJson(Files.readString(file));
        } catch (IllegalArgumentException e) {
            throw new IOException("%s: %s".formatted(file, e.getMessage()), e);
        }
    }
}
