package org.mtl4j.image;

import java.io.IOException;

/** Says what is wrong with an IDX file, and at which of its bytes. */
public final class IdxFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** The faulty file. */
    private final String file;
    /** Of the data, after they are decompressed; from 0. */
    private final long offset;

    IdxFormatException(String file, long offset, String problem) {
        super("%s, byte %s: %s".formatted(file, offset, problem));
        this.file = file;
        this.offset = offset;
    }

    /** {@return the faulty file} */
    public String file() {
        return file;
    }

    /** {@return the number of the faulty byte, counted from 0 in the data as they are after decompression} */
    public long offset() {
        return offset;
    }
}
