package org.mtl4j.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.corpora.internal.ImagePaths;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.LandmarkScheme;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.internal.io.SimilarNames;

/** Reads 300-W's files of points; see {@link CorpusReader#pts}. */
final class PtsFiles {
    private static final String ENDING = ".pts";
    private static final Pattern IMAGE = Pattern.compile("(.+)\\.(?i:jpe?g|png)");
    private static final Pattern HEAD = Pattern.compile("(version|n_points)\\s*:\\s*([0-9]{1,9})");

    /** A copy of a photo, for one of its faces, or mirrored. */
    private static final Pattern COPY = Pattern.compile("(.*/)?([0-9]{6,}|image_[0-9]{3})_[0-9]{1,2}");

    private static final Pattern MIRROR = Pattern.compile("(.+)_mirror");

    private final CorpusReader options;
    private final Path root;
    private final LandmarkScheme scheme;

    PtsFiles(CorpusReader options, Path root, LandmarkScheme scheme) {
        this.options = options;
        this.root = root;
        this.scheme = scheme;
    }

    FaceCorpus read() throws IOException {
        if (!Files.isDirectory(root)) {
            throw new IOException("%s: there is no such folder%s".formatted(root, SimilarNames.hint(root)));
        }
        TreeMap<String, String> points = new TreeMap<>();
        TreeMap<String, List<String>> images = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(Files::isRegularFile).forEach(file -> {
                String path = root.relativize(file).toString().replace('\\', '/');
                Matcher image = IMAGE.matcher(path);
                if (image.matches()) {
                    images.computeIfAbsent(image.group(1), name -> new ArrayList<>())
                            .add(path);
                } else if (path.toLowerCase(Locale.ROOT).endsWith(ENDING)) {
                    points.put(path.substring(0, path.length() - ENDING.length()), path);
                }
            });
        }
        FaceSamples faces = new FaceSamples(options, root, FaceLayout.of(scheme));
        for (var entry : points.entrySet()) {
            Path file = root.resolve(entry.getValue());
            try {
                FaceSamples.checkWithin(root, file);
                String image = image(file, images.getOrDefault(entry.getKey(), List.of()));
                faces.add(
                        image,
                        new FaceSamples.Face(
                                root,
                                photo(entry.getKey()),
                                file.toString(),
                                Optional.empty(),
                                Optional.of(landmarks(file)),
                                FaceAttributes.UNKNOWN));
            } catch (CorpusFormatException e) {
                faces.skip(e);
            }
        }
        return faces.corpus();
    }

    private String image(Path file, List<String> images) throws CorpusFormatException {
        if (images.size() != 1) {
            throw new CorpusFormatException(
                    file,
                    images.isEmpty()
                            ? "there is no image of this name beside it, .jpg, .jpeg or .png"
                            : "there are several images of this name beside it: %s".formatted(images));
        }
        try {
            return ImagePaths.normalised(images.get(0));
        } catch (IllegalArgumentException e) {
            throw new CorpusFormatException(file, String.valueOf(e.getMessage()));
        }
    }

    /** {@return the name that copies of one photo have in common} */
    static String photo(String path) {
        Matcher mirror = MIRROR.matcher(path);
        String name = mirror.matches() ? mirror.group(1) : path;
        Matcher copy = COPY.matcher(name);
        return copy.matches() ? (copy.group(1) == null ? "" : copy.group(1)) + copy.group(2) : name;
    }

    private Landmarks landmarks(Path file) throws IOException {
        try (TextLines lines = TextLines.open(file)) {
            String line = line(lines, "'version: 1'");
            Matcher head = HEAD.matcher(line);
            if (head.matches() && head.group(1).equals("version")) {
                if (Integer.parseInt(head.group(2)) != 1) {
                    throw lines.fault("version 1 is read, got %s".formatted(head.group(2)));
                }
                line = line(lines, "'n_points: %s'".formatted(scheme.size()));
                head = HEAD.matcher(line);
            }
            if (!head.matches() || !head.group(1).equals("n_points")) {
                throw lines.fault("expected 'n_points: %d', got '%s'".formatted(scheme.size(), ImagePaths.shown(line)));
            }
            if (Integer.parseInt(head.group(2)) != scheme.size()) {
                throw lines.fault("expected n_points %d, got %s".formatted(scheme.size(), head.group(2)));
            }
            expect(lines, "{");
            double[] xy = new double[2 * scheme.size()];
            for (int i = 0; i < scheme.size(); i++) {
                String what = "point %s of %s, x and y".formatted(i + 1, scheme.size());
                String text = line(lines, what);
                ListRow row = new ListRow(file, lines.number(), TextLines.split(text));
                row.checkCount(2, what);
                xy[2 * i] = row.coordinate(0, "x" + (i + 1)) - 1;
                xy[2 * i + 1] = row.coordinate(1, "y" + (i + 1)) - 1;
            }
            expect(lines, "}");
            String more = lines.next();
            if (more != null) {
                throw lines.fault("nothing is expected behind '}', got '%s'".formatted(ImagePaths.shown(more)));
            }
            return Landmarks.of(scheme, xy);
        }
    }

    private static void expect(TextLines lines, String sign) throws IOException {
        String line = line(lines, "'%s'".formatted(sign));
        if (!line.equals(sign)) {
            throw lines.fault("expected '%s', got '%s'".formatted(sign, ImagePaths.shown(line)));
        }
    }

    private static String line(TextLines lines, String what) throws IOException {
        @Nullable String line = lines.next();
        if (line == null) {
            throw lines.fault("the file ends where %s is expected".formatted(what));
        }
        return line;
    }
}
