package org.mtl4j.examples.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.mtl4j.examples.report.ContactSheet.Face;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.image.Affine;
import org.mtl4j.image.GrayImage;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Draws the faces of a {@link ContactSheet}. */
final class ContactSheetPainting {
    private static final int COLUMNS = 4;
    private static final int TILE = 180;
    private static final int GAP = 6;

    /** How much of the surroundings is shown on each side, as part of the box. */
    private static final double MARGIN = 0.2;

    /** More points than these are drawn smaller. */
    private static final int MANY = 20;

    private static final Color TRUE = new Color(0x35e07a);
    private static final Color PREDICTED = new Color(0xff9a3d);

    private ContactSheetPainting() {}

    /**
     * Draws faces side by side.
     *
     * @param points the predicted ones, a row for each face, relative to the box
     * @throws IOException if an image cannot be read any more
     */
    static Drawing.Image draw(List<Face> faces, INDArray points) throws IOException {
        int columns = Math.min(COLUMNS, faces.size());
        int rows = (faces.size() + columns - 1) / columns;
        BufferedImage picture =
                new BufferedImage(COLUMNS * (TILE + GAP) - GAP, rows * (TILE + GAP) - GAP, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        for (int i = 0; i < faces.size(); i++) {
            Graphics2D tile =
                    (Graphics2D) graphics.create(i % columns * (TILE + GAP), i / columns * (TILE + GAP), TILE, TILE);
            draw(tile, faces.get(i), points.getRow(i).toDoubleVector());
            tile.dispose();
        }
        graphics.dispose();
        return Painting.of(picture);
    }

    private static void draw(Graphics2D tile, Face face, double[] relative) throws IOException {
        Box box = face.sample().box().orElseThrow();
        double half = Math.max(box.width(), box.height()) * (0.5 + MARGIN);
        double left = (box.left() + box.right()) / 2 - half;
        double top = (box.top() + box.bottom()) / 2 - half;
        byte[] pixels =
                face.sample().image().load().sample(Affine.rectangle(left, top, left + 2 * half, top + 2 * half), TILE);
        tile.drawImage(GrayImage.of(TILE, TILE, pixels).toBufferedImage(), 0, 0, null);
        double scale = TILE / (2 * half);
        Landmarks truth = face.sample().landmarks().orElseThrow();
        double[] xy = truth.toArray();
        double size = truth.scheme().size() > MANY ? 0.4 : 1;
        for (int i = 0; i < xy.length; i += 2) {
            if (Double.isNaN(xy[i])) {
                continue;
            }
            double trueX = (xy[i] - left) * scale;
            double trueY = (xy[i + 1] - top) * scale;
            double x = (box.left() + relative[i] * box.width() - left) * scale;
            double y = (box.top() + relative[i + 1] * box.height() - top) * scale;
            tile.setStroke(new BasicStroke((float) (2 * size)));
            if (Double.isFinite(x) && Double.isFinite(y)) {
                tile.setColor(PREDICTED);
                tile.draw(new Line2D.Double(trueX, trueY, x, y));
                tile.fill(circle(x, y, 3.5 * size));
            }
            tile.setColor(TRUE);
            tile.draw(circle(trueX, trueY, 6 * size));
        }
        String text = String.format(Locale.ROOT, "%.1f %%", 100 * face.error());
        tile.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 20));
        int width = tile.getFontMetrics().stringWidth(text);
        tile.setColor(new Color(0, 0, 0, 170));
        tile.fillRect(0, TILE - 28, width + 12, 28);
        tile.setColor(Color.WHITE);
        tile.drawString(text, 6, TILE - 7);
    }

    private static Ellipse2D circle(double x, double y, double radius) {
        return new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius);
    }
}
