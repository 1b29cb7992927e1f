package org.mtl4j.corpora;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.mtl4j.corpora.internal.ImagePaths;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttribute;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;

/**
 * Writes corpora in the forms that {@link CorpusReader} reads, with images in PNG: to pass faces on, and to try
 * programs for a published corpus without it, on drawn faces ({@code org.mtl4j.synthetic}). Coordinates are written
 * with 6 decimals.
 *
 * <p>The folder must not exist yet, or be empty; the images come first, the lists last. If writing fails, what has been
 * written stays.
 */
public final class CorpusWriter {

    private static final Pattern ENDING = Pattern.compile("\\.(?i:jpe?g|png)$");
    private static final String CODE_YES = "1";
    private static final String CODE_NO = "-1";

    private final Path directory;
    /** Photos that have been written, by their paths in small letters. */
    private final Map<String, FaceSample> written = new HashMap<>();

    private CorpusWriter(Path directory) {
        this.directory = directory;
    }

    /**
     * Writes what {@link CorpusReader#pts(Path)} reads: for each face an image and a {@code .pts} file of its name. A
     * photo with several faces has a copy of its image for each.
     *
     * @param corpus its faces have all points
     * @param directory where
     * @throws IllegalArgumentException if a face has no points or lacks one, or its name is no path; the message names
     *     it
     * @throws IOException if the folder has content, or an image cannot be loaded or written
     */
    public static void pts(FaceCorpus corpus, Path directory) throws IOException {
        CorpusWriter writer = new CorpusWriter(directory);
        writer.requireEmpty(directory);
        for (FaceSample sample : corpus.samples()) {
            Landmarks landmarks = writer.complete(sample);
            String path = path(sample, sample.id().replace('#', '_'));
            writer.image(sample, path);
            StringBuilder text = new StringBuilder(
                    "version: 1\nn_points: %s\n{\n".formatted(landmarks.scheme().size()));
            double[] xy = landmarks.toArray();
            for (int i = 0; i < xy.length; i += 2) {
                text.append(decimal(xy[i] + 1))
                        .append(' ')
                        .append(decimal(xy[i + 1] + 1))
                        .append('\n');
            }
            Path file = directory.resolve(ENDING.matcher(path).replaceFirst("") + ".pts");
            Files.writeString(file, text.append("}\n"), StandardCharsets.UTF_8);
        }
    }

    /**
     * Writes what {@link CorpusReader#wflw} reads.
     *
     * @param parts of the layout {@link FaceLayout#WFLW}; their faces have all points, a box and all attributes.
     *     Testing faces must be there; validation faces cannot be
     * @param directory where
     * @throws IllegalArgumentException if the parts are others, or a face lacks something; the message names it
     * @throws IOException if the folder has content, or an image cannot be loaded or written
     */
    public static void wflw(FaceParts parts, Path directory) throws IOException {
        if (parts.validation().isPresent() || parts.testing().isEmpty()) {
            throw new IllegalArgumentException("WFLW has a training and a testing part, and no other");
        }
        CorpusWriter writer = new CorpusWriter(directory.resolve(WflwList.IMAGES));
        writer.requireEmpty(directory);
        String training = writer.wflwLines(parts.training());
        String testing = writer.wflwLines(parts.testing().get());
        Path lists = Files.createDirectories(directory.resolve(WflwList.LISTS));
        Files.writeString(lists.resolve(WflwList.TRAINING), training);
        Files.writeString(lists.resolve(WflwList.TESTING), testing);
    }

    private String wflwLines(FaceCorpus corpus) throws IOException {
        requireLayout(corpus, FaceLayout.WFLW);
        StringBuilder text = new StringBuilder();
        for (FaceSample sample : corpus.samples()) {
            for (double coordinate : complete(sample).toArray()) {
                text.append(decimal(coordinate)).append(' ');
            }
            Box box = box(sample);
            for (double edge : new double[] {box.left(), box.top(), box.right(), box.bottom()}) {
                text.append(decimal(edge)).append(' ');
            }
            for (FaceAttribute attribute : FaceLayout.WFLW.attributes()) {
                text.append(1 - value(sample, attribute)).append(' ');
            }
            String path = path(sample, sample.photo());
            image(sample, path);
            text.append(path).append('\n');
        }
        return text.toString();
    }

    /**
     * Writes what {@link CorpusReader#celebA} reads, or, with boxes, {@link CorpusReader#celebAInTheWild}.
     *
     * @param parts of five points and attributes of the classes "yes" and "no", all known
     * @param inTheWild whether boxes are written, and the lists and folders have the names of those in the wild
     * @param directory where
     * @throws IllegalArgumentException if the parts are of another layout, a face lacks something, or a photo has
     *     several faces, which the form cannot hold; the message names it
     * @throws IOException if the folder has content, or an image cannot be loaded or written
     */
    public static void celebA(FaceParts parts, boolean inTheWild, Path directory) throws IOException {
        FaceLayout layout = parts.training().layout();
        if (!layout.scheme().equals(LandmarkScheme.FIVE_POINTS)
                || layout.attributes().stream()
                        .anyMatch(attribute -> !attribute.equals(FaceAttribute.yesNo(attribute.name())))) {
            throw new IllegalArgumentException(
                    "CelebA has five points and attributes of the classes yes and no, got %s".formatted(layout));
        }
        CorpusWriter writer =
                new CorpusWriter(directory.resolve(inTheWild ? CelebALists.IMAGES : CelebALists.IMAGES_ALIGNED));
        writer.requireEmpty(directory);
        StringBuilder points = new StringBuilder(String.join(" ", CelebALists.POINT_COLUMNS)).append('\n');
        StringBuilder labels = new StringBuilder(String.join(
                        " ",
                        layout.attributes().stream().map(FaceAttribute::name).toList()))
                .append('\n');
        StringBuilder boxes = new StringBuilder("image_id " + String.join(" ", CelebALists.BOX_COLUMNS)).append('\n');
        StringBuilder partition = new StringBuilder();
        int count = 0;
        List<Optional<FaceCorpus>> inOrder =
                List.of(Optional.of(parts.training()), parts.validation(), parts.testing());
        for (int part = 0; part < inOrder.size(); part++) {
            if (inOrder.get(part).isEmpty()) {
                continue;
            }
            FaceCorpus corpus = inOrder.get(part).get();
            writer.requireLayout(corpus, layout);
            for (FaceSample sample : corpus.samples()) {
                String path = path(sample, sample.photo());
                if (writer.image(sample, path)) {
                    throw new IllegalArgumentException(
                            "'%s': a photo with several faces has no place in CelebA's lists".formatted(sample.id()));
                }
                count++;
                points.append(path);
                for (double coordinate : writer.complete(sample).toArray()) {
                    points.append(' ').append(decimal(coordinate));
                }
                points.append('\n');
                labels.append(path);
                for (FaceAttribute attribute : layout.attributes()) {
                    labels.append(' ').append(value(sample, attribute) == 0 ? CODE_YES : CODE_NO);
                }
                labels.append('\n');
                if (inTheWild) {
                    Box box = box(sample);
                    boxes.append(path);
                    for (double number : new double[] {box.left(), box.top(), box.width(), box.height()}) {
                        boxes.append(' ').append(decimal(number));
                    }
                    boxes.append('\n');
                }
                partition.append(path).append(' ').append(part).append('\n');
            }
        }
        String name = inTheWild ? CelebALists.POINTS : CelebALists.POINTS_ALIGNED;
        Files.writeString(directory.resolve(name + ".txt"), count + "\n" + points);
        Files.writeString(directory.resolve(CelebALists.ATTRIBUTES + ".txt"), count + "\n" + labels);
        if (inTheWild) {
            Files.writeString(directory.resolve(CelebALists.BOXES + ".txt"), count + "\n" + boxes);
        }
        Files.writeString(directory.resolve(CelebALists.PARTITION + ".txt"), partition);
    }

    /**
     * Writes what {@link CorpusReader#csv} reads: a table {@code faces.csv} with columns for the image, the box, the
     * points and the attributes, empty where something is unknown, and the images beside it.
     *
     * @param corpus of any layout
     * @param directory where
     * @throws IllegalArgumentException if the name of a face is no path; the message names it
     * @throws IOException if the folder has content, or an image cannot be loaded or written
     */
    public static void csv(FaceCorpus corpus, Path directory) throws IOException {
        CorpusWriter writer = new CorpusWriter(directory);
        writer.requireEmpty(directory);
        FaceLayout layout = corpus.layout();
        List<String> header = new ArrayList<>(List.of("image", "left", "top", "right", "bottom"));
        for (String name : layout.scheme().names()) {
            header.add(name.replace(' ', '_') + "_x");
            header.add(name.replace(' ', '_') + "_y");
        }
        layout.attributes().forEach(attribute -> header.add(attribute.name()));
        StringBuilder text = new StringBuilder(row(header));
        for (FaceSample sample : corpus.samples()) {
            List<String> fields = new ArrayList<>();
            String path = path(sample, sample.photo());
            writer.image(sample, path);
            fields.add(path);
            for (int edge = 0; edge < 4; edge++) {
                fields.add(
                        sample.box().isEmpty() ? "" : decimal(edges(sample.box().get())[edge]));
            }
            double[] xy = sample.landmarks().map(Landmarks::toArray).orElse(new double[0]);
            for (int i = 0; i < 2 * layout.scheme().size(); i++) {
                fields.add(xy.length == 0 || Double.isNaN(xy[i]) ? "" : decimal(xy[i]));
            }
            for (FaceAttribute attribute : layout.attributes()) {
                OptionalInt value = sample.attributes().value(attribute);
                fields.add(value.isPresent() ? attribute.classes().get(value.getAsInt()) : "");
            }
            text.append(row(fields));
        }
        Files.writeString(directory.resolve("faces.csv"), text);
    }

    private static double[] edges(Box box) {
        return new double[] {box.left(), box.top(), box.right(), box.bottom()};
    }

    private static String row(List<String> fields) {
        return String.join(
                        ",",
                        fields.stream()
                                .map(field -> field.indexOf(',') < 0 && field.indexOf('"') < 0
                                        ? field
                                        : '"' + field.replace("\"", "\"\"") + '"')
                                .toList())
                + "\n";
    }

    private void requireEmpty(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> content = Files.list(folder)) {
                if (content.findAny().isPresent()) {
                    throw new IOException("%s: there is something in this folder already".formatted(folder));
                }
            }
        }
        Files.createDirectories(directory);
    }

    private void requireLayout(FaceCorpus corpus, FaceLayout layout) {
        if (!corpus.layout().equals(layout)) {
            throw new IllegalArgumentException("all parts are of %s, got %s".formatted(layout, corpus.layout()));
        }
    }

    private Landmarks complete(FaceSample sample) {
        return sample.landmarks()
                .filter(Landmarks::isComplete)
                .orElseThrow(() -> new IllegalArgumentException(
                        "%s: this form has all points of a face, and not all are known".formatted(sample.id())));
    }

    private static Box box(FaceSample sample) {
        return sample.box()
                .orElseThrow(() -> new IllegalArgumentException("%s: no box to write".formatted(sample.id())));
    }

    private static int value(FaceSample sample, FaceAttribute attribute) {
        return sample.attributes()
                .value(attribute)
                .orElseThrow(() -> new IllegalArgumentException("%s: this form has all attributes, and '%s' is unknown"
                        .formatted(sample.id(), attribute.name())));
    }

    private static String path(FaceSample sample, String name) {
        String path;
        try {
            path = ImagePaths.normalised(ENDING.matcher(name).replaceFirst("") + ".png");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'%s': %s".formatted(sample.id(), e.getMessage()), e);
        }
        if (path.chars().anyMatch(Character::isWhitespace)) {
            throw new IllegalArgumentException("'%s': a path in a list has no blanks".formatted(sample.id()));
        }
        return path;
    }

    /** Writes the image of a face unless it has been; {@return whether it has} */
    private boolean image(FaceSample sample, String path) throws IOException {
        FaceSample other = written.putIfAbsent(path.toLowerCase(Locale.ROOT), sample);
        if (other != null) {
            boolean same = other.photo().equals(sample.photo())
                    && (other.image().equals(sample.image())
                            || other.image().fingerprint().equals(sample.image().fingerprint()));
            if (!same) {
                throw new IllegalArgumentException(
                        "'%s': another face has the path '%s' already".formatted(sample.id(), path));
            }
            return true;
        }
        Path file = directory.resolve(path);
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        BufferedImage image = sample.image().load().toBufferedImage();
        try (OutputStream out = Files.newOutputStream(file);
                ImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            if (!ImageIO.write(image, "png", stream)) {
                throw new IOException("%s: this Java has no writer for PNG images".formatted(file));
            }
        }
        return false;
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.6f", value);
    }
}
