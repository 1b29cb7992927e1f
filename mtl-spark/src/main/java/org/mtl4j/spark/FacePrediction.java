package org.mtl4j.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.image.GrayImage;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.Predictions;

/**
 * What a model says of one image.
 *
 * @param image its path below the folder
 * @param outputs by name, in the order of the model's tasks: points in pixels of the image, "landmarks.x1",
 *     "landmarks.y1" and so on; for a task of classes the most probable one, "gender" and so on, and its probability,
 *     "gender.p". Empty if there is a problem
 * @param problem why the image could not be asked about; empty if it could
 */
@DefaultSerializer(JavaSerializer.class)
public record FacePrediction(String image, LinkedHashMap<String, String> outputs, String problem)
        implements Serializable {

    static FacePrediction failed(String image, Exception problem) {
        return new FacePrediction(image, new LinkedHashMap<>(), String.valueOf(problem.getMessage()));
    }

    static FacePrediction of(String image, MultiTaskModel model, FaceCrop crop, GrayImage pixels, Box box) {
        Predictions predictions = model.predict(crop.toArray(pixels, box));
        LinkedHashMap<String, String> outputs = new LinkedHashMap<>();
        for (Task task : model.network().tasks()) {
            double[] numbers = predictions.of(task.name()).toDoubleVector();
            if (task.name().equals(FaceTask.LANDMARKS.task().name())) {
                double[] points = pixels(numbers, box);
                for (int i = 0; i < points.length; i++) {
                    String name = task.name() + (i % 2 == 0 ? ".x" : ".y") + (i / 2 + 1);
                    outputs.put(name, String.format(Locale.ROOT, "%.3f", points[i]));
                }
            } else if (task.kind() == TaskKind.MULTI_CLASS) {
                int best = predictions.classesOf(task.name())[0];
                outputs.put(task.name(), task.className(best));
                outputs.put(task.name() + ".p", String.format(Locale.ROOT, "%.4f", numbers[best]));
            } else {
                for (int i = 0; i < numbers.length; i++) {
                    outputs.put(task.name() + "." + task.className(i), String.format(Locale.ROOT, "%.4f", numbers[i]));
                }
            }
        }
        return new FacePrediction(image, outputs, "");
    }

    /** {@return points in pixels, however many the model has} */
    private static double[] pixels(double[] relative, Box box) {
        LandmarkScheme scheme = LandmarkScheme.numbered(relative.length / 2);
        Landmarks points = Landmarks.fromRelative(scheme, relative, box);
        if (!points.isComplete()) {
            throw new IllegalArgumentException(
                    "the model finds no points, its answers are %s".formatted(Arrays.toString(relative)));
        }
        return points.toArray();
    }

    /**
     * {@return one line of comma-separated values (RFC 4180): image, problem, and then name and value of each output in
     * turn, so that every line can be understood by itself}
     */
    public String toCsv() {
        StringBuilder line = new StringBuilder(quoted(image)).append(',').append(quoted(problem));
        for (Map.Entry<String, String> output : outputs.entrySet()) {
            line.append(',').append(quoted(output.getKey())).append(',').append(quoted(output.getValue()));
        }
        return line.toString();
    }

    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c < ' ');
        return plain ? text : '"' + text.replaceAll("[\\x00-\\x1f]+", " ").replace("\"", "\"\"") + '"';
    }
}
