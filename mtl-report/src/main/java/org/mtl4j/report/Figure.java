package org.mtl4j.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A picture of a report: a {@link LineChart}, a {@link HeatMap}, or whatever else can be put into a page. */
public interface Figure {

    /** {@return what it is linked by, and what its file is called without ending: a to z, digits and hyphens} */
    String name();

    /** {@return what is to be seen, also for those who cannot see it} */
    String caption();

    /**
     * {@return the element of the page that shows it, such as {@code <svg>…</svg>}} It stands in the page as it is, so
     * whatever comes from outside must have been {@linkplain Html#text escaped}.
     */
    String html();

    /**
     * Writes the picture as a file of its own beside the page.
     *
     * @throws IOException if it cannot be written
     */
    void writeTo(Path directory) throws IOException;

    /** {@return why it could not be drawn; empty if it was} */
    default Optional<Throwable> failure() {
        return Optional.empty();
    }
}
