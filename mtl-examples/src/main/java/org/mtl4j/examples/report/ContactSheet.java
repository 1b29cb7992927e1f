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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.LandmarkName;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.image.Affine;
import org.mtl4j.image.GrayImage;
import org.mtl4j.metric.PointErrors;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The faces whose points were predicted best and worst, with the true and the predicted points drawn on them. What is
 * shown are images of the user's corpus, which mostly must not be published; {@link #section} says so.
 */
public final class ContactSheet {
    private static final int FACES = 12;
    private static final int COLUMNS = 4;
    private static final int TILE = 180;
    private static final int GAP = 6;

    /** How much of the surroundings is shown on each side, as part of the box. */
    private static final double MARGIN = 0.2;

    private static final Color TRUE = new Color(0x35e07a);
    private static final Color PREDICTED = new Color(0xff9a3d);

    private static final String BEST = "faces-best";
    private static final String WORST = "faces-worst";

    private record Face(FaceSample sample, double error) {}

    private ContactSheet() {}

    /**
     * Draws the best and the worst faces.
     *
     * @param prefix of the pictures' names
     * @param model from features {@code [batch, 1, size, size]} to predictions with landmarks
     * @param faces those that were measured
     * @param errors of those of them that have landmarks, in their order
     * @throws IOException if an image cannot be read any more
     */
    public static List<Picture> pictures(
            String prefix, Function<INDArray, Predictions> model, FaceCrops faces, PointErrors errors)
            throws IOException {
        List<FaceSample> labelled = faces.corpus().samples().stream()
                .filter(FaceTask.LANDMARKS::isLabelled)
                .toList();
        List<Face> best = IntStream.range(0, labelled.size())
                .mapToObj(i -> new Face(labelled.get(i), errors.imageError(i)))
                .sorted(Comparator.comparingDouble(Face::error))
                .toList();
        int count = Math.min(FACES, best.size() / 2);
        if (count == 0) {
            return List.of();
        }
        List<Face> worst = new ArrayList<>(best.subList(best.size() - count, best.size()));
        worst.sort(Comparator.comparingDouble(Face::error).reversed());
        return List.of(
                sheet(prefix + BEST, "Best", model, faces, best.subList(0, count)),
                sheet(prefix + WORST, "Worst", model, faces, worst));
    }

    /** Reads those of {@link #pictures} that were written to a directory; none if they were not. */
    public static List<Picture> read(Path directory, String prefix) throws IOException {
        List<Picture> found = new ArrayList<>();
        for (String name : List.of(BEST, WORST)) {
            Path png = directory.resolve(prefix + name + ".png");
            if (Files.exists(png)) {
                found.add(Picture.read(
                        png, prefix + name, name.equals(BEST) ? "Best faces, in order." : "Worst faces, in order."));
            }
        }
        return found;
    }

    /** Deletes those of {@link #pictures} that were written to a directory, if they were. */
    public static void delete(Path directory, String prefix) throws IOException {
        for (String name : List.of(BEST, WORST)) {
            Files.deleteIfExists(directory.resolve(prefix + name + ".png"));
        }
    }

    /** Makes a section of the pictures, with what there is to say about them. */
    public static Section section(String title, List<Picture> pictures, boolean synthetic) {
        Section section = Section.of(
                title,
                "Green circles are the true points, orange dots the predicted ones; the number is the mean error of"
                        + " the five points in % of the width of the face box.",
                pictures);
        return synthetic
                ? section
                : section.withWarning(
                        "These are images of the corpus, which is research data: do not publish this section, nor"
                                + " the PNG files of it. --no-faces leaves it out.");
    }

    private static Picture sheet(
            String name, String which, Function<INDArray, Predictions> model, FaceCrops crops, List<Face> faces)
            throws IOException {
        FaceCrops cut = FaceCorpus.of(faces.stream().map(Face::sample).toList())
                .cropping(crops.crop())
                .cut();
        INDArray points = model.apply(cut.batches()
                        .tasks(FaceTask.LANDMARKS)
                        .batchSize(faces.size())
                        .build()
                        .next()
                        .getFeatures(0))
                .of(FaceTask.LANDMARKS.task().name());
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
        return Picture.of(
                name,
                String.format(
                        Locale.ROOT,
                        "%s faces, in order: mean errors from %.2f %% to %.2f %%.",
                        which,
                        100 * faces.get(0).error(),
                        100 * faces.get(faces.size() - 1).error()),
                picture);
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
        for (LandmarkName name : LandmarkName.values()) {
            double trueX = (truth.get(name).x() - left) * scale;
            double trueY = (truth.get(name).y() - top) * scale;
            double x = (box.left() + relative[2 * name.ordinal()] * box.width() - left) * scale;
            double y = (box.top() + relative[2 * name.ordinal() + 1] * box.height() - top) * scale;
            tile.setStroke(new BasicStroke(2));
            if (Double.isFinite(x) && Double.isFinite(y)) {
                tile.setColor(PREDICTED);
                tile.draw(new Line2D.Double(trueX, trueY, x, y));
                tile.fill(circle(x, y, 3.5));
            }
            tile.setColor(TRUE);
            tile.draw(circle(trueX, trueY, 6));
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
