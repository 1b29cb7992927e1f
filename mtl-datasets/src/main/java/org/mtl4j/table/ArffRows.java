package org.mtl4j.table;

import com.google.common.collect.ImmutableList;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows of an ARFF file (Attribute-Relation File Format, of Weka): attributes that are numeric, real, integer, string,
 * date or nominal, rows dense or sparse. In sparse rows, what is not there is 0, or the first value of a nominal
 * attribute. A nominal value that the header does not declare is refused.
 */
final class ArffRows implements RowSource {
    private static final String MISSING = "?";
    private static final String WEIGHTS =
            "weights of rows in braces behind them are not read; make them an attribute, and the schema's weight";

    private final String source;
    private final BufferedReader in;
    private final int maxRowLength;
    private final List<String> names = new ArrayList<>();
    private final List<String> absent = new ArrayList<>();
    /** The values of each nominal attribute; empty for the others. */
    private final List<Set<String>> declared = new ArrayList<>();

    private final List<DeclaredType> types = new ArrayList<>();

    private long line;
    private boolean afterReturn;
    private final ImmutableList<String> header;

    ArffRows(String source, Reader in, int maxRowLength) throws IOException {
        this.source = source;
        this.in = new BufferedReader(in);
        this.maxRowLength = maxRowLength;
        readHeader();
        this.header = ImmutableList.copyOf(names);
        if (header.contains("")) {
            throw TableFormatException.of(
                    source, line(), "attribute %s of %s has no name".formatted(header.indexOf("") + 1, header.size()));
        }
        CsvRows.checkDifferent(source, line(), header);
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
            Set<String> values = nominal(name, type);
            absent.add(values.iterator().next());
            declared.add(values);
            types.add(DeclaredType.NOMINAL);
        } else {
            String kind = type.split("\\s", 2)[0].toLowerCase(Locale.ROOT);
            switch (kind) {
                case "numeric", "real", "integer" -> {
                    absent.add("0");
                    types.add(DeclaredType.NUMBER);
                }
                case "string", "date" -> {
                    absent.add("");
                    types.add(DeclaredType.ANY);
                }
                default ->
                    throw error(("attribute '%s': type '%s' is not read; there are numeric, real, integer, string, date"
                                    + " and {values}")
                            .formatted(name, shortened(type)));
            }
            declared.add(Set.of());
        }
        names.add(name);
    }

    private Set<String> nominal(String name, String type) throws IOException {
        Set<String> values = new LinkedHashSet<>();
        Tokens tokens = new Tokens(type.substring(1));
        boolean more = true;
        while (more) {
            values.add(tokens.next(",}"));
            more = tokens.skip(',');
        }
        if (!tokens.skip('}')) {
            throw error("the values of attribute '%s' have no '}' in the same line".formatted(name));
        }
        tokens.skipBlanks();
        String behind = tokens.text.substring(tokens.place);
        if (!behind.isEmpty() && behind.charAt(0) != '%') {
            throw error("there is more behind the values of attribute '%s': '%s'".formatted(name, shortened(behind)));
        }
        return values;
    }

    /** Takes a value, unless the header declares others. */
    private @Nullable String checked(int column, String value, boolean quoted) throws TableFormatException {
        if (value.equals(MISSING) && !quoted) {
            return null;
        }
        Set<String> accepted = declared.get(column);
        if (!accepted.isEmpty() && !accepted.contains(value)) {
            throw new TableFormatException(
                    source,
                    line(),
                    names.get(column),
                    "'%s' is none of the values that the header declares, {%s}"
                            .formatted(shortened(value), shortened(String.join(", ", accepted))),
                    null);
        }
        return value;
    }

    private @Nullable String meaningfulLine() throws IOException {
        for (String text = readLine(); text != null; text = readLine()) {
            String stripped = text.strip();
            if (!stripped.isEmpty() && stripped.charAt(0) != '%') {
                return stripped;
            }
        }
        return null;
    }

    /** A line without its end, never more of it than is accepted. */
    private @Nullable String readLine() throws IOException {
        int sign = in.read();
        if (sign == '\n' && afterReturn) {
            sign = in.read();
        }
        afterReturn = false;
        if (sign < 0) {
            return null;
        }
        line++;
        StringBuilder text = new StringBuilder();
        while (sign >= 0 && sign != '\n' && sign != '\r') {
            if (text.length() == maxRowLength) {
                throw error("the line has more than the %s characters that are accepted".formatted(maxRowLength));
            }
            text.append((char) sign);
            sign = in.read();
        }
        afterReturn = sign == '\r';
        return text.toString();
    }

    @Override
    public List<DeclaredType> types() {
        return ImmutableList.copyOf(types);
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
                fields[count] = checked(count, field, tokens.quoted);
            }
            count++;
            more = tokens.skip(',');
        }
        if (count == fields.length + 1 && text.endsWith("}")) {
            throw error(WEIGHTS);
        }
        if (count != fields.length) {
            throw error("expected %s fields (%s), got %s".formatted(fields.length, String.join(", ", header), count));
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
        Set<Integer> given = new HashSet<>();
        boolean more = !inner.isEmpty();
        while (more) {
            String index = tokens.next(" \t,");
            tokens.skipBlanks();
            String value = tokens.next(",");
            boolean quoted = tokens.quoted;
            int column;
            if (index.startsWith("{")) {
                throw error(WEIGHTS);
            }
            try {
                column = Integer.parseInt(index);
            } catch (NumberFormatException e) {
                throw new TableFormatException(
                        source, line(), "", "expected '{INDEX VALUE, ...}', got '%s'".formatted(shortened(text)), e);
            }
            if (column < 0 || column >= fields.length) {
                throw error("attribute %s of %s, counted from 0".formatted(column, fields.length));
            }
            if (!given.add(column)) {
                throw error("attribute %s, counted from 0, has two values".formatted(column));
            }
            fields[column] = checked(column, value, quoted);
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
        return line;
    }

    /**
     * Takes a line apart: fields may stand in single or double quotes, in which \ takes the next sign as it is, but for
     * those of a line's end and of a tab.
     */
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
                if (quoted && sign == '\\' && place + 1 < text.length()) {
                    sign = escaped(text.charAt(++place));
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

        private static char escaped(char sign) {
            return switch (sign) {
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                default -> sign;
            };
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
