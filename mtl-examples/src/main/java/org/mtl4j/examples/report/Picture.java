package org.mtl4j.examples.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import org.knowm.xchart.internal.chartpart.Chart;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.report.Figure;
import org.mtl4j.report.Html;

/** A picture of a report that is painted, as PNG; or its caption alone, where it cannot be drawn. */
public final class Picture implements Figure {
    private final String name;
    private final String caption;
    private final Drawing.Image image;
    private final Throwable failure;

    private Picture(String name, String caption, Drawing.Image image, Throwable failure) {
        this.name = name;
        this.caption = caption;
        this.image = image;
        this.failure = failure;
    }

    /**
     * Draws a chart, once for light and once for dark displays.
     *
     * @param name that of its file, without ending: a to z, digits and hyphens
     * @param caption what is to be seen, also for those who cannot see it
     * @param chart makes the chart; to be {@linkplain Theme#style styled} with what it is given
     */
    public static Picture of(String name, String caption, Function<Theme, Chart<?, ?>> chart) {
        return drawn(name, caption, () -> Painting.of(chart));
    }

    /**
     * Draws a picture. If that fails, by an Error too, as where there are no fonts, the picture has a {@link #failure},
     * and a report its caption alone.
     */
    static Picture drawn(String name, String caption, Drawing drawing) {
        if (!name.matches("[a-z0-9][a-z0-9-]*")) {
            throw new IllegalArgumentException(
                    "Picture: its name, which is that of a file, is of a to z, digits and hyphens; got '%s'"
                            .formatted(name));
        }
        try {
            return new Picture(name, caption, drawing.draw(), null);
        } catch (Throwable e) { // an InternalError or a LinkageError, mostly
            return new Picture(name, caption, Drawing.Image.NONE, e);
        }
    }

    /**
     * Reads a picture that {@link #writeTo} has written; one that cannot be read has a {@link #failure}.
     *
     * @param png its file
     */
    static Picture read(Path png, String name, String caption) {
        return drawn(name, caption, () -> Painting.read(png));
    }

    @Override
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    private boolean drawn() {
        return failure == null;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String caption() {
        return caption;
    }

    @Override
    public String html() {
        String dark = image.dark().length == 0
                ? ""
                : "<source media=\"(prefers-color-scheme: dark)\" srcset=\"data:image/png;base64,%s\">"
                        .formatted(darkBase64());
        return "<picture>%s<img src=\"data:image/png;base64,%s\" width=\"%s\" height=\"%s\" alt=\"%s\"></picture>"
                .formatted(dark, lightBase64(), image.width(), image.height(), Html.text(caption));
    }

    /**
     * Writes the picture for light displays, by its name. One that could not be drawn is not written, and a file of its
     * name, of an earlier run, is deleted.
     */
    @Override
    public void writeTo(Path directory) throws IOException {
        Path file = directory.resolve(name + ".png");
        if (drawn()) {
            AtomicFile.write(file, image.light());
        } else {
            Files.deleteIfExists(file);
        }
    }

    /** {@return the picture on light displays} */
    String lightBase64() {
        return Base64.getEncoder().encodeToString(image.light());
    }

    /** {@return the picture in the dark; empty for pictures that are the same there} */
    String darkBase64() {
        return Base64.getEncoder().encodeToString(image.dark());
    }
}
