package org.mtl4j.examples.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrops;
import org.mtl4j.faces.FaceEvaluation;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.metric.PointErrors;
import org.mtl4j.report.Section;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The faces whose points were predicted best and worst, with the true and the predicted points drawn on them. What is
 * shown are images of the user's corpus, which mostly must not be published; {@link #section} says so.
 */
public final class ContactSheet {
    private static final int FACES = 12;

    private static final String BEST = "faces-best";
    private static final String WORST = "faces-worst";

    /** A face that was measured, and the mean error of its points. */
    record Face(FaceSample sample, double error) {}

    private ContactSheet() {}

    /**
     * Draws the best and the worst faces.
     *
     * @param prefix of the pictures' names
     * @param model from features {@code [batch, 1, size, size]} to predictions with landmarks
     * @param faces those that were measured
     * @param evaluation of these faces: its errors are of those that have landmarks and the length that errors are
     *     divided by, in their order
     * @return two pictures, which have a {@link Picture#failure} where an image cannot be read any more, or nothing can
     *     be drawn; none if there are too few faces
     */
    public static List<Picture> pictures(
            String prefix, Function<INDArray, Predictions> model, FaceCrops faces, FaceEvaluation evaluation) {
        if (evaluation.landmarks().isEmpty()) {
            return List.of();
        }
        PointErrors errors = evaluation.landmarks().get();
        List<FaceSample> labelled = faces.corpus().samples().stream()
                .filter(sample -> sample.landmarks().isPresent())
                .filter(sample -> evaluation.normalizer().of(sample).isPresent())
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
    public static List<Picture> read(Path directory, String prefix) {
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
                        + " the points in % of the width of the face box, or of what else errors are divided by.",
                pictures);
        return synthetic
                ? section
                : section.withWarning(
                        "These are images of the corpus, which is research data: do not publish this section, nor"
                                + " the PNG files of it. --no-faces leaves it out.");
    }

    private static Picture sheet(
            String name, String which, Function<INDArray, Predictions> model, FaceCrops crops, List<Face> faces) {
        return Picture.drawn(
                name,
                String.format(
                        Locale.ROOT,
                        "%s faces, in order: mean errors from %.2f %% to %.2f %%.",
                        which,
                        100 * faces.get(0).error(),
                        100 * faces.get(faces.size() - 1).error()),
                () -> ContactSheetPainting.draw(faces, points(model, crops, faces)));
    }

    /** {@return the predicted points, a row for each face, relative to its box} */
    private static INDArray points(Function<INDArray, Predictions> model, FaceCrops crops, List<Face> faces)
            throws IOException {
        FaceCrops cut = FaceCorpus.of(
                        faces.stream().map(Face::sample).toList(),
                        crops.corpus().layout())
                .withGeometryCheck(GeometryCheck.OFF) // the worst faces may well be odd
                .cropping(crops.crop())
                .cut();
        return model.apply(cut.batches()
                        .tasks(cut.corpus().layout().points())
                        .batchSize(faces.size())
                        .build()
                        .next()
                        .getFeatures(0))
                .of(cut.corpus().layout().points().task().name());
    }
}
