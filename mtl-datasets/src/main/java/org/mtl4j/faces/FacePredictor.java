package org.mtl4j.faces;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.mtl4j.image.GrayImage;
import org.mtl4j.serving.Outputs;
import org.mtl4j.serving.Predictor;
import org.mtl4j.task.Task;

/**
 * Answers what a network says of faces in pictures, in one call: cuts them out as the network was trained to see them,
 * asks, and puts the points back into the picture. For any number of threads, as the {@link Predictor} it asks is.
 *
 * <pre>{@code
 * FacePredictor faces = FacePredictor.of(model.predictor()); // of a model that the train command made
 * FaceAnswer answer = faces.predict(ImageDecoder.standard().decode(file), box);
 * }</pre>
 */
public final class FacePredictor {
    private final Predictor predictor;
    private final FaceCrop crop;
    private final FaceLayout layout;
    private final boolean flipAveraging;

    private FacePredictor(Predictor predictor, FaceCrop crop, FaceLayout layout, boolean flipAveraging) {
        this.predictor = Objects.requireNonNull(predictor, "predictor");
        this.crop = Objects.requireNonNull(crop, "crop");
        this.layout = Objects.requireNonNull(layout, "layout");
        this.flipAveraging = flipAveraging;
    }

    /**
     * {@return a predictor of faces that are cut out and marked as the model's properties say}
     *
     * @throws IllegalArgumentException if the properties do not say that, or the network reads no pictures of that size
     */
    public static FacePredictor of(Predictor predictor) {
        return of(predictor, FaceCrop.fromMap(predictor.properties()), FaceLayout.fromMap(predictor.properties()));
    }

    /**
     * {@return a predictor of faces}
     *
     * @param predictor of a network of one input
     * @param crop how faces were cut out for its training
     * @param layout of the faces that it was trained on
     * @throws IllegalArgumentException if the network reads no pictures of the size of the crop
     */
    public static FacePredictor of(Predictor predictor, FaceCrop crop, FaceLayout layout) {
        int size = crop.size() * crop.size();
        if (predictor.signature().inputs().size() != 1
                || predictor.signature().inputs().get(0).elements() != size) {
            throw new IllegalArgumentException("the network reads %s, and crops are [1, %s, %s]"
                    .formatted(predictor.signature().inputs(), crop.size(), crop.size()));
        }
        return new FacePredictor(predictor, crop, layout, false);
    }

    /** {@return one that asks about each face's mirror image as well, and averages; see {@link FlipAveraging}} */
    public FacePredictor withFlipAveraging() {
        return new FacePredictor(predictor, crop, layout, true);
    }

    /** {@return what it asks} */
    public Predictor predictor() {
        return predictor;
    }

    /** {@return how faces are cut out} */
    public FaceCrop crop() {
        return crop;
    }

    /** {@return what faces are marked with} */
    public FaceLayout layout() {
        return layout;
    }

    /**
     * Answers for one face.
     *
     * @param image that the face is in
     * @param box around the face, in pixels
     * @throws IllegalArgumentException if the crop lies outside the image altogether, or the box is more than ten times
     *     as wide (high) as the image
     * @throws IllegalStateException if the predictor is closed
     */
    public FaceAnswer predict(GrayImage image, Box box) {
        return predict(image, List.of(box)).get(0);
    }

    /**
     * Answers for several faces of one picture at once, in the order of their boxes.
     *
     * @throws IllegalArgumentException as for one face, or if there is no box
     * @throws IllegalStateException as for one face
     */
    public List<FaceAnswer> predict(GrayImage image, List<Box> boxes) {
        if (boxes.isEmpty()) {
            throw new IllegalArgumentException("there is no box of a face");
        }
        int size = crop.size() * crop.size();
        int faces = boxes.size();
        float[] crops = new float[(flipAveraging ? 2 : 1) * faces * size];
        for (int i = 0; i < faces; i++) {
            byte[] gray = crop.cut(image, boxes.get(i));
            crop.pixelScale().write(gray, 0, size, crops, i * size);
        }
        if (flipAveraging) {
            for (int at = 0; at < faces * size; at += crop.size()) {
                for (int x = 0; x < crop.size(); x++) {
                    crops[faces * size + at + x] = crops[at + crop.size() - 1 - x];
                }
            }
        }
        Outputs outputs = predictor.predict(crops);
        List<double[]> values = predictor.signature().tasks().stream()
                .map(task -> values(outputs, task.name(), faces))
                .toList();
        List<FaceAnswer> answers = new ArrayList<>(faces);
        for (int i = 0; i < faces; i++) {
            answers.add(answer(values, i, boxes.get(i)));
        }
        return answers;
    }

    /** {@return the outputs of a task of the faces, one face after the other} */
    private double[] values(Outputs outputs, String task, int faces) {
        double[] all = widened(outputs.of(task));
        return flipAveraging ? layout.named(task).averagedWithMirrored(all, faces) : all;
    }

    /** @param values by task those of all faces */
    private FaceAnswer answer(List<double[]> values, int face, Box box) {
        List<Task> tasks = predictor.signature().tasks();
        List<double[]> ofFace = new ArrayList<>();
        Optional<Landmarks> points = Optional.empty();
        for (int t = 0; t < tasks.size(); t++) {
            int width = tasks.get(t).outputs();
            double[] own = Arrays.copyOfRange(values.get(t), face * width, (face + 1) * width);
            ofFace.add(own);
            if (tasks.get(t).name().equals(layout.points().task().name())
                    && Arrays.stream(own).allMatch(Double::isFinite)) {
                points = Optional.of(Landmarks.fromRelative(layout.scheme(), own, box));
            }
        }
        return new FaceAnswer(box, points, tasks, ofFace);
    }

    private static double[] widened(float[] numbers) {
        double[] wide = new double[numbers.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = numbers[i];
        }
        return wide;
    }
}
