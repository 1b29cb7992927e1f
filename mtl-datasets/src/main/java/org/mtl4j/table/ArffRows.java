package org.mtl4j.table;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.LineNumberReader;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Rows of an ARFF file (Attribute-Relation File Format, of Weka): attributes that are numeric, real, integer, string,
 * date or nominal, rows dense or sparse. In sparse rows, what is not there is 0, or the first value of a nominal
 * attribute.
 */
final class ArffRows implements RowSource {
    private static final String MISSING = "?";

    private final String source;
    private final LineNumberReader in;
    private final int maxRowLength;
    private final List<String> names = new ArrayList<>();
    private final List<String> absent = new ArrayList<>();
    private final ImmutableList<String> header;

    ArffRows(String source, Reader in, int maxRowLength) throws IOException {
        this.source = source;
        this.in = new LineNumberReader(in);
        this.maxRowLength = maxRowLength;
        readHeader();
        this.header = ImmutableList.copyOf(names);
        CsvRows.checkHeader(source, line(), header);
    }

    private void readHeader() throws IOException {
        for (String text = meaningfulLine(); text != null; text = meaningfulLine()) {
            String word = text.split("\\s", 2)[0].toLowerCase(Locale.ROOT);
            String rest = text.substring(word.length()).strip();
            switch (word) {
                case "@relation" -> {} // its name is of no use
                case "@attribute" -> readAttribute(rest);
                case "@data" -> {
                    if (names.isEmpty()) {
                        throw error("there is no @attribute before @data");
                    }
                    return;
                }
                default -> throw error("expected @relation, @attribute or @data, got '%s'".formatted(shortened(text)));
            }
        }
        throw TableFormatException.of(source, 0, "no @data: this is no ARFF file, or its end is missing");
    }

    private void readAttribute(String text) throws IOException {
        Tokens tokens = new Tokens(text);
        String name = tokens.next(" \t{");
        String type = text.substring(tokens.place).strip();
        if (name.isEmpty() || type.isEmpty()) {
            throw error("expected @attribute NAME TYPE, got '@attribute %s'".formatted(shortened(text)));
        }
        if (type.startsWith("{")) {
            if (!type.endsWith("}")) {
                throw error("the values of attribute '%s' have no '}' in the same line".formatted(name));
            }
            Tokens values = new Tokens(type.substring(1, type.length() - 1));
            absent.add(values.next(","));
        } else {
            String kind = type.split("\\s", 2)[0].toLowerCase(Locale.ROOT);
            switch (kind) {
                case "numeric", "real", "integer" -> absent.add("0");
                case "string", "date" -> absent.add("");
                default ->
                    throw error(("attribute '%s': type '%s' is not read; there are numeric, real, integer, string, date"
                                    + " and {values}")
                            .formatted(name, shortened(type)));
            }
        }
        names.add(name);
    }

    private @Nullable String meaningfulLine() throws IOException {
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            if (text.length() > maxRowLength) {
                throw error("the line has %d characters, more than the %d that are accepted"
                        .formatted(text.length(), maxRowLength));
            }
            String stripped = text.strip();
            if (!stripped.isEmpty() && stripped.charAt(0) != '%') {
                return stripped;
            }
        }
        return null;
    }

    @Override
    public List<String> header() {
        return header;
    }

    @Override
    public @Nullable String @Nullable [] next() throws IOException {
        String text = meaningfulLine();
        if (text == null) {
            return null;
        }
        return text.startsWith("{") ? sparse(text) : dense(text);
    }

    private @Nullable String[] dense(String text) throws IOException {
        @Nullable String[] fields = new @Nullable String[header.size()];
        Tokens tokens = new Tokens(text);
        int count = 0;
        boolean more = true;
        while (more) {
            String field = tokens.next(",");
            if (count < fields.length) {
                fields[count] = field.equals(MISSING) && !tokens.quoted ? null : field;
            }
            count++;
            more = tokens.skip(',');
        }
        if (count != fields.length) {
            throw error("expected %d fields (%s), got %d".formatted(fields.length, String.join(", ", header), count));
        }
        return fields;
    }

    private @Nullable String[] sparse(String text) throws IOException {
        if (!text.endsWith("}")) {
            throw error("a sparse row has no '}' at its end");
        }
        @Nullable String[] fields = absent.toArray(new @Nullable String[0]);
        String inner = text.substring(1, text.length() - 1).strip();
        Tokens tokens = new Tokens(inner);
        boolean more = !inner.isEmpty();
        while (more) {
            String index = tokens.next(" \t,");
            tokens.skipBlanks();
            String value = tokens.next(",");
            int column;
            try {
                column = Integer.parseInt(index);
            } catch (NumberFormatException e) {
                throw new TableFormatException(
                        source, line(), "", "expected '{INDEX VALUE, ...}', got '%s'".formatted(shortened(text)), e);
            }
            if (column < 0 || column >= fields.length) {
                throw error("attribute %d of %d, counted from 0".formatted(column, fields.length));
            }
            fields[column] = value.equals(MISSING) && !tokens.quoted ? null : value;
            more = tokens.skip(',');
        }
        return fields;
    }

    private TableFormatException error(String problem) {
        return TableFormatException.of(source, line(), problem);
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }

    @Override
    public long line() {
        return in.getLineNumber();
    }

    /** Takes a line apart: fields may stand in single or double quotes, and \ takes the next sign as it is. */
    private final class Tokens {
        private final String text;
        private int place;
        private boolean quoted;

        Tokens(String text) {
            this.text = text;
        }

        /**
         * The text up to one of these signs, which is not taken, or to the end; without blanks around it unless it is
         * in quotes.
         */
        String next(String ends) throws TableFormatException {
            skipBlanks();
            StringBuilder field = new StringBuilder();
            quoted = place < text.length() && (text.charAt(place) == '\'' || text.charAt(place) == '"');
            char quote = quoted ? text.charAt(place++) : 0;
            while (place < text.length()) {
                char sign = text.charAt(place);
                if (quoted ? sign == quote : ends.indexOf(sign) >= 0) {
                    break;
                }
                if (sign == '\\' && place + 1 < text.length()) {
                    sign = text.charAt(++place);
                }
                field.append(sign);
                place++;
            }
            if (!quoted) {
                return field.toString().strip();
            }
            if (place == text.length()) {
                throw error("a field that begins with %s has no end".formatted(quote));
            }
            place++;
            skipBlanks();
            if (place < text.length() && ends.indexOf(text.charAt(place)) < 0 && ends.indexOf(' ') < 0) {
                throw error("there is more behind the quoted field '%s'".formatted(shortened(field.toString())));
            }
            return field.toString();
        }

        void skipBlanks() {
            while (place < text.length() && Character.isWhitespace(text.charAt(place))) {
                place++;
            }
        }

        boolean skip(char sign) {
            skipBlanks();
            boolean there = place < text.length() && text.charAt(place) == sign;
            place += there ? 1 : 0;
            return there;
        }
    }
}
