package org.mtl4j.corpora.internal;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.mtl4j.image.Orientation;
import org.mtl4j.internal.io.SimilarNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what is strange about the images of one corpus, and not for each of ten thousand anew. */
public final class CorpusRemarks {
    private static final Logger log = LoggerFactory.getLogger(CorpusRemarks.class);

    /** Files that are not there for which others of similar names are looked for. */
    private static final int SEARCHES = 20;

    private final String reader;
    private final AtomicBoolean lying = new AtomicBoolean();
    private final AtomicInteger searches = new AtomicInteger();

    /**
     * Starts with nothing said.
     *
     * @param reader the class whose {@code withDecoder} takes a decoder, for messages
     */
    public CorpusRemarks(String reader) {
        this.reader = reader;
    }

    /** Warns of the first image that does not lie as it is seen. */
    void orientation(Path file, Orientation orientation) {
        if (!orientation.isUpright() && lying.compareAndSet(false, true)) {
            log.warn(
                    "{}: by its EXIF data (orientation {}) it is not to be seen as its pixels are stored. That is"
                            + " ignored, as the coordinates of lists are those of the stored pixels; if yours are not,"
                            + " {}.withDecoder(ImageDecoder.standard().withUpright()) turns images. Others like"
                            + " it are not named",
                    file,
                    orientation.code(),
                    reader);
        }
    }

    /** {@return what to add to the message that a file is not there; empty if nothing is alike} */
    String similarTo(Path missing) {
        return searches.incrementAndGet() <= SEARCHES ? SimilarNames.hint(missing) : "";
    }
}
