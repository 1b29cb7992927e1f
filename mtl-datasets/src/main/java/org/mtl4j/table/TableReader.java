package org.mtl4j.table;

import com.google.common.collect.ImmutableList;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.internal.check.Check;
import org.mtl4j.table.internal.DecodedText;
import org.mtl4j.table.internal.GzipMembers;
import org.mtl4j.table.internal.TextException;

/**
 * Reads tables from files and streams: comma-separated values as RFC 4180 has them, and ARFF. What is compressed by
 * gzip is decompressed. Immutable; each method gives a reader with one thing changed.
 *
 * <pre>{@code
 * TableReader reader = TableReader.csv().withSeparator(';').withComment('#');
 * TableSchema schema = reader.guess(file, "income");       // print it, and correct it in code
 * Table table = reader.read(file, schema);
 * }</pre>
 */
public final class TableReader {
    /** How many characters a row may have, unless another number is given. */
    public static final int DEFAULT_MAX_ROW_LENGTH = 1 << 20;

    private static final List<Integer> GZIP = List.of(0x1f, 0x8b);

    private static final List<OtherForm> OTHERS = List.of(
            new OtherForm("a ZIP archive, as .xlsx and .ods are", List.of(0x50, 0x4b, 0x03, 0x04)),
            new OtherForm("compressed by gzip twice", GZIP),
            new OtherForm("compressed by bzip2", List.of(0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59)),
            new OtherForm("compressed by xz", List.of(0xfd, 0x37, 0x7a, 0x58, 0x5a)),
            new OtherForm("compressed by zstd", List.of(0x28, 0xb5, 0x2f, 0xfd)),
            new OtherForm("a file of Excel's before .xlsx", List.of(0xd0, 0xcf, 0x11, 0xe0)),
            new OtherForm("PDF", List.of(0x25, 0x50, 0x44, 0x46, 0x2d)));

    private final boolean arff;
    private final Csv csv;
    private final Charset charset;
    private final long maxRows;

    /** What is only of comma-separated values. */
    record Csv(char separator, char quote, Optional<Character> comment, List<String> header, int maxRowLength) {
        Csv {
            header = ImmutableList.copyOf(header);
        }
    }

    private TableReader(boolean arff, Csv csv, Charset charset, long maxRows) {
        this.arff = arff;
        this.csv = csv;
        this.charset = charset;
        this.maxRows = maxRows;
    }

    /** {@return a reader of comma-separated values in UTF-8, the first row of which has the names of the columns} */
    public static TableReader csv() {
        Csv usual = new Csv(',', '"', Optional.empty(), List.of(), DEFAULT_MAX_ROW_LENGTH);
        return new TableReader(false, usual, StandardCharsets.UTF_8, Long.MAX_VALUE);
    }

    /** {@return a reader of ARFF in UTF-8, dense or sparse; {@code ?} is a missing value} */
    public static TableReader arff() {
        return new TableReader(true, csv().csv, StandardCharsets.UTF_8, Long.MAX_VALUE);
    }

    /** {@return the same with another sign between the fields, such as {@code ;} or a tab} */
    public TableReader withSeparator(char separator) {
        return with(new Csv(separator, csv.quote, csv.comment, csv.header, csv.maxRowLength));
    }

    /** {@return the same with another sign around fields that hold separators or ends of lines} */
    public TableReader withQuote(char quote) {
        return with(new Csv(csv.separator, quote, csv.comment, csv.header, csv.maxRowLength));
    }

    /** {@return the same with lines left out that begin with this sign} */
    public TableReader withComment(char sign) {
        return with(new Csv(csv.separator, csv.quote, Optional.of(sign), csv.header, csv.maxRowLength));
    }

    /** {@return the same for files without a row of names: these are the columns' names, at least one, each once} */
    public TableReader withHeader(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException("TableReader: a header has at least one name");
        }
        return with(new Csv(csv.separator, csv.quote, csv.comment, List.of(names), csv.maxRowLength));
    }

    /**
     * {@return the same that accepts rows of at most so many characters, as a guard against files that are no tables}
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public TableReader withMaxRowLength(int characters) {
        Check.atLeast(1, characters, "TableReader: maxRowLength");
        return with(new Csv(csv.separator, csv.quote, csv.comment, csv.header, characters));
    }

    private TableReader with(Csv changed) {
        return new TableReader(arff, changed, charset, maxRows);
    }

    /**
     * {@return the same for files in another character set, unless a mark of byte order at the beginning says which}
     */
    public TableReader withCharset(Charset other) {
        return new TableReader(arff, csv, other, maxRows);
    }

    /**
     * {@return the same that refuses tables of more rows, as a bound of the memory that they take}
     *
     * @throws IllegalArgumentException if it is below 1
     */
    public TableReader withMaxRows(long rows) {
        Check.atLeast(1L, rows, "TableReader: maxRows");
        return new TableReader(arff, csv, charset, rows);
    }

    /**
     * {@return all rows of a file, the columns that the schema uses}
     *
     * @throws TableFormatException if it is no table, lacks a column, or a value is none that the schema takes; it
     *     names line and column
     * @throws IOException if it cannot be read
     */
    public Table read(Path file, TableSchema schema) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, file.toString(), schema);
        }
    }

    /**
     * {@return all rows of a stream, which is left open}
     *
     * @param source what messages call it
     * @throws TableFormatException as {@link #read(Path, TableSchema)}
     * @throws IOException if it cannot be read
     */
    public Table read(InputStream in, String source, TableSchema schema) throws IOException {
        TableBuilder table = new TableBuilder(source, schema);
        forEachRow(in, source, table);
        return table.build();
    }

    /**
     * {@return what the columns of a file are likely to be for, by all of its rows: print it, and correct it} A column
     * of numbers is a number, unless it has few different whole ones; a column with one value, or of texts that are
     * nearly all different, is not used; all others are categories. Where an ARFF file says that a feature is numeric,
     * or which values it has, it is what the file says.
     *
     * @param labels the columns that are labels, at least one: of real numbers, or of a class
     * @throws TableFormatException if it is no table, or lacks one of the labels
     * @throws IOException if it cannot be read
     */
    public TableSchema guess(Path file, String... labels) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return guess(in, file.toString(), labels);
        }
    }

    /**
     * {@return what the columns of a stream are likely to be for, which is read to its end and left open}
     *
     * @param source what messages call it
     * @param labels as for a file
     * @throws TableFormatException as for a file
     * @throws IOException if it cannot be read
     */
    public TableSchema guess(InputStream in, String source, String... labels) throws IOException {
        SchemaGuess guess = new SchemaGuess(source, List.of(labels));
        forEachRow(in, source, guess);
        return guess.schema();
    }

    /**
     * {@return the rows of a file, one after the other, without the table in memory; close them}
     *
     * @throws TableFormatException if it is no table, or lacks a column
     * @throws IOException if it cannot be read
     */
    public TableRows open(Path file, TableSchema schema) throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            return new TableRows(
                    file.toString(),
                    in,
                    schema,
                    TableReader::translated,
                    rows(file.toString(), decoded(file.toString(), in)),
                    maxRows);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw translated(file.toString(), 0, e);
        }
    }

    /**
     * {@return an encoding with the dictionaries and scales of files that need not fit in memory} They are read once.
     *
     * @param schema of all of them
     * @param files at least one, those that are trained on
     * @throws TableFormatException if there is no row, one is no table, or a value is none that the schema takes
     * @throws IOException if one cannot be read
     */
    public TableEncoding fitEncoding(TableSchema schema, Path... files) throws IOException {
        TableEncoding.Fitter fitter = TableEncoding.fitter(schema);
        String names = Arrays.toString(files);
        for (Path file : files) {
            try (TableRows rows = open(file, schema)) {
                for (@Nullable Object[] row = rows.next(); row != null; row = rows.next()) {
                    try {
                        fitter.add(row);
                    } catch (IllegalArgumentException e) {
                        throw TableFormatException.at(file.toString(), rows.line(), e);
                    }
                }
            }
        }
        try {
            return fitter.build();
        } catch (IllegalArgumentException e) {
            throw TableFormatException.at(files.length == 1 ? files[0].toString() : names, 0, e);
        }
    }

    /**
     * {@return the rows of files that need not fit in memory as batches, read anew in each epoch}
     *
     * @param encoding by which they are encoded; its schema is theirs
     * @param files at least one, read in this order
     * @throws IllegalArgumentException if there is no file
     */
    public StreamedTableBatches batches(TableEncoding encoding, Path... files) {
        return StreamedTableBatches.of(this, encoding, List.of(files));
    }

    /** Takes the rows of a file. */
    interface RowConsumer {
        /** Takes the names of the columns, empty where one has none, and the line where they end, or 0. */
        void header(List<String> names, long line) throws IOException;

        /** Takes what the file says of the columns, behind their names; empty if it says nothing. */
        default void types(List<DeclaredType> types) {}

        void row(@Nullable String[] fields, long line) throws IOException;
    }

    private void forEachRow(InputStream in, String source, RowConsumer consumer) throws IOException {
        RowSource rows;
        try {
            rows = rows(source, decoded(source, in));
            consumer.header(rows.header(), rows.line());
            consumer.types(rows.types());
        } catch (IOException | RuntimeException e) {
            throw translated(source, 0, e);
        }
        try {
            long count = 0;
            for (@Nullable String[] fields = rows.next(); fields != null; fields = rows.next()) {
                if (++count > maxRows) {
                    throw tooMany(source, rows.line(), maxRows);
                }
                consumer.row(fields, rows.line());
            }
        } catch (IOException | RuntimeException e) {
            throw translated(source, rows.line(), e);
        }
    }

    static TableFormatException tooMany(String source, long line, long maxRows) {
        return TableFormatException.of(
                source, line, "there are more than the %s rows that are accepted".formatted(maxRows));
    }

    /**
     * What is thrown for something that went wrong while a table was read.
     *
     * @param line at which the last row began that could be read, 0 if there was none
     */
    private static IOException translated(String source, long line, Exception e) {
        if (e instanceof TextException text) {
            String advice = text.isUndecoded() ? "; give the character set that it is in by withCharset" : "";
            return new TableFormatException(source, text.line(), "", text.problem() + advice, e);
        }
        if (e instanceof ZipException || e instanceof EOFException) {
            return new TableFormatException(
                    source,
                    line,
                    "",
                    "the compressed file is damaged%s: %s"
                            .formatted(
                                    line > 0 ? " at or behind this row" : "",
                                    e.getMessage() == null ? "it has no end" : e.getMessage()),
                    e);
        }
        if (e instanceof TableFormatException || e instanceof FileSystemException) {
            return (IOException) e;
        }
        if (e instanceof IOException) {
            String place = line > 0 ? ", at or behind line " + line : "";
            return new IOException("%s%s: %s".formatted(source, place, e.getMessage()), e);
        }
        throw (RuntimeException) e;
    }

    private RowSource rows(String source, Reader in) throws IOException {
        return arff ? new ArffRows(source, in, csv.maxRowLength) : new CsvRows(source, in, csv);
    }

    private Reader decoded(String source, InputStream in) throws IOException {
        InputStream buffered = new BufferedInputStream(in, 1 << 16);
        InputStream plain =
                startsWith(buffered, GZIP) ? new BufferedInputStream(GzipMembers.of(buffered), 1 << 16) : buffered;
        for (OtherForm form : OTHERS) {
            if (startsWith(plain, form.first)) {
                throw TableFormatException.of(
                        source, 0, "it is %s, not a text: unpack it, or write it as CSV".formatted(form.name));
            }
        }
        return DecodedText.of(plain, charset);
    }

    private static boolean startsWith(InputStream in, List<Integer> bytes) throws IOException {
        in.mark(bytes.size());
        byte[] first = in.readNBytes(bytes.size());
        in.reset();
        boolean same = first.length == bytes.size();
        for (int i = 0; same && i < first.length; i++) {
            same = Byte.toUnsignedInt(first[i]) == bytes.get(i);
        }
        return same;
    }

    /** What is given by mistake for a table. */
    private record OtherForm(String name, List<Integer> first) {}
}
