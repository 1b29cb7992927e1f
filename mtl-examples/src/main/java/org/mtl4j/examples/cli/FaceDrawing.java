package org.mtl4j.examples.cli;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.mtl4j.examples.report.Warnings;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Point;
import org.mtl4j.image.GrayImage;

/**
 * Draws what was predicted of a face on its image. It is a class of its own, for the command line looks at the methods
 * of all commands, and is to work where the Java runtime has no {@code java.desktop}.
 */
final class FaceDrawing {
    /** More points than these are drawn smaller. */
    private static final int MANY = 20;

    private FaceDrawing() {}

    /**
     * {@return the drawing as PNG}
     *
     * @param points null if there are none
     * @param warnings told if the captions cannot be drawn, for want of fonts
     */
    static byte[] png(GrayImage gray, Box face, Landmarks points, List<String> captions, Warnings warnings)
            throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(draw(gray, face, points, captions, warnings), "png", png);
        return png.toByteArray();
    }

    /** Draws the image, enlarged where it is small, with box and points on it and the captions below. */
    private static BufferedImage draw(
            GrayImage gray, Box face, Landmarks points, List<String> captions, Warnings warnings) {
        int scale = Math.max(1, (int) Math.ceil(480.0 / Math.max(gray.width(), gray.height())));
        int width = Math.max(gray.width() * scale, 300);
        int height = gray.height() * scale;
        int line = 24;
        BufferedImage picture = new BufferedImage(
                width, height + captions.size() * line + (captions.isEmpty() ? 0 : 10), BufferedImage.TYPE_INT_RGB);
        Graphics2D g = picture.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        g.drawImage(gray.toBufferedImage(), 0, 0, gray.width() * scale, height, null);
        g.setColor(Color.YELLOW);
        g.draw(new Rectangle2D.Double(
                (face.left() + 0.5) * scale, (face.top() + 0.5) * scale, face.width() * scale, face.height() * scale));
        if (points != null) {
            int count = points.scheme().size();
            double radius =
                    count > MANY ? Math.max(1.5, face.width() * scale / 120) : Math.max(3, face.width() * scale / 50);
            for (int i = 0; i < count; i++) {
                Point p = points.point(i)
                        .orElseThrow(); // pixel centres are at whole numbers, and half a pixel off in a drawing
                Ellipse2D dot = new Ellipse2D.Double(
                        (p.x() + 0.5) * scale - radius, (p.y() + 0.5) * scale - radius, 2 * radius, 2 * radius);
                g.setColor(Color.GREEN);
                g.fill(dot);
                g.setColor(Color.BLACK);
                g.draw(dot);
            }
        }
        g.setColor(Color.WHITE);
        warnings.attempt("the text of the drawing", () -> {
            g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
            for (int i = 0; i < captions.size(); i++) {
                g.drawString(captions.get(i), 8, height + (i + 1) * line - 2);
            }
        });
        g.dispose();
        return picture;
    }
}
