package org.mtl4j.examples.report;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.knowm.xchart.internal.chartpart.Chart;
import org.mtl4j.internal.io.AtomicFile;

/** A picture of a report, as PNG. */
public final class Picture {
    /** Pixels per unit of length, so that pictures are sharp on displays of high density, and on paper. */
    static final int DENSITY = 2;

    private final String name;
    private final String caption;
    private final int width;
    private final int height;
    private final byte[] light;
    private final byte[] dark;

    private Picture(String name, String caption, int width, int height, byte[] light, byte[] dark) {
        if (!name.matches("[a-z0-9][a-z0-9-]*")) {
            throw new IllegalArgumentException(
                    "Picture: its name, which is that of a file, is of a to z, digits and hyphens; got '%s'"
                            .formatted(name));
        }
        this.name = name;
        this.caption = caption;
        this.width = width;
        this.height = height;
        this.light = light;
        this.dark = dark;
    }

    /**
     * Draws a chart, once for light and once for dark displays.
     *
     * @param name that of its file, without ending: a to z, digits and hyphens
     * @param caption what is to be seen, also for those who cannot see it
     * @param chart makes the chart; to be {@linkplain Theme#style styled} with what it is given
     */
    public static Picture of(String name, String caption, Function<Theme, Chart<?, ?>> chart) {
        Chart<?, ?> first = chart.apply(Theme.LIGHT);
        return new Picture(
                name, caption, first.getWidth(), first.getHeight(), draw(first), draw(chart.apply(Theme.DARK)));
    }

    /**
     * Takes an image that is the same on light and on dark displays.
     *
     * @param image drawn at twice the size that it is shown at
     */
    static Picture of(String name, String caption, BufferedImage image) {
        return new Picture(
                name, caption, image.getWidth() / DENSITY, image.getHeight() / DENSITY, png(image), new byte[0]);
    }

    /**
     * Reads a picture that {@link #writeTo} has written.
     *
     * @throws IOException if it cannot be read
     */
    public static Picture read(Path png, String name, String caption) throws IOException {
        BufferedImage image = ImageIO.read(png.toFile());
        if (image == null) {
            throw new IOException(png + " is no PNG; move it away");
        }
        return of(name, caption, image);
    }

    private static byte[] draw(Chart<?, ?> chart) {
        BufferedImage image =
                new BufferedImage(chart.getWidth() * DENSITY, chart.getHeight() * DENSITY, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.scale(DENSITY, DENSITY);
        chart.paint(graphics, chart.getWidth(), chart.getHeight());
        graphics.dispose();
        return png(image);
    }

    private static byte[] png(BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("a PNG in memory", e);
        }
        return bytes.toByteArray();
    }

    /** {@return the name of its file, without ending} */
    String name() {
        return name;
    }

    String caption() {
        return caption;
    }

    /** {@return how wide it is to be shown, in CSS pixels, where there is room} */
    int width() {
        return width;
    }

    /** {@return how high it is to be shown then} */
    int height() {
        return height;
    }

    /** Writes the picture for light displays, by its name. */
    public void writeTo(Path directory) throws IOException {
        AtomicFile.write(directory.resolve(name + ".png"), light);
    }

    /** {@return for the template: the picture on light displays} */
    String lightBase64() {
        return Base64.getEncoder().encodeToString(light);
    }

    /** {@return for the template: the picture in the dark; empty for pictures that are the same there} */
    String darkBase64() {
        return Base64.getEncoder().encodeToString(dark);
    }
}
