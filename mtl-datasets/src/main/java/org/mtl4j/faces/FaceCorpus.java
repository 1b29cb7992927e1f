package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.hash.PrimitiveSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.mtl4j.faces.internal.BoxOrder;
import org.mtl4j.faces.internal.FaceGeometry;
import org.mtl4j.faces.internal.PointOrder;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.random.Permutations;
import org.mtl4j.task.TaskKind;

/** Holds an immutable list of faces. Images are not held: they are read or drawn when they are needed. */
public final class FaceCorpus {

    private final ImmutableList<FaceSample> samples;
    private final FaceLayout layout;
    private final GeometryCheck geometryCheck;

    private FaceCorpus(List<FaceSample> samples, FaceLayout layout, GeometryCheck geometryCheck) {
        this.samples = ImmutableList.copyOf(samples);
        this.layout = layout;
        this.geometryCheck = geometryCheck;
    }

    /**
     * {@return a corpus of these samples, in this order; may be empty} Its points and boxes are looked at as a whole
     * where its faces are cut out; see {@link GeometryCheck#REFUSE}. Its {@link #layout} is that of its samples: the
     * scheme of their points, MTFL's if there are none, and the attributes that they speak of, MTFL's if they are among
     * these or there are none.
     *
     * @param samples copied; may be empty
     * @throws IllegalArgumentException if two samples have points of different schemes; the message names them
     */
    public static FaceCorpus of(List<FaceSample> samples) {
        return new FaceCorpus(samples, LayoutOfSamples.of(samples), GeometryCheck.REFUSE);
    }

    /**
     * {@return a corpus of these samples, in this order, that marks what a layout says}
     *
     * @param samples copied; may be empty
     * @param layout points and attributes; the samples may know less of them, but no others
     * @throws IllegalArgumentException if a sample has points of another scheme, or an attribute that the layout has
     *     not; the message names it
     */
    public static FaceCorpus of(List<FaceSample> samples, FaceLayout layout) {
        LayoutOfSamples.check(samples, layout);
        return new FaceCorpus(samples, layout, GeometryCheck.REFUSE);
    }

    /** {@return which points and attributes the faces are marked with} */
    public FaceLayout layout() {
        return layout;
    }

    /**
     * {@return this corpus with another answer to points and boxes that make no sense as a whole} What is made of it,
     * parts and changed copies, keeps the answer.
     *
     * @param check whether such a corpus is refused where its faces are cut out
     */
    public FaceCorpus withGeometryCheck(GeometryCheck check) {
        return new FaceCorpus(samples, layout, Objects.requireNonNull(check, "check"));
    }

    /** {@return what happens where points and boxes make no sense as a whole} */
    public GeometryCheck geometryCheck() {
        return geometryCheck;
    }

    /**
     * Looks at the points and boxes of all faces as a whole, whatever {@link #geometryCheck} says.
     *
     * @return what is odd, each with the number of faces and what is suspected; empty if nothing is
     */
    public List<String> geometryFindings() {
        return geometry(samples, new int[0]).findings().stream()
                .map(FaceGeometry.Finding::text)
                .toList();
    }

    /**
     * Looks at points and boxes of those faces of which the usual five points are known.
     *
     * @param sizes width and height of the image of each face, one after the other; empty if they are not known
     */
    static FaceGeometry geometry(List<FaceSample> samples, int[] sizes) {
        FaceGeometry.Builder faces = FaceGeometry.expecting(PointOrder.IN_PAIRS, BoxOrder.LEFT_TOP_RIGHT_BOTTOM);
        for (int i = 0; i < samples.size(); i++) {
            FaceSample sample = samples.get(i);
            Optional<Landmarks> five = sample.landmarks().flatMap(Landmarks::fivePoints);
            if (five.isPresent()) {
                double[] box = sample.box()
                        .map(edges -> new double[] {edges.left(), edges.top(), edges.right(), edges.bottom()})
                        .orElse(null);
                faces.add(
                        five.get().toArray(),
                        box,
                        sizes.length == 0 ? 0 : sizes[2 * i],
                        sizes.length == 0 ? 0 : sizes[2 * i + 1]);
            }
        }
        return faces.look();
    }

    /** {@return all samples, in order} */
    public List<FaceSample> samples() {
        return samples;
    }

    /** {@return number of samples} */
    public int size() {
        return samples.size();
    }

    /**
     * {@return one sample}
     *
     * @param index from 0
     * @throws IndexOutOfBoundsException if there is none at this index
     */
    public FaceSample get(int index) {
        return samples.get(index);
    }

    /**
     * {@return the samples from index {@code from} up to, not including, {@code to}}
     *
     * @param from index of the first
     * @param to index after the last
     */
    public FaceCorpus subset(int from, int to) {
        return new FaceCorpus(samples.subList(from, to), layout, geometryCheck);
    }

    /**
     * {@return the samples that satisfy a condition, in order}
     *
     * @param condition true for the samples that are kept
     */
    public FaceCorpus filter(Predicate<FaceSample> condition) {
        return like(samples.stream().filter(condition).toList());
    }

    /**
     * {@return this corpus with every sample changed, for example by {@link FaceSample#withBoxFromLandmarks}} It keeps
     * its layout where the samples fit it; where they have other points or attributes, it has theirs.
     *
     * @param change gives the new sample for an old one
     * @throws IllegalArgumentException if two changed samples have points of different schemes
     */
    public FaceCorpus map(UnaryOperator<FaceSample> change) {
        List<FaceSample> changed = samples.stream().map(change).toList();
        FaceLayout theirs = LayoutOfSamples.fits(changed, layout) ? layout : LayoutOfSamples.of(changed);
        return new FaceCorpus(changed, theirs, geometryCheck);
    }

    /** {@return a corpus of other samples that is checked like this one} */
    private FaceCorpus like(List<FaceSample> others) {
        return new FaceCorpus(others, layout, geometryCheck);
    }

    /** The two parts of a corpus; each keeps the order of the whole. */
    public record Split(FaceCorpus training, FaceCorpus validation) {}

    /**
     * Splits off a part for validation. The faces of one {@linkplain #photos photo} go to the same side.
     *
     * @param validationFraction part of the samples drawn for validation, 0 to 1; their number is rounded to the
     *     nearest, and comes as near to that as whole photos do
     * @param seed decides which, on every platform alike
     * @return both parts
     * @throws IllegalArgumentException if the fraction is out of range
     */
    public Split split(double validationFraction, long seed) {
        Check.fraction(validationFraction, "the validation fraction");
        return splitOff((int) Math.round(validationFraction * size()), seed);
    }

    /**
     * Splits off a number of samples for validation. The faces of one {@linkplain #photos photo} go to the same side.
     *
     * @param validationCount number of samples drawn for validation, 0 to {@link #size}; where photos have several
     *     faces, as many are drawn as come nearest to it in whole photos
     * @param seed decides which, on every platform alike
     * @return both parts
     * @throws IllegalArgumentException if the number is out of range
     */
    public Split splitOff(int validationCount, long seed) {
        if (validationCount < 0 || validationCount > size()) {
            throw new IllegalArgumentException(
                    "cannot draw %d validation samples from %d".formatted(validationCount, size()));
        }
        boolean[] validation = drawn(IntStream.range(0, size()).toArray(), validationCount, seed);
        return new Split(where(validation, false), where(validation, true));
    }

    /**
     * Draws faces, photo by photo, in an order that depends on the seed alone.
     *
     * @param candidates indices of the faces to draw from
     * @param count how many are to be drawn
     * @return for each face of the corpus whether it was drawn; with a larger count all that are with a smaller one
     */
    private boolean[] drawn(int[] candidates, long count, long seed) {
        int[] photos = photos();
        ListMultimap<Integer, Integer> together =
                MultimapBuilder.hashKeys().arrayListValues(1).build();
        for (int face : candidates) {
            together.put(photos[face], face);
        }
        boolean[] drawn = new boolean[size()];
        long missing = count;
        for (int place : Permutations.shuffled(candidates.length, seed, 0)) {
            if (drawn[candidates[place]]) {
                continue;
            }
            List<Integer> faces = together.get(photos[candidates[place]]);
            if (faces.size() - missing > missing) { // without this photo it is nearer to the count
                break;
            }
            faces.forEach(face -> drawn[face] = true);
            missing -= faces.size();
            if (missing <= 0) {
                break;
            }
        }
        return drawn;
    }

    /**
     * {@return for each sample which photo it is in, photos being counted from 0 in the order in which they first
     * appear} Samples are faces of one photo if {@link FaceSample#photo} is the same, or if they were given the same
     * {@link ImageSource} object. What divides a corpus keeps photos whole: pictures that a model has been trained on
     * are not those that it is measured on.
     */
    public int[] photos() {
        int[] firstOfPhoto = new int[size()];
        Map<String, Integer> byName = new HashMap<>();
        Map<ImageSource, Integer> bySource = new IdentityHashMap<>();
        for (int i = 0; i < size(); i++) {
            firstOfPhoto[i] = i;
            FaceSample sample = samples.get(i);
            for (Integer earlier :
                    Arrays.asList(byName.putIfAbsent(sample.photo(), i), bySource.putIfAbsent(sample.image(), i))) {
                if (earlier != null) {
                    int other = root(firstOfPhoto, earlier);
                    int mine = root(firstOfPhoto, i);
                    firstOfPhoto[Math.max(other, mine)] = Math.min(other, mine);
                }
            }
        }
        int[] numbers = new int[size()];
        int count = 0;
        for (int i = 0; i < size(); i++) {
            int first = root(firstOfPhoto, i);
            numbers[i] = first == i ? count++ : numbers[first];
        }
        return numbers;
    }

    private static int root(int[] parents, int index) {
        int at = index;
        while (parents[at] != at) {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        return at;
    }

    private FaceCorpus where(boolean[] flags, boolean wanted) {
        return like(IntStream.range(0, size())
                .filter(i -> flags[i] == wanted)
                .mapToObj(samples::get)
                .toList());
    }

    /**
     * {@return this corpus with the labels of a task left to some of the samples only} To see what a task with few
     * labels gains from the others. The samples that keep them are drawn from those that have them, the faces of one
     * {@linkplain #photos photo} together; with one seed those of a smaller fraction are among those of a larger one.
     *
     * @param task whose labels are taken away; with {@link FaceTask#ATTRIBUTES} and others of several attributes all of
     *     them at once, also where only some are known
     * @param fraction of the samples that have the labels now (of several attributes: any of them), 0 to 1; their
     *     number is rounded to the nearest, and comes as near to that as whole photos do
     * @param seed decides which, on every platform alike
     * @throws IllegalArgumentException if the fraction is out of range
     */
    public FaceCorpus withLabelFraction(FaceTask task, double fraction, long seed) {
        Check.fraction(fraction, "task '" + task.task().name() + "': the fraction of labels");
        int[] labelled = IntStream.range(0, size())
                .filter(i -> task.hasSomeLabel(samples.get(i)))
                .toArray();
        boolean[] kept = drawn(labelled, Math.round(fraction * labelled.length), seed);
        return like(IntStream.range(0, size())
                .mapToObj(i -> kept[i] || !task.hasSomeLabel(samples.get(i))
                        ? samples.get(i)
                        : task.withoutLabels(samples.get(i)))
                .toList());
    }

    /**
     * {@return number of samples that have the labels of a task}
     *
     * @param task whose labels are counted
     */
    public int countLabelled(FaceTask task) {
        return (int) samples.stream().filter(task::isLabelled).count();
    }

    /**
     * {@return how often each class of a task occurs, in the order of the label columns; for tasks of several labels
     * how often each is 1} Samples without these labels do not count.
     *
     * @param task whose labels are counted
     * @throws IllegalArgumentException if the task is a regression, which has no classes
     */
    public Map<String, Integer> classCounts(FaceTask task) {
        if (task.task().kind() == TaskKind.REGRESSION) {
            throw new IllegalArgumentException(
                    "task '%s' has no classes to count".formatted(task.task().name()));
        }
        int[] counts = new int[task.task().outputs()];
        for (FaceSample sample : samples) {
            float[] labels = task.labels(sample);
            for (int i = 0; i < counts.length; i++) {
                counts[i] += labels[i] == 1 ? 1 : 0;
            }
        }
        ImmutableMap.Builder<String, Integer> map = ImmutableMap.builder();
        for (int i = 0; i < counts.length; i++) {
            map.put(task.task().className(i), counts[i]);
        }
        return map.buildOrThrow();
    }

    /**
     * {@return the SHA-256, in hexadecimal, over everything in the corpus that can change a result: number and order of
     * the samples, their ids, images, boxes, points and attributes} Reads every image file once.
     *
     * @throws IOException if an image cannot be read; the message names it
     */
    public String fingerprint() throws IOException {
        Hasher hasher = Hashing.sha256().newHasher();
        hasher.putInt(size());
        if (!layout.equals(FaceLayout.MTFL)) { // corpora of that layout keep the fingerprint that they had alone
            layout.toMap().forEach((key, value) -> putString(hasher, key + " " + value));
        }
        for (FaceSample sample : samples) {
            putString(hasher, sample.id());
            putString(hasher, sample.image().fingerprint());
            hasher.putBoolean(sample.box().isPresent());
            sample.box()
                    .ifPresent(box -> putAll(hasher, new double[] {box.left(), box.top(), box.right(), box.bottom()}));
            hasher.putBoolean(sample.landmarks().isPresent());
            sample.landmarks().ifPresent(landmarks -> putAll(hasher, landmarks.toArray()));
            FaceAttributes attributes = sample.attributes();
            putLabel(hasher, attributes.gender());
            putLabel(hasher, attributes.smile());
            putLabel(hasher, attributes.glasses());
            putLabel(hasher, attributes.pose());
            for (FaceAttribute attribute : layout.attributes()) {
                if (!FaceAttributes.OF_MTFL.contains(attribute)) {
                    hasher.putInt(attributes.value(attribute).orElse(-1));
                }
            }
        }
        return hasher.hash().toString();
    }

    private static void putString(PrimitiveSink sink, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sink.putInt(bytes.length).putBytes(bytes);
    }

    private static void putAll(PrimitiveSink sink, double[] values) {
        for (double value : values) {
            sink.putDouble(value);
        }
    }

    private static void putLabel(PrimitiveSink sink, Optional<? extends Enum<?>> label) {
        sink.putInt(label.map(Enum::ordinal).orElse(-1));
    }

    /**
     * Cuts out all faces, on as many threads as the machine has processors, and holds them in memory: {@code size() *
     * crop.size() * crop.size()} bytes.
     *
     * @param crop how faces are cut out
     * @return the crops
     * @throws IOException if an image cannot be read or a box lies outside its image; the message names the first such
     *     sample of the corpus and says how many there are
     * @throws IllegalArgumentException if a sample has no box, see {@link FaceSample#withBoxFromLandmarks}; or if
     *     points and boxes make no sense as a whole, see {@link GeometryCheck}
     */
    public FaceCrops crops(FaceCrop crop) throws IOException {
        return cropping(crop).cut();
    }

    /**
     * Crops as {@link #crops} does, with options: for augmentation, for leaving out broken faces, for decoding in the
     * course of training.
     *
     * @param crop how faces are cut out
     * @return settings of the crops
     */
    public FaceCrops.Builder cropping(FaceCrop crop) {
        return new FaceCrops.Builder(this, crop);
    }

    @Override
    public String toString() {
        return "FaceCorpus[%s faces]".formatted(size());
    }
}
