package org.mtl4j.examples.report;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.knowm.xchart.internal.chartpart.Chart;

/** Makes PNG of charts and images. */
final class Painting {
    /** Pixels per unit of length, so that pictures are sharp on displays of high density, and on paper. */
    static final int DENSITY = 2;

    private Painting() {}

    /** Draws a chart, once for light and once for dark displays. */
    static Drawing.Image of(Function<Theme, Chart<?, ?>> chart) throws IOException {
        Chart<?, ?> first = chart.apply(Theme.LIGHT);
        return new Drawing.Image(first.getWidth(), first.getHeight(), draw(first), draw(chart.apply(Theme.DARK)));
    }

    /**
     * Takes an image that is the same on light and on dark displays.
     *
     * @param image drawn at twice the size that it is shown at
     */
    static Drawing.Image of(BufferedImage image) throws IOException {
        return new Drawing.Image(image.getWidth() / DENSITY, image.getHeight() / DENSITY, png(image), new byte[0]);
    }

    /** Reads an image. */
    static Drawing.Image read(Path png) throws IOException {
        BufferedImage image = ImageIO.read(png.toFile());
        if (image == null) {
            throw new IOException(png + " is no PNG; move it away");
        }
        return of(image);
    }

    private static byte[] draw(Chart<?, ?> chart) throws IOException {
        BufferedImage image =
                new BufferedImage(chart.getWidth() * DENSITY, chart.getHeight() * DENSITY, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.scale(DENSITY, DENSITY);
        chart.paint(graphics, chart.getWidth(), chart.getHeight());
        graphics.dispose();
        return png(image);
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }
}
