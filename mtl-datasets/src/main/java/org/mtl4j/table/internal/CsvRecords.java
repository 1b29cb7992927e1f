package org.mtl4j.table.internal;

import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Records of comma-separated values, read by FastCSV as RFC 4180 has them, of any number of fields. What FastCSV
 * forgives is an error here: a quote that is not closed takes all that follows it into one field. Errors are
 * {@link TextException}s with the line at which the record begins.
 */
public final class CsvRecords {
    /** Put behind the text: a record by itself, unless a quote is still open. No character of any text. */
    private static final String END = "\uFFFF";

    /** FastCSV writes numbers with the digits of the machine's language. */
    private static final Pattern LINE = Pattern.compile("line (\\p{Nd}{1,18})");

    private static final Pattern LIMIT = Pattern.compile("(?is).*\\bmax(imum)?\\b.*");

    private final WithEnd text;
    private final int maxLength;
    private final CloseableIterator<CsvRecord> records;
    private boolean ended;

    /**
     * Starts to read.
     *
     * @param options of FastCSV; records may have any number of fields
     * @param maxLength how many characters a record may have
     */
    public CsvRecords(CsvReader.CsvReaderBuilder options, Reader in, int maxLength) {
        this.text = new WithEnd(in);
        this.maxLength = maxLength;
        this.records = options.skipEmptyLines(true)
                .trimWhitespacesAroundQuotes(true)
                .allowExtraFields(true) // counted by whoever knows the names of the columns
                .allowMissingFields(true)
                .detectBomHeader(false)
                .maxBufferSize(maxLength)
                .build(
                        CsvRecordHandler.of(of ->
                                of.maxFields(maxLength).maxFieldSize(maxLength).maxRecordSize(maxLength)),
                        text)
                .iterator();
    }

    /**
     * {@return the next record, null behind the last}
     *
     * @throws TextException if there is none that can be read
     * @throws IOException if the text cannot be read
     */
    public @Nullable CsvRecord next() throws IOException {
        try {
            if (ended || !records.hasNext()) {
                return null;
            }
            CsvRecord record = records.next();
            String last = record.getField(record.getFieldCount() - 1);
            if (text.ended && last.endsWith(END) && !records.hasNext()) {
                ended = true;
                if (record.getFieldCount() == 1 && last.equals(END)) {
                    return null;
                }
                throw TextException.of(
                        record.getStartingLineNumber(), "a field that begins with a quote has no end", null);
            }
            return record;
        } catch (CsvParseException e) {
            throw translated(e);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private IOException translated(CsvParseException e) {
        if (e.getCause() instanceof IOException io) {
            return io;
        }
        String message = String.valueOf(e.getMessage());
        Matcher line = LINE.matcher(message);
        String problem =
                e.getCause() == null ? message : String.valueOf(e.getCause().getMessage());
        return TextException.of(
                line.find() ? Long.parseLong(line.group(1)) : 1,
                LIMIT.matcher(problem).matches()
                        ? "the row has more than the %s characters that are accepted; is a quote not closed?"
                                .formatted(maxLength)
                        : problem,
                e);
    }

    /** A text with a line behind it. */
    private static final class WithEnd extends Reader {
        private final Reader in;
        private boolean ended;
        private String left = "";

        WithEnd(Reader in) {
            this.in = in;
        }

        @Override
        public int read(char[] into, int from, int length) throws IOException {
            if (!ended) {
                int count = in.read(into, from, length);
                if (count >= 0) {
                    return count;
                }
                ended = true;
                left = "\n" + END;
            }
            int count = Math.min(length, left.length());
            left.getChars(0, count, into, from);
            left = left.substring(count);
            return count == 0 && length > 0 ? -1 : count;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
