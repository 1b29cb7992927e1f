package org.mtl4j.mtfl;

import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.internal.io.AtomicFile;

/** Writes what {@link MtflCorpus#load} reads; see {@link MtflCorpus#write}. */
final class MtflWriter {

    private static final Pattern EXTENSION = Pattern.compile("\\.(?i:jpe?g|png)$");
    private static final Pattern ID = Pattern.compile("[^\\s\\p{Cntrl}:/\\\\]+(/[^\\s\\p{Cntrl}:/\\\\]+)*");

    private final Path directory;
    private final ImageFormat format;

    /** By path, in small letters: the faces whose photo has it. */
    private final ListMultimap<String, FaceSample> written =
            MultimapBuilder.hashKeys().arrayListValues(1).build();

    private final Map<String, StringBuilder> lists = new LinkedHashMap<>();

    private MtflWriter(Path directory, ImageFormat format) {
        this.directory = directory;
        this.format = format;
    }

    static void write(MtflCorpus corpus, Path directory, ImageFormat format) throws IOException {
        if (corpus.training().size() == 0
                || corpus.testing().map(FaceCorpus::size).orElse(1) == 0) {
            throw new IllegalArgumentException("a part of a corpus to be written needs at least one face");
        }
        Path target = directory.toAbsolutePath().normalize();
        if (Files.exists(target)) {
            try (Stream<Path> content = Files.list(target)) {
                if (content.findAny().isPresent()) {
                    throw new IOException("%s: there is something in this folder already".formatted(directory));
                }
            }
        }
        if (target.getFileSystem() == FileSystems.getDefault()) {
            AtomicFile.requireWritableFolder(Objects.requireNonNullElse(target.getParent(), target));
            Path temporary = AtomicFile.temporaryBeside(target);
            Files.createDirectory(temporary); // with the usual rights, unlike createTempDirectory
            writeInto(temporary, corpus, format);
            try {
                Files.deleteIfExists(
                        target); // empty, or it would have been refused; not all systems move folders onto others
                AtomicFile.moveIntoPlace(temporary, target);
            } catch (Throwable e) {
                MoreFiles.deleteRecursively(temporary, RecursiveDeleteOption.ALLOW_INSECURE);
                throw e;
            }
        } else { // not all file systems move folders: that of zip files leaves the content behind
            AtomicFile.requireWritableFolder(target);
            writeInto(target, corpus, format);
        }
    }

    /** Writes into an empty folder: the images first, so that what has lists is whole. Deletes it if that fails. */
    private static void writeInto(Path folder, MtflCorpus corpus, ImageFormat format) throws IOException {
        try {
            MtflWriter writer = new MtflWriter(folder, format);
            writer.write(corpus.training(), true);
            if (corpus.testing().isPresent()) {
                writer.write(corpus.testing().get(), false);
            }
            writer.writeLists();
        } catch (Throwable e) {
            MoreFiles.deleteDirectoryContents(folder, RecursiveDeleteOption.ALLOW_INSECURE);
            if (folder.getParent() != null) {
                Files.delete(folder);
            }
            throw e;
        }
    }

    private void write(FaceCorpus corpus, boolean isTraining) throws IOException {
        StringBuilder attributeLines = new StringBuilder();
        StringBuilder boxLines = new StringBuilder();
        Set<String> before = Set.copyOf(written.keySet());
        for (FaceSample sample : corpus.samples()) {
            String path = path(sample, format);
            String key = path.toLowerCase(Locale.ROOT);
            if (before.contains(key)) {
                throw new IllegalArgumentException(
                        "'%s': the photo '%s' is among the training faces already; one that is trained on cannot test"
                                .formatted(sample.id(), path));
            }
            List<FaceSample> others = List.copyOf(written.get(key));
            if (!others.isEmpty() && !samePhoto(sample, others.get(0))) {
                throw new IllegalArgumentException(
                        "'%s': another face has the path '%s' already".formatted(sample.id(), path));
            }
            Landmarks landmarks = sample.landmarks()
                    .orElseThrow(
                            () -> new IllegalArgumentException("%s: no landmarks to write".formatted(sample.id())));
            if (!landmarks.scheme().equals(LandmarkScheme.FIVE_POINTS) || !landmarks.isComplete()) {
                throw new IllegalArgumentException(
                        "%s: a list has the usual five points of a face, got %s".formatted(sample.id(), landmarks));
            }
            if (sample.box().isEmpty() && !sample.attributes().isComplete()) {
                throw new IllegalArgumentException(
                        "%s: a face needs a box or all attributes to be written".formatted(sample.id()));
            }
            boolean complete = sample.attributes().isComplete();
            if (!complete && !sample.attributes().equals(FaceAttributes.UNKNOWN)) {
                throw new IllegalArgumentException(
                        "%s: a list has all four attributes of a face or none, and only some are known"
                                .formatted(sample.id()));
            }
            if (complete) {
                attributeLine(attributeLines, path, landmarks, sample.attributes());
            }
            sample.box().ifPresent(box -> boxLine(boxLines, path, box, landmarks));
            for (FaceSample other : others) {
                checkTellable(sample, other);
            }
            if (others.isEmpty()) {
                writeImage(sample, directory.resolve(path));
            }
            written.put(key, sample);
        }
        lists.put(MtflCorpus.list(isTraining, false), attributeLines);
        lists.put(MtflCorpus.list(isTraining, true), boxLines);
    }

    /** {@return whether both are faces of one photo, by its name and by what is to be seen} */
    private static boolean samePhoto(FaceSample sample, FaceSample other) throws IOException {
        return sample.photo().equals(other.photo())
                && (sample.image().equals(other.image())
                        || sample.image().fingerprint().equals(other.image().fingerprint()));
    }

    /** Refuses two faces of one photo that a reader of the lists would take for one. */
    private static void checkTellable(FaceSample sample, FaceSample other) {
        if (FaceList.isSameFace(
                sample.landmarks().orElseThrow(), other.landmarks().orElseThrow())) {
            throw new IllegalArgumentException(
                    "'%s' and '%s': the same points of the same photo; a face is written once"
                            .formatted(other.id(), sample.id()));
        }
        if (sample.box().isPresent() != other.box().isPresent()
                && sample.attributes().isComplete() != other.attributes().isComplete()) {
            throw new IllegalArgumentException(
                    ("'%s' and '%s': of two faces of one photo, one cannot have a box alone and the other attributes"
                                    + " alone")
                            .formatted(other.id(), sample.id()));
        }
    }

    private static String path(FaceSample sample, ImageFormat format) {
        String id = sample.photo();
        boolean safe =
                ID.matcher(id).matches() && Stream.of(id.split("/")).noneMatch(p -> p.equals("..") || p.equals("."));
        if (!safe) {
            throw new IllegalArgumentException(
                    "'%s' is no path that a list can hold: relative, with '/', without '..', blanks and colons"
                            .formatted(id));
        }
        return EXTENSION.matcher(id).replaceFirst("") + "." + format.extension();
    }

    /**
     * Appends {@code _path x1 … x5 y1 … y5 gender smile glasses pose}, 1-based, with {@code \} and CR LF, _ a blank.
     */
    @SuppressWarnings("EnumOrdinal") // the constants are in the order of the codes
    private static void attributeLine(StringBuilder text, String path, Landmarks landmarks, FaceAttributes attributes) {
        double[] xy = landmarks.toArray();
        text.append(' ').append(path.replace('/', '\\'));
        for (int axis = 0; axis < 2; axis++) {
            for (int i = axis; i < xy.length; i += 2) {
                text.append(' ').append(decimal(path, xy[i] + 1));
            }
        }
        for (Optional<? extends Enum<?>> attribute : attributes(attributes)) {
            text.append(' ').append(attribute.orElseThrow().ordinal() + 1);
        }
        text.append("\r\n");
    }

    private static Iterable<Optional<? extends Enum<?>>> attributes(FaceAttributes attributes) {
        return List.of(attributes.gender(), attributes.smile(), attributes.glasses(), attributes.pose());
    }

    /** Appends {@code path left right top bottom x1 y1 … x5 y5}, 0-based, with {@code \} and CR LF. */
    private static void boxLine(StringBuilder text, String path, Box box, Landmarks landmarks) {
        if (box.width() < ListLine.LEAST_BOX || box.height() < ListLine.LEAST_BOX) {
            throw new IllegalArgumentException("'%s': a box of less than %s pixels cannot be read back: %s"
                    .formatted(path, ListLine.LEAST_BOX, box));
        }
        text.append(path.replace('/', '\\'));
        for (double edge : new double[] {box.left(), box.right(), box.top(), box.bottom()}) {
            boolean whole = edge == Math.rint(edge) && Math.abs(edge) <= ListLine.MOST_COORDINATE;
            text.append(' ').append(whole ? Integer.toString((int) edge) : decimal(path, edge));
        }
        for (double coordinate : landmarks.toArray()) {
            text.append(' ').append(decimal(path, coordinate));
        }
        text.append("\r\n");
    }

    private static String decimal(String path, double value) {
        if (!(Math.abs(value) < ListLine.MOST_COORDINATE)) {
            throw new IllegalArgumentException("'%s': the coordinate %s is beyond the %.0f that can be read back"
                    .formatted(path, value, ListLine.MOST_COORDINATE));
        }
        return String.format(Locale.ROOT, "%.6f", value);
    }

    private void writeLists() throws IOException {
        for (Map.Entry<String, StringBuilder> list : lists.entrySet()) {
            if (!list.getValue().isEmpty()) {
                Files.writeString(
                        directory.resolve(list.getKey()), list.getValue().append(' '), StandardCharsets.UTF_8);
            }
        }
    }

    private void writeImage(FaceSample sample, Path file) throws IOException {
        Files.createDirectories(file.getParent());
        BufferedImage image = sample.image().load().toBufferedImage();
        try (OutputStream out = Files.newOutputStream(file);
                ImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
            if (!ImageIO.write(image, format == ImageFormat.PNG ? "png" : "jpeg", stream)) {
                throw new IOException("%s: this Java has no writer for %s images".formatted(file, format));
            }
        }
    }
}
