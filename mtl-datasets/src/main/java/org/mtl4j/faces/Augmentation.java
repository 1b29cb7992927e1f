package org.mtl4j.faces;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.TreeMap;
import org.mtl4j.internal.check.Check;

/**
 * Changes faces at random, so that a network sees each of them in many forms. Every change has a probability with which
 * a face gets it, and a range from which its strength is drawn evenly; all of them are drawn independently.
 *
 * <p>In this order: the face is resized and turned about the centre of its box, then shifted, all in a single
 * resampling of the source image, so the crop shows what lies around the box; then gamma, gain and offset change the
 * light, an occlusion covers a part, noise is added, and last the crop is mirrored.
 *
 * <p><strong>Labels</strong> follow the pixels. A point's label says where it lies <em>in the augmented crop</em>, in
 * the coordinates that crops have without augmentation: (0, 0) is where the left top corner of a box lies in every crop
 * of this margin, (1, 1) the right bottom corner. With r the label without augmentation (in fractions of the box of w x
 * h pixels) it is
 *
 * <pre>
 *     (w, h) * (r' - 0.5 - shift) = scale * rotation * ((w, h) * (r - 0.5))
 * </pre>
 *
 * and, mirrored, 1 - x' in place of x', with left and right eye and mouth corner exchanged. So a distance of 0.05 is 5
 * % of the width that a box has in a crop, with augmentation and without. Mirroring also exchanges the poses (left with
 * right, left profile with right profile).
 *
 * <p>What a face gets depends on seed, epoch and its place in the corpus alone: see
 * {@link FaceBatches.Builder#augmentationSeed}. The results are the same on every platform.
 *
 * @param flip probability that the face is mirrored, 0 to 1
 * @param shift to the right, and independently downwards, as a fraction of the box's width (height); -1 to 1
 * @param scale factor of the face's size; 0.1 to 10
 * @param rotation clockwise, in degrees; -180 to 180
 * @param gain factor of the distance from middle gray (127.5); 0 to 10
 * @param offset added gray levels; -255 to 255
 * @param gamma exponent of the gray level over 255: below 1 is lighter, above darker; 0.1 to 10
 * @param noise standard deviation of nearly normal noise, independent for each pixel, in gray levels; 0 to 255
 * @param occlusion width, and independently height, of a rectangle of one random gray level anywhere in the crop, as a
 *     fraction of the crop; 0 to 1
 */
public record Augmentation(
        double flip,
        Change shift,
        Change scale,
        Change rotation,
        Change gain,
        Change offset,
        Change gamma,
        Change noise,
        Change occlusion) {

    private static final String PREFIX = "augmentation.";

    /**
     * Says how often one kind of change happens, and how strong it is then.
     *
     * @param probability that a face gets it, 0 to 1
     * @param min lower end of the range of its strength, finite
     * @param max upper end of the range, finite, not below the lower one
     */
    public record Change(double probability, double min, double max) {
        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException if one is out of its range
         */
        public Change {
            Check.fraction(probability, "the probability of a change");
            if (!(min <= max && Double.isFinite(min) && Double.isFinite(max))) {
                throw new IllegalArgumentException(
                        "the range of a change needs finite ends, the lower one first, got %s to %s"
                                .formatted(min, max));
            }
        }

        /** {@return whether it may happen at all} */
        boolean isOn() {
            return probability > 0;
        }

        /** {@return the largest strength in either direction, 0 if it never happens} */
        double maxMagnitude() {
            return isOn() ? Math.max(Math.abs(min), Math.abs(max)) : 0;
        }

        private void checkWithin(String name, double lowest, double highest) {
            if (!(min >= lowest && max <= highest)) {
                throw new IllegalArgumentException(
                        "%s must be within %s to %s, got %s to %s".formatted(name, lowest, highest, min, max));
            }
        }

        /** Draws the strength for one face, or the neutral value; takes two numbers, whatever comes out. */
        private double draw(RandomStream random, double neutral) {
            boolean happens = random.uniform() < probability;
            double strength = random.uniform(min, max);
            return happens ? strength : neutral;
        }
    }

    /**
     * Checks every range.
     *
     * @throws IllegalArgumentException if one is beyond what is allowed for it; the message says which
     */
    public Augmentation {
        Check.fraction(flip, "the probability of flip");
        shift.checkWithin("shift", -1, 1);
        scale.checkWithin("scale", 0.1, 10);
        rotation.checkWithin("rotation", -180, 180);
        gain.checkWithin("gain", 0, 10);
        offset.checkWithin("offset", -255, 255);
        gamma.checkWithin("gamma", 0.1, 10);
        noise.checkWithin("noise", 0, 255);
        occlusion.checkWithin("occlusion", 0, 1);
    }

    /**
     * Holds the settings of an augmentation: nothing is changed but what is named here. Each method takes the
     * probability with which a face gets the change, 0 to 1, and the range from which its strength is drawn.
     */
    public static final class Builder {
        private double flip;
        private Change shift = new Change(0, 0, 0);
        private Change scale = new Change(0, 1, 1);
        private Change rotation = new Change(0, 0, 0);
        private Change gain = new Change(0, 1, 1);
        private Change offset = new Change(0, 0, 0);
        private Change gamma = new Change(0, 1, 1);
        private Change noise = new Change(0, 0, 0);
        private Change occlusion = new Change(0, 0, 0);

        private Builder() {}

        /** Mirrors a face. */
        public Builder flip(double probability) {
            flip = probability;
            return this;
        }

        /** Shifts a face by up to {@code max} of its box, 0 to 1, in each direction. */
        public Builder shift(double probability, double max) {
            shift = symmetric("shift", probability, max);
            return this;
        }

        /** Resizes a face by a factor from {@code min} to {@code max}, both 0.1 to 10. */
        public Builder scale(double probability, double min, double max) {
            scale = new Change(probability, min, max);
            return this;
        }

        /** Turns a face by up to {@code max} degrees, 0 to 180, in either direction. */
        public Builder rotation(double probability, double max) {
            rotation = symmetric("rotation", probability, max);
            return this;
        }

        /** Changes the contrast by a factor from {@code min} to {@code max}, both 0 to 10. */
        public Builder gain(double probability, double min, double max) {
            gain = new Change(probability, min, max);
            return this;
        }

        /** Makes a face lighter or darker by up to {@code max} gray levels, 0 to 255. */
        public Builder offset(double probability, double max) {
            offset = symmetric("offset", probability, max);
            return this;
        }

        /** Bends the gray scale by an exponent from {@code min} to {@code max}, both 0.1 to 10. */
        public Builder gamma(double probability, double min, double max) {
            gamma = new Change(probability, min, max);
            return this;
        }

        /** Adds noise with a standard deviation of up to {@code max} gray levels, 0 to 255. */
        public Builder noise(double probability, double max) {
            noise = new Change(probability, 0, max);
            return this;
        }

        /** Covers a rectangle whose sides are {@code min} to {@code max} of those of the crop, both 0 to 1. */
        public Builder occlusion(double probability, double min, double max) {
            occlusion = new Change(probability, min, max);
            return this;
        }

        private static Change symmetric(String name, double probability, double max) {
            Check.atLeast(0.0, max, name);
            return new Change(probability, -max, max);
        }

        /**
         * {@return the augmentation}
         *
         * @throws IllegalArgumentException if a range is beyond what is allowed
         */
        public Augmentation build() {
            return new Augmentation(flip, shift, scale, rotation, gain, offset, gamma, noise, occlusion);
        }
    }

    /** {@return a builder that starts with no change at all} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * {@return a moderate augmentation for upright faces: half of them mirrored; all shifted by up to 0.06 of the box,
     * resized by 0.88 to 1.12, turned by up to 12 degrees; half each with gain 0.7 to 1.3, offset up to 25, gamma 0.7
     * to 1.4; a third with noise of up to 6 gray levels, a fifth with an occlusion of 0.1 to 0.3 of the crop}
     */
    public static Augmentation standard() {
        return builder()
                .flip(0.5)
                .shift(1, 0.06)
                .scale(1, 0.88, 1.12)
                .rotation(1, 12)
                .gain(0.5, 0.7, 1.3)
                .offset(0.5, 25)
                .gamma(0.5, 0.7, 1.4)
                .noise(1 / 3.0, 6)
                .occlusion(0.2, 0.1, 0.3)
                .build();
    }

    /**
     * Draws what one face gets. The number of values taken from the stream is always the same, so no change moves
     * another.
     */
    FaceTransform draw(RandomStream random) {
        boolean mirrored = random.uniform() < flip;
        double shifted = random.uniform() < shift.probability ? 1 : 0;
        double shiftX = shifted * random.uniform(shift.min, shift.max);
        double shiftY = shifted * random.uniform(shift.min, shift.max);
        double size = scale.draw(random, 1);
        double degrees = rotation.draw(random, 0);
        FaceTransform.Light light =
                new FaceTransform.Light(gamma.draw(random, 1), gain.draw(random, 1), offset.draw(random, 0));
        double deviation = noise.draw(random, 0);
        double width = occlusion.draw(random, 0);
        double height = random.uniform(occlusion.min, occlusion.max);
        FaceTransform.Occlusion rectangle = new FaceTransform.Occlusion(
                random.uniform(), random.uniform(), width, height, (int) (256 * random.uniform()));
        return new FaceTransform(mirrored, shiftX, shiftY, size, degrees, light, deviation, rectangle, random);
    }

    /**
     * {@return the keys "augmentation.flip", "augmentation.shift" and so on with values from which {@link #fromMap}
     * makes an equal augmentation; to be stored with a model}
     */
    public Map<String, String> toMap() {
        ImmutableMap.Builder<String, String> map = ImmutableMap.builder();
        map.put(PREFIX + "flip", Double.toString(flip));
        changes()
                .forEach((name, change) ->
                        map.put(PREFIX + name, change.probability + " " + change.min + " " + change.max));
        return map.buildOrThrow();
    }

    private Map<String, Change> changes() {
        ImmutableMap.Builder<String, Change> changes = ImmutableMap.builder();
        changes.put("shift", shift).put("scale", scale).put("rotation", rotation);
        changes.put("gain", gain).put("offset", offset).put("gamma", gamma);
        return changes.put("noise", noise).put("occlusion", occlusion).buildOrThrow();
    }

    /**
     * {@return the augmentation that {@link #toMap} has written}
     *
     * @param map may have other keys too; they are not looked at
     * @throws IllegalArgumentException if a key is missing or a value is none that {@link #toMap} writes
     */
    public static Augmentation fromMap(Map<String, String> map) {
        try {
            return new Augmentation(
                    Double.parseDouble(value(map, "flip")),
                    change(map, "shift"),
                    change(map, "scale"),
                    change(map, "rotation"),
                    change(map, "gain"),
                    change(map, "offset"),
                    change(map, "gamma"),
                    change(map, "noise"),
                    change(map, "occlusion"));
        } catch (IllegalArgumentException e) { // NumberFormatException is one
            throw new IllegalArgumentException("not a stored augmentation: %s".formatted(e.getMessage()), e);
        }
    }

    private static String value(Map<String, String> map, String name) {
        String value = map.get(PREFIX + name);
        if (value == null) {
            throw new IllegalArgumentException(
                    "no '%s%s' among %s".formatted(PREFIX, name, new TreeMap<>(map).keySet()));
        }
        return value;
    }

    private static Change change(Map<String, String> map, String name) {
        String[] values = value(map, name).split(" ", -1);
        if (values.length != 3) {
            throw new IllegalArgumentException("'%s%s' needs a probability and two ends of a range, got '%s'"
                    .formatted(PREFIX, name, value(map, name)));
        }
        return new Change(Double.parseDouble(values[0]), Double.parseDouble(values[1]), Double.parseDouble(values[2]));
    }
}
