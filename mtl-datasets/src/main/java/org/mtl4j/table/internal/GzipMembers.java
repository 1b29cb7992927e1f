package org.mtl4j.table.internal;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Decompresses all members of what gzip has made, as several files put one behind the other are. What stands behind the
 * last one and is none is an error: Java's own stream takes it for the end. It does so, too, with further members of a
 * stream that does not know whether there will be more bytes, such as one from a network, and their rows would be lost.
 */
public final class GzipMembers extends GZIPInputStream {
    private static final int BUFFER = 1 << 16;

    /** How long a member's end is: a sum of its bytes, and their number. */
    private static final int TRAILER = 8;

    /** How many bytes had been taken when the buffer was filled. */
    private long filled;

    private boolean checked;

    private GzipMembers(Counted in) throws IOException {
        super(in, BUFFER);
    }

    /**
     * Starts to read.
     *
     * @throws ZipException if it is not from gzip
     */
    public static GzipMembers of(InputStream in) throws IOException {
        return new GzipMembers(new Counted(new BufferedInputStream(in, BUFFER)));
    }

    private long taken() {
        return ((Counted) in).taken;
    }

    @Override
    protected void fill() throws IOException {
        super.fill();
        filled = taken();
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
        int read = super.read(into, from, length);
        if (read < 0 && !checked) {
            checkEnd();
            checked = true;
        }
        return read;
    }

    /** {@return 0: who reads on because there is more would lose what was read before the place that is damaged} */
    @Override
    public int available() {
        return 0;
    }

    /** Of what is behind the last member, some may be in the buffer, and some taken in search of another member. */
    private void checkEnd() throws IOException {
        int left = inf.getRemaining();
        long ofTrailer = Math.max(0, TRAILER - left);
        if (left > TRAILER || taken() - filled > ofTrailer || in.read() >= 0) {
            throw new ZipException("there is something else behind the end of what is compressed");
        }
    }

    /** Counts bytes, and looks whether there are more where the stream does not know. */
    private static final class Counted extends FilterInputStream {
        private long taken;

        Counted(BufferedInputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int sign = in.read();
            taken += sign < 0 ? 0 : 1;
            return sign;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
            int read = in.read(into, from, length);
            taken += Math.max(0, read);
            return read;
        }

        @Override
        public int available() throws IOException {
            int known = in.available();
            if (known > 0) {
                return known;
            }
            in.mark(1);
            int sign = in.read();
            in.reset();
            return sign < 0 ? 0 : 1;
        }
    }
}
