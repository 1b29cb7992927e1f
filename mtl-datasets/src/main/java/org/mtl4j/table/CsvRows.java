package org.mtl4j.table;

import com.google.common.collect.ImmutableList;
import de.siegmar.fastcsv.reader.CommentStrategy;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.table.internal.CsvRecords;

/**
 * Rows of comma-separated values, read by FastCSV as RFC 4180 has them. A column may have no name, as the numbers of
 * the rows that other programs write in front have none, or what stands behind a separator at the end of each line: no
 * schema has it.
 */
final class CsvRows implements RowSource {
    private final String source;
    private final CsvRecords records;
    private final ImmutableList<String> header;
    private long line;

    CsvRows(String source, Reader in, TableReader.Csv options) throws IOException {
        this.source = source;
        CsvReader.CsvReaderBuilder builder =
                CsvReader.builder().fieldSeparator(options.separator()).quoteCharacter(options.quote());
        options.comment()
                .ifPresent(sign -> builder.commentStrategy(CommentStrategy.SKIP).commentCharacter(sign));
        this.records = new CsvRecords(builder, in, options.maxRowLength());
        this.header = options.header().isEmpty() ? firstRow() : ImmutableList.copyOf(options.header());
        if (header.stream().allMatch(String::isEmpty)) {
            throw TableFormatException.of(source, line, "none of the %s columns has a name".formatted(header.size()));
        }
        checkDifferent(source, line, header);
    }

    private ImmutableList<String> firstRow() throws IOException {
        CsvRecord first = record();
        if (first == null) {
            throw TableFormatException.of(source, 0, "there is no row, not even one with the names of the columns");
        }
        List<String> names = new ArrayList<>();
        for (String name : first.getFields()) {
            names.add(name.strip());
        }
        return ImmutableList.copyOf(names);
    }

    /** Refuses names that two columns have. */
    static void checkDifferent(String source, long line, List<String> names) throws TableFormatException {
        for (int i = 0; i < names.size(); i++) {
            if (!names.get(i).isEmpty() && names.indexOf(names.get(i)) < i) {
                throw TableFormatException.of(source, line, "two columns are called '%s'".formatted(names.get(i)));
            }
        }
    }

    private @Nullable CsvRecord record() throws IOException {
        CsvRecord record = records.next();
        line = record == null ? line : record.getStartingLineNumber();
        return record;
    }

    @Override
    public List<String> header() {
        return header;
    }

    @Override
    public @Nullable String @Nullable [] next() throws IOException {
        CsvRecord record = record();
        if (record == null) {
            return null;
        }
        int count = record.getFieldCount();
        if (count != header.size()) {
            throw TableFormatException.of(
                    source,
                    line,
                    "expected %s fields (%s), got %s%s"
                            .formatted(
                                    header.size(),
                                    String.join(", ", header),
                                    count,
                                    header.size() > 1 ? separatorHint(record.getFields()) : ""));
        }
        @Nullable String[] fields = new @Nullable String[count];
        for (int i = 0; i < count; i++) {
            fields[i] = record.getField(i);
        }
        return fields;
    }

    /** {@return the names of the columns that have one} */
    static List<String> named(List<String> header) {
        return header.stream().filter(name -> !name.isEmpty()).toList();
    }

    /** What is said where there is one field and several are expected: most likely another sign separates them. */
    static String separatorHint(List<String> fields) {
        if (fields.size() != 1) {
            return "";
        }
        String field = fields.get(0);
        for (char sign : new char[] {';', '\t', '|', ','}) {
            if (field.indexOf(sign) >= 0) {
                return "; it has the sign '%s': TableReader.csv().withSeparator('%s')"
                        .formatted(sign == '\t' ? "\\t" : sign, sign == '\t' ? "\\t" : sign);
            }
        }
        return "";
    }

    @Override
    public long line() {
        return line;
    }
}
