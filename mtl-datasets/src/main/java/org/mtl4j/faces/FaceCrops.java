package org.mtl4j.faces;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.mtl4j.faces.internal.FaceGeometry;
import org.mtl4j.image.GrayImage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the faces of a corpus, cut out, in memory as gray levels. Safe for use by several threads; any number of
 * {@link FaceBatches} can read from one. Made by {@link FaceCorpus#crops} or, with options,
 * {@link FaceCorpus#cropping}.
 *
 * <p><strong>Memory.</strong> {@code size * size} bytes a face. With an augmentation the part of the image that crops
 * can show is held as well, at no more than two and a half bytes, across and down, per pixel of a crop of middle scale
 * (less if the image has less): with {@link Augmentation#standard} and a margin of 0 up to 14 {@code size * size} bytes
 * and a border of some rows.
 *
 * <p><strong>Augmented crops</strong> of images that have more than 1.41 pixels per pixel of a crop, across or down,
 * are sampled from means of the image, one sample a pixel, which are as sharp as the mean over a pixel of a crop; the
 * means are taken once, when the image is read. Those of smaller images are sampled from the image, at points that are
 * up to 1.25 of its pixels apart. Crops that are not augmented are always taken as {@link FaceCrop} says.
 */
public final class FaceCrops {

    private static final Logger log = LoggerFactory.getLogger(FaceCrops.class);

    private final FaceCorpus corpus;
    private final FaceCrop crop;
    private final Optional<Augmentation> augmentation;
    private final AtomicReferenceArray<Face> faces;
    private final FaceDecoding decoding = new FaceDecoding();

    /** For a face whose image shows others that are not decoded yet, either: all of them. */
    private final Map<Integer, List<Integer>> together;

    /** A decoded face; the patch is there if there is an augmentation. */
    private record Face(byte[] gray, Optional<SourcePatch> patch) {}

    private FaceCrops(
            FaceCorpus corpus, FaceCrop crop, Optional<Augmentation> augmentation, AtomicReferenceArray<Face> faces) {
        this.corpus = corpus;
        this.crop = crop;
        this.augmentation = augmentation;
        this.faces = faces;
        this.together = new HashMap<>();
        if (IntStream.range(0, faces.length()).anyMatch(i -> faces.get(i) == null)) {
            for (List<Integer> shared : facesByImage(corpus)) {
                if (shared.size() > 1) {
                    shared.forEach(face -> together.put(face, shared));
                }
            }
        }
    }

    /** Holds the settings of crops; made by {@link FaceCorpus#cropping}. */
    public static final class Builder {

        private final FaceCorpus corpus;
        private final FaceCrop crop;
        private Optional<Augmentation> augmentation = Optional.empty();
        private Optional<SkipReport> skipped = Optional.empty();
        private boolean lazy;

        Builder(FaceCorpus corpus, FaceCrop crop) {
            this.corpus = Objects.requireNonNull(corpus, "corpus");
            this.crop = Objects.requireNonNull(crop, "crop");
        }

        /**
         * Keeps as much of each image as this augmentation can show. Batches are augmented only if they are built with
         * {@link FaceBatches.Builder#augmentationSeed}.
         *
         * @param augmentation what batches get that are augmented
         * @return this builder
         */
        public Builder augmentation(Augmentation augmentation) {
            this.augmentation = Optional.of(augmentation);
            return this;
        }

        /**
         * Leaves out faces whose image cannot be read or whose box lies outside of it, and says so in the report; an
         * image that does not fit into memory beside others is tried once more alone. Default: such a face is an
         * exception.
         *
         * @param report is added to
         * @return this builder
         */
        public Builder skipReport(SkipReport report) {
            skipped = Optional.of(report);
            return this;
        }

        /**
         * Decodes a face only when a batch needs it for the first time, so {@link #cut} returns at once. A face that
         * cannot be cut out is then an {@link UncheckedIOException} of that batch. Not together with
         * {@link #skipReport}.
         *
         * @return this builder
         */
        public Builder lazy() {
            lazy = true;
            return this;
        }

        /**
         * Cuts out the faces, on as many threads as the machine has processors.
         *
         * @return the crops
         * @throws IOException if an image cannot be read or a box lies outside its image; the message names the first
         *     such sample of the corpus and says how many there are. With a report: if that is so for all faces
         * @throws IllegalArgumentException if a sample has no box, see {@link FaceSample#withBoxFromLandmarks}; if
         *     points and boxes make no sense as a whole, see {@link GeometryCheck}; or if faces are to be skipped and
         *     to be decoded when needed
         */
        public FaceCrops cut() throws IOException {
            for (FaceSample sample : corpus.samples()) {
                if (sample.box().isEmpty()) {
                    throw new IllegalArgumentException(("%s: no face box to cut out; "
                                    + "FaceCorpus.map(FaceSample::withBoxFromLandmarks) makes boxes from landmarks")
                            .formatted(sample.id()));
                }
            }
            checkGeometry();
            if (lazy) {
                if (skipped.isPresent()) {
                    throw new IllegalArgumentException("faces that are decoded when needed cannot be skipped:"
                            + " which are broken is not known before");
                }
                return new FaceCrops(corpus, crop, augmentation, new AtomicReferenceArray<>(corpus.size()));
            }
            return decodeAll();
        }

        private void checkGeometry() {
            if (corpus.geometryCheck() != GeometryCheck.OFF) {
                FaceGeometry geometry = FaceCorpus.geometry(corpus.samples(), new int[0]);
                refuse(geometry.refusal());
                // of faces that come from lists, their reader has warned
                if (corpus.samples().stream()
                        .allMatch(sample -> sample.image().listedAt().isEmpty())) {
                    geometry.findings().forEach(finding -> log.warn("{}", finding.text()));
                }
            }
        }

        /** Looks again, now that the sizes of the images are known. */
        private void checkGeometry(int[] sizes) {
            if (corpus.geometryCheck() != GeometryCheck.OFF) {
                Optional<String> refusal =
                        FaceCorpus.geometry(corpus.samples(), sizes).refusal();
                refuse(refusal);
                if (refusal.isPresent()) {
                    log.warn("{}", refusal.get());
                }
            }
        }

        private void refuse(Optional<String> refusal) {
            if (refusal.isPresent() && corpus.geometryCheck() == GeometryCheck.REFUSE) {
                throw new IllegalArgumentException(
                        ("%s. FaceCorpus.withGeometryCheck(GeometryCheck.WARN), or --any-geometry, takes such faces"
                                        + " all the same")
                                .formatted(refusal.get()));
            }
        }

        private FaceCrops decodeAll() throws IOException {
            Face[] faces = new Face[corpus.size()];
            Exception[] faults = new Exception[corpus.size()];
            int[] sizes = new int[2 * corpus.size()]; // 0 where an image cannot be read
            FaceDecoding decoding = new FaceDecoding();
            facesByImage(corpus).parallelStream().forEach(together -> {
                try {
                    decoding.decode(() -> cutOutTogether(together, faces, sizes, faults));
                } catch (IOException | RuntimeException e) { // a source of the user's own may throw anything
                    together.forEach(i -> faults[i] = e);
                }
            });
            int count = (int) IntStream.range(0, faults.length)
                    .filter(i -> faults[i] != null)
                    .count();
            checkGeometry(sizes);
            if (count == 0) {
                return new FaceCrops(corpus, crop, augmentation, new AtomicReferenceArray<>(faces));
            }
            if (skipped.isEmpty() || count == faults.length) {
                int first = IntStream.range(0, faults.length)
                        .filter(i -> faults[i] != null)
                        .findFirst()
                        .orElseThrow();
                throw new IOException(
                        "%d of %d faces cannot be cut out; the first, %s"
                                .formatted(count, faults.length, described(corpus.get(first), faults[first])),
                        faults[first]);
            }
            List<FaceSample> good = new ArrayList<>();
            List<Face> decoded = new ArrayList<>();
            for (int i = 0; i < faces.length; i++) {
                if (faults[i] == null) {
                    good.add(corpus.get(i));
                    decoded.add(faces[i]);
                } else {
                    skipped.get().add(place(corpus.get(i)), problem(faults[i]));
                }
            }
            return new FaceCrops(
                    FaceCorpus.of(good, corpus.layout()).withGeometryCheck(corpus.geometryCheck()),
                    crop,
                    augmentation,
                    new AtomicReferenceArray<>(decoded.toArray(Face[]::new)));
        }

        /** Cuts all faces out of one image; one whose box lies outside is a fault of its own. */
        private List<Integer> cutOutTogether(List<Integer> together, Face[] faces, int[] sizes, Exception[] faults)
                throws IOException {
            GrayImage image = corpus.get(together.get(0)).image().load();
            for (int i : together) {
                sizes[2 * i] = image.width();
                sizes[2 * i + 1] = image.height();
                try {
                    faces[i] = cutOut(image, corpus.get(i), crop, augmentation);
                } catch (RuntimeException e) {
                    faults[i] = e;
                }
            }
            return together;
        }
    }

    /** {@return the indices of the faces, those together whose images are read from one place} */
    private static List<List<Integer>> facesByImage(FaceCorpus corpus) {
        Map<ImageSource, List<Integer>> faces = new LinkedHashMap<>();
        for (int i = 0; i < corpus.size(); i++) {
            faces.computeIfAbsent(corpus.get(i).image(), image -> new ArrayList<>(1))
                    .add(i);
        }
        return List.copyOf(faces.values());
    }

    private static Face cutOut(GrayImage image, FaceSample sample, FaceCrop crop, Optional<Augmentation> augmentation) {
        Box box = sample.box().orElseThrow();
        return new Face(crop.cut(image, box), augmentation.map(a -> SourcePatch.of(image, box, crop, a)));
    }

    /** {@return the id of a sample, and where it is listed} */
    private static String place(FaceSample sample) {
        return sample.image()
                .listedAt()
                .map(place -> "'%s' (%s)".formatted(sample.id(), place))
                .orElse("'%s'".formatted(sample.id()));
    }

    private static String described(FaceSample sample, Exception fault) {
        return place(sample) + ": " + problem(fault);
    }

    private static String problem(Exception fault) {
        return fault.getMessage() == null ? fault.toString() : fault.getMessage();
    }

    /** {@return the corpus that the faces come from, in the same order; without those that were skipped} */
    public FaceCorpus corpus() {
        return corpus;
    }

    /** {@return how the faces were cut out} */
    public FaceCrop crop() {
        return crop;
    }

    /** {@return what batches of these faces can be augmented with} */
    public Optional<Augmentation> augmentation() {
        return augmentation;
    }

    /** {@return number of faces} */
    public int size() {
        return corpus.size();
    }

    /** {@return batches of these faces; see {@link FaceBatches.Builder} for what must be said and what may be} */
    public FaceBatches.Builder batches() {
        return new FaceBatches.Builder(this);
    }

    /**
     * Says what these faces are, in short: a SHA-256 over their number and, face by face in their order, id, box,
     * landmarks, attributes and the pixels of the crop; with an augmentation also over that and what it may show around
     * the crops. Two sets of crops with one fingerprint are the same to whoever trains on them. Faces that were to be
     * decoded when needed are decoded now.
     *
     * @return 64 hexadecimal digits
     * @throws UncheckedIOException if a face is decoded only now, and cannot be
     */
    public String fingerprint() {
        Hasher hasher = Hashing.sha256().newHasher().putInt(size());
        if (crop.pixelScale()
                != PixelScale.STANDARDIZED) { // crops of the usual scale keep the fingerprint that models know
            hasher.putUnencodedChars(crop.pixelScale().name());
        }
        if (!corpus.layout().equals(FaceLayout.MTFL)) { // likewise
            hasher.putUnencodedChars(corpus.layout().toMap().toString());
        }
        augmentation.ifPresent(
                changes -> hasher.putUnencodedChars(changes.toMap().toString()));
        for (int i = 0; i < size(); i++) {
            FaceSample sample = corpus.get(i);
            Face face = face(i);
            byte[] gray = face.gray;
            hasher.putUnencodedChars(
                            sample.id() + " " + sample.box() + " " + sample.landmarks() + " " + sample.attributes())
                    .putInt(gray.length)
                    .putBytes(gray);
            face.patch.ifPresent(around -> around.putInto(hasher));
        }
        return hasher.hash().toString();
    }

    /** Writes faces, one after the other, from one thread. */
    final class Writer {
        private final PatchSampler sampler = new PatchSampler(crop.size());
        private final byte[] changed = new byte[crop.size() * crop.size()];

        /**
         * Writes the scaled pixels of one face.
         *
         * @throws UncheckedIOException if it is decoded only now, and cannot be
         */
        void write(int index, FaceTransform transform, float[] to) {
            Face face = face(index);
            byte[] gray = face.gray;
            if (transform != FaceTransform.IDENTITY) {
                if (transform.movesWindow()) {
                    SourcePatch patch = face.patch.orElseThrow();
                    Box box = corpus.get(index).box().orElseThrow();
                    sampler.sample(patch, patch.inPatch(transform.window(box, crop.margin())), changed);
                } else {
                    System.arraycopy(gray, 0, changed, 0, gray.length);
                }
                transform.apply(changed, crop.size());
                gray = changed;
            }
            crop.pixelScale().write(gray, 0, gray.length, to, 0);
        }
    }

    private Face face(int index) {
        Face face = faces.get(index);
        if (face == null) { // two threads may both decode it: to the same
            FaceSample sample = corpus.get(index);
            try {
                face = decoding.decode(() -> {
                    GrayImage image = sample.image().load();
                    Face decoded = cutOut(image, sample, crop, augmentation);
                    cutOutOthers(image, index);
                    return decoded;
                });
            } catch (IOException | RuntimeException e) {
                String message = "a face cannot be cut out: " + described(sample, e);
                throw new UncheckedIOException(message, e instanceof IOException io ? io : new IOException(message, e));
            }
            faces.set(index, face);
        }
        return face;
    }

    /** Cuts out the other faces of an image while it is there. */
    private void cutOutOthers(GrayImage image, int index) {
        for (int other : together.getOrDefault(index, List.of())) {
            if (faces.get(other) == null) {
                try {
                    faces.set(other, cutOut(image, corpus.get(other), crop, augmentation));
                } catch (RuntimeException e) {
                    continue; // is said when that face is asked for
                }
            }
        }
    }
}
