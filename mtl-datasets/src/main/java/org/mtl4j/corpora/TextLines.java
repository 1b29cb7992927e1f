package org.mtl4j.corpora;

import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.io.SimilarNames;
import org.mtl4j.table.internal.DecodedText;
import org.mtl4j.table.internal.TextException;

/** Reads a text line by line, within limits: however long it is, a line is held, not the text. */
final class TextLines implements AutoCloseable {

    /** The longest line that is read, in characters; 10,000 points take some 200,000. */
    static final int MOST_CHARACTERS = 1 << 20;

    /** The longest text; the lists of CelebA have 25 MB. */
    private static final long MOST_BYTES = 1L << 30;

    /** Faces of one list; CelebA has 202,599. */
    private static final int MOST_LINES = 3_000_000;

    private static final Pattern BLANKS = Pattern.compile("[ \t]+");

    private final Path file;
    private final BufferedReader in;
    private int number;
    private boolean afterReturn;

    private TextLines(Path file, BufferedReader in) {
        this.file = file;
        this.in = in;
    }

    /**
     * Opens a text.
     *
     * @throws IOException if there is no such regular file
     */
    static TextLines open(Path file) throws IOException {
        return new TextLines(file, reader(file));
    }

    /** Opens a text in UTF-8 or ASCII, or as its mark of byte order says, for whoever reads it otherwise. */
    static BufferedReader reader(Path file) throws IOException {
        if (!Files.isRegularFile(file)) { // reading a pipe would wait for ever
            throw new IOException(
                    Files.exists(file)
                            ? "%s: not a regular file".formatted(file)
                            : "%s: there is no such list%s".formatted(file, SimilarNames.hint(file)));
        }
        InputStream bytes = new Limited(Files.newInputStream(file), file);
        try {
            return new BufferedReader(DecodedText.of(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            bytes.close();
            throw e;
        }
    }

    /** {@return what is thrown for a text that cannot be read} */
    static CorpusFormatException fault(Path file, TextException e) {
        return new CorpusFormatException(file, Math.toIntExact(e.line()), e.problem());
    }

    /** Ends a text that is too long. */
    private static final class Limited extends FilterInputStream {
        private final Path file;
        private long left = MOST_BYTES;

        Limited(InputStream in, Path file) {
            super(in);
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            int read = super.read(to, from, length);
            count(Math.max(0, read));
            return read;
        }

        private void count(int read) throws IOException {
            left -= read;
            if (left < 0) {
                throw new CorpusFormatException(file, "a list of more than %d bytes is not read".formatted(MOST_BYTES));
            }
        }
    }

    /** {@return the next line that is not blank, without blanks around it; null at the end} */
    @Nullable
    String next() throws IOException {
        while (true) {
            String line = line();
            if (line == null) {
                return null;
            }
            if (!line.isBlank()) {
                return line.strip();
            }
        }
    }

    private @Nullable String line() throws IOException {
        StringBuilder line = new StringBuilder();
        int c;
        try {
            c = in.read();
            if (c == '\n' && afterReturn) {
                c = in.read();
            }
            afterReturn = false;
            if (c < 0) {
                return null;
            }
            number++;
            while (c >= 0 && c != '\n' && c != '\r') {
                line.append((char) c);
                if (line.length() > MOST_CHARACTERS) {
                    throw fault("a line of more than %d characters is not read".formatted(MOST_CHARACTERS));
                }
                c = in.read();
            }
            afterReturn = c == '\r';
        } catch (TextException e) {
            throw fault(file, e);
        }
        if (number > MOST_LINES) {
            throw fault("a list of more than %d lines is not read".formatted(MOST_LINES));
        }
        return line.toString();
    }

    /** {@return a line split at its blanks} */
    static List<String> split(String line) {
        return List.of(BLANKS.split(line.strip()));
    }

    /** {@return the number of the line that was read last, from 1} */
    int number() {
        return number;
    }

    /** {@return an exception that names the line that was read last} */
    CorpusFormatException fault(String problem) {
        return new CorpusFormatException(file, Math.max(1, number), problem);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
