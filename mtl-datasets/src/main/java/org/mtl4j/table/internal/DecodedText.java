package org.mtl4j.table.internal;

import com.google.common.primitives.Bytes;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Decodes a text, and names the line in which it is none: where bytes are not of the character set, or stand for NUL,
 * as those of UTF-16 do that is taken for something else. What stands before that is handed out first. A mark of byte
 * order at the beginning says what the character set is, and is no part of the text.
 */
public final class DecodedText extends Reader {
    private static final int BUFFER = 1 << 13;

    private static final char MARK = '\uFEFF';

    /** The longer marks first: that of UTF-16 is the beginning of one of UTF-32. */
    private static final List<Mark> MARKS = List.of(
            new Mark(Charset.forName("UTF-32LE"), 0xff, 0xfe, 0, 0),
            new Mark(Charset.forName("UTF-32BE"), 0, 0, 0xfe, 0xff),
            new Mark(StandardCharsets.UTF_8, 0xef, 0xbb, 0xbf),
            new Mark(StandardCharsets.UTF_16LE, 0xff, 0xfe),
            new Mark(StandardCharsets.UTF_16BE, 0xfe, 0xff));

    private final InputStream in;
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER).flip();
    private final CharBuffer chars = CharBuffer.allocate(BUFFER).flip();
    private boolean begun;
    private boolean ended;
    private boolean flushed;
    private long line = 1;
    private boolean afterReturn;
    private boolean beforeNul;

    private DecodedText(InputStream in, Charset charset) {
        this.in = in;
        this.decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    /** A mark of byte order. */
    private record Mark(Charset charset, List<Byte> bytes) {
        Mark(Charset charset, int... bytes) {
            this(charset, Arrays.stream(bytes).mapToObj(value -> (byte) value).toList());
        }
    }

    /**
     * Starts to decode.
     *
     * @param charset of the text, unless it begins with a mark of byte order
     */
    public static DecodedText of(InputStream in, Charset charset) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
        for (Mark mark : MARKS) {
            buffered.mark(mark.bytes.size());
            byte[] first = buffered.readNBytes(mark.bytes.size());
            if (Bytes.asList(first).equals(mark.bytes)) {
                return new DecodedText(buffered, mark.charset);
            }
            buffered.reset();
        }
        return new DecodedText(buffered, charset);
    }

    @Override
    public int read(char[] into, int from, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!chars.hasRemaining() && !fill()) {
            return -1;
        }
        int count = Math.min(length, chars.remaining());
        chars.get(into, from, count);
        return count;
    }

    /** Decodes some more; {@return whether there was any} */
    private boolean fill() throws IOException {
        if (beforeNul) {
            throw TextException.undecoded(
                    line,
                    "it is not in %s: there is a NUL character, as where UTF-16 is taken for something else"
                            .formatted(decoder.charset()));
        }
        chars.clear();
        while (true) {
            CoderResult result = flushed ? CoderResult.UNDERFLOW : decoder.decode(bytes, chars, ended);
            if (ended && !flushed && result.isUnderflow()) {
                decoder.flush(chars);
                flushed = true;
            }
            if (chars.position() > 0) {
                chars.flip();
                if (!begun && chars.get(0) == MARK) {
                    chars.position(1); // a second one
                }
                begun = true;
                count();
                return chars.hasRemaining() || fill();
            }
            if (result.isError()) {
                throw TextException.undecoded(line, notText(result));
            }
            if (ended) {
                chars.flip();
                return false;
            }
            bytes.compact();
            int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
            ended = read < 0;
            bytes.position(bytes.position() + Math.max(0, read)).flip();
        }
    }

    private String notText(CoderResult result) {
        StringBuilder found = new StringBuilder();
        for (int i = 0; i < Math.min(result.length(), bytes.remaining()); i++) {
            found.append(" %02x".formatted(bytes.get(bytes.position() + i)).toUpperCase(Locale.ROOT));
        }
        return "it is not in %s%s".formatted(decoder.charset(), found.isEmpty() ? "" : ": there is" + found);
    }

    /** Counts the lines of what was decoded, up to a NUL that is not handed out. */
    private void count() {
        char[] array = chars.array();
        for (int i = chars.position(); i < chars.limit(); i++) {
            char sign = array[i];
            if (sign > '\r') {
                afterReturn = false;
            } else if (sign == 0) {
                beforeNul = true;
                chars.limit(i);
            } else {
                line += sign == '\r' || sign == '\n' && !afterReturn ? 1 : 0;
                afterReturn = sign == '\r';
            }
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
