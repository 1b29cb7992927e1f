package org.mtl4j.corpora;

import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.corpora.internal.CorpusImage;
import org.mtl4j.corpora.internal.CorpusRemarks;
import org.mtl4j.faces.Box;
import org.mtl4j.faces.FaceAttributes;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.FaceSample;
import org.mtl4j.faces.GeometryCheck;
import org.mtl4j.faces.Landmarks;
import org.mtl4j.faces.internal.BoxOrder;
import org.mtl4j.faces.internal.FaceGeometry;
import org.mtl4j.faces.internal.PointOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects what lists say of faces, and makes a corpus of it: faces of one photo together, with ids of their own,
 * looked at for sense as a whole.
 */
final class FaceSamples {
    private static final Logger log = LoggerFactory.getLogger(FaceSamples.class);

    private final CorpusReader options;
    private final Path list;
    private final FaceLayout layout;
    private final CorpusRemarks remarks = new CorpusRemarks("CorpusReader");
    private final ListMultimap<String, Face> faces =
            MultimapBuilder.linkedHashKeys().arrayListValues(1).build();
    private @Nullable CorpusFormatException firstFault;
    private int twice;
    private @Nullable String firstTwice;

    /** What is known of one face. */
    record Face(
            Path images,
            String photo,
            String place,
            Optional<Box> box,
            Optional<Landmarks> landmarks,
            FaceAttributes attributes) {}

    /**
     * Starts with no face.
     *
     * @param list the file or folder that is read, for messages
     */
    FaceSamples(CorpusReader options, Path list, FaceLayout layout) {
        this.options = options;
        this.list = list;
        this.layout = layout;
    }

    /** Adds a face of the image at a path. */
    void add(String path, Face face) {
        if (face.landmarks.isPresent()) {
            for (Face other : faces.get(path)) {
                if (other.landmarks.equals(face.landmarks)) {
                    twice++;
                    firstTwice = firstTwice == null ? other.place + ", " + face.place : firstTwice;
                }
            }
        }
        faces.put(path, face);
    }

    /** Reports a fault, or throws it if there is no report. */
    void skip(CorpusFormatException fault) throws CorpusFormatException {
        firstFault = firstFault == null ? fault : firstFault;
        if (options.skipReport().isEmpty()) {
            throw fault;
        }
        options.skipReport().get().add(fault.place(), fault.problem());
    }

    /**
     * {@return the corpus}
     *
     * @throws CorpusFormatException if there is no face, or they make no sense as a whole
     */
    FaceCorpus corpus() throws CorpusFormatException {
        List<FaceSample> samples = new ArrayList<>(faces.size());
        faces.asMap().forEach((path, together) -> addSamples(path, together, samples));
        return checked(samples);
    }

    private void addSamples(String path, Collection<Face> together, List<FaceSample> samples) {
        int number = 0;
        for (Face face : together) {
            number++;
            String id = together.size() == 1 ? path : path + "#" + number;
            CorpusImage image = new CorpusImage(face.images, path, face.photo, face.place, options.decoder(), remarks);
            samples.add(new FaceSample(id, image, face.box, face.landmarks, face.attributes));
        }
    }

    private FaceCorpus checked(List<FaceSample> samples) throws CorpusFormatException {
        if (samples.isEmpty()) {
            CorpusFormatException fault = firstFault;
            throw new CorpusFormatException(
                    list,
                    fault == null
                            ? "there is no face in it"
                            : "nothing in it can be read; the first, %s".formatted(fault.getMessage()));
        }
        if (twice > 0) {
            log.warn("{}: {} faces are listed twice, with the same points: the first, {}", list, twice, firstTwice);
        }
        FaceCorpus corpus = FaceCorpus.of(samples, layout).withGeometryCheck(options.geometryCheck());
        if (options.geometryCheck() != GeometryCheck.OFF) {
            checkGeometry(samples);
        }
        log.debug("{} faces in {}", corpus.size(), list);
        return corpus;
    }

    private void checkGeometry(List<FaceSample> samples) throws CorpusFormatException {
        FaceGeometry.Builder builder = FaceGeometry.expecting(PointOrder.IN_PAIRS, BoxOrder.LEFT_TOP_RIGHT_BOTTOM);
        for (FaceSample sample : samples) {
            sample.landmarks()
                    .flatMap(Landmarks::fivePoints)
                    .ifPresent(five -> builder.add(
                            five.toArray(),
                            sample.box()
                                    .map(box -> new double[] {box.left(), box.top(), box.right(), box.bottom()})
                                    .orElse(null)));
        }
        FaceGeometry geometry = builder.look();
        Optional<String> refusal = geometry.refusal();
        if (refusal.isPresent() && options.geometryCheck() == GeometryCheck.REFUSE) {
            throw new CorpusFormatException(
                    list,
                    ("%s. CorpusReader.withGeometryCheck(GeometryCheck.WARN), or --any-geometry, takes such faces all"
                                    + " the same")
                            .formatted(refusal.get()));
        }
        geometry.findings().forEach(finding -> log.warn("{}: {}", list, finding.text()));
    }

    /** Fails if a file is a link that leads out of a folder. */
    static void checkWithin(Path folder, Path file) throws IOException {
        if (Files.exists(file) && !file.toRealPath().startsWith(folder.toRealPath())) {
            throw new IOException("%s: a link leads out of the corpus %s".formatted(file, folder));
        }
    }
}
