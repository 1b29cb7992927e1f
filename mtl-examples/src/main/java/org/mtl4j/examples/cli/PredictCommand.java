package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.Warnings;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.Point;
import org.mtl4j.image.GrayImage;
import org.mtl4j.image.ImageDecoder;
import org.mtl4j.image.Orientation;
import org.mtl4j.image.Photo;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.Predictions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Predicts one face and draws it. */
@Command(
        name = "predict",
        mixinStandardHelpOptions = true,
        description =
                "Predicts the landmarks and attributes of one face and draws them on the image. (With --table it is a"
                        + " command of tables: predict --table FILE --help.)")
final class PredictCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "a model that train has saved")
    private Path model;

    @Option(names = "--image", required = true, paramLabel = "FILE", description = "a JPEG or PNG image")
    private Path image;

    @Option(
            names = "--box",
            paramLabel = "l,t,r,b",
            split = ",",
            description =
                    "face box in pixels: left, top, right, bottom (default: the whole image, for images that are a"
                            + " face)")
    private double[] box;

    @Option(names = "--out", required = true, paramLabel = "PNG", description = "where the drawing goes")
    private Path out;

    @Option(
            names = "--flip-averaging",
            description = "asks about the mirrored face too, and averages both answers; takes twice the time")
    private boolean flipAveraging;

    @Option(
            names = "--upright",
            description = "turns the image as its EXIF data say; --box is then of the turned image, as the points are")
    private boolean upright;

    @Override
    public Integer call() throws IOException {
        if (box != null && box.length != 4) {
            throw new ParameterException(
                    spec.commandLine(), "--box takes four numbers, left,top,right,bottom; got " + box.length);
        }
        AtomicFile.requireWritable(out);
        Dl4jModel loaded = Dl4jModel.load(model);
        FaceCrop crop = EvaluateCommand.cropOf(loaded, model);
        FaceLayout layout = EvaluateCommand.layoutOf(loaded, model);
        Photo photo = (upright ? ImageDecoder.standard().withUpright() : ImageDecoder.standard()).photo(image);
        if (!photo.orientation().isUpright()) {
            warn(photo.orientation());
        }
        GrayImage gray = photo.image();
        Box face = box == null
                ? new Box(0, 0, gray.width() - 1, gray.height() - 1)
                : new Box(box[0], box[1], box[2], box[3]);
        Predictions predictions =
                EvaluateCommand.predictor(loaded, layout, flipAveraging).apply(crop.toArray(gray, face));
        PrintWriter console = spec.commandLine().getOut();
        List<String> captions = new ArrayList<>();
        Landmarks points = null;
        for (Task task : loaded.network().tasks()) {
            if (task.name().equals(layout.points().task().name())) {
                double[] relative = predictions.of(task.name()).toDoubleVector();
                if (!Arrays.stream(relative).allMatch(Double::isFinite)) {
                    throw new IOException("%s: the model finds no points in %s, its answers for '%s' are %s"
                            .formatted(model, image, task.name(), Arrays.toString(relative)));
                }
                points = Landmarks.fromRelative(layout.scheme(), relative, face);
                for (int i = 0; i < layout.scheme().size(); i++) {
                    Point point = points.point(i).orElseThrow();
                    String name = layout.scheme().names().get(i);
                    console.printf(Locale.ROOT, "%-20s %.1f, %.1f%n", name, point.x(), point.y());
                }
            } else if (task.kind() == TaskKind.MULTI_CLASS) {
                int best = predictions.classesOf(task.name())[0];
                String caption = String.format(
                        Locale.ROOT,
                        "%s: %s (%.0f %%)",
                        task.name(),
                        task.className(best),
                        100 * predictions.of(task.name()).getDouble(0, best));
                console.println(caption);
                captions.add(caption);
            } else if (task.kind() == TaskKind.MULTI_LABEL) {
                captions.addAll(
                        labels(console, task, predictions.of(task.name()).toDoubleVector()));
            }
        }
        console.flush();
        AtomicFile.write(
                out,
                FaceDrawing.png(
                        gray,
                        face,
                        points,
                        captions,
                        new Warnings(spec.commandLine().getErr())));
        return 0;
    }

    /** Prints the probability of each label; {@return those that are said yes to} */
    private static List<String> labels(PrintWriter console, Task task, double[] probabilities) {
        List<String> yes = new ArrayList<>();
        for (int i = 0; i < probabilities.length; i++) {
            String text = String.format(Locale.ROOT, "%s: %.0f %%", task.className(i), 100 * probabilities[i]);
            console.println(text);
            if (probabilities[i] > 0.5) {
                yes.add(text);
            }
        }
        return yes;
    }

    /** Says that the pixels do not lie as the photo is seen. */
    private void warn(Orientation orientation) {
        String lies = "%s: lies %s (EXIF orientation %s), and is taken as its pixels are stored; --upright turns it%n";
        spec.commandLine()
                .getErr()
                .printf(
                        Locale.ROOT,
                        "warning: " + lies,
                        image,
                        orientation.exchangesSides()
                                ? "on its side"
                                : orientation == Orientation.UPSIDE_DOWN ? "upside down" : "mirrored",
                        orientation.code());
        spec.commandLine().getErr().flush();
    }
}
