package org.mtl4j.faces;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.mtl4j.image.Affine;
import org.mtl4j.image.GrayImage;
import org.mtl4j.internal.data.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Says how a face is cut out of its image. A network must see faces cut alike in training and in use, so this goes with
 * the model: {@link #toMap} and {@link #fromMap} are for storing it.
 *
 * <p>The crop of a box is the box {@linkplain Box#enlarged enlarged} by the margin, resampled to size x size by
 * {@link GrayImage#sample}: the edges of the crop are the edges of the enlarged box. Labels do not depend on the
 * margin: they are relative to the box itself.
 *
 * @param size width and height in pixels, 1 to 4096
 * @param margin part of the box's width (height) added on each side: 0 is the bare box; above -0.5, at most 10
 * @param pixelScale how gray levels become numbers
 */
public record FaceCrop(int size, double margin, PixelScale pixelScale) {

    /** How many images wide or high a box may be. One that is larger shows no face, but takes long to sample. */
    private static final int MOST_IMAGES = 10;

    private static final Set<String> KEYS = Set.of("crop.size", "crop.margin", "crop.pixels");

    /**
     * Checks every value.
     *
     * @param size width and height in pixels, 1 to 4096
     * @param margin part of the box's width (height) added on each side: 0 is the bare box; above -0.5, at most 10
     * @param pixelScale how gray levels become numbers
     * @throws IllegalArgumentException if one is out of its range
     */
    public FaceCrop {
        Objects.requireNonNull(pixelScale, "pixelScale");
        if (size < 1 || size > 4096) {
            throw new IllegalArgumentException("crop size must be 1 to 4096 pixels, got " + size);
        }
        if (!(margin > -0.5 && margin <= 10)) { // false for NaN
            throw new IllegalArgumentException("crop margin must be above -0.5 and at most 10, got " + margin);
        }
    }

    /**
     * {@return the bare box at this size, {@linkplain PixelScale#STANDARDIZED standardized}}
     *
     * @param size width and height in pixels, 1 to 4096
     */
    public static FaceCrop of(int size) {
        return new FaceCrop(size, 0, PixelScale.STANDARDIZED);
    }

    /**
     * {@return this crop with another margin}
     *
     * @param margin part of the box added on each side, above -0.5 and at most 10
     */
    public FaceCrop withMargin(double margin) {
        return new FaceCrop(size, margin, pixelScale);
    }

    /**
     * {@return this crop with another scale of the pixels}
     *
     * @param pixelScale how gray levels become numbers
     */
    public FaceCrop withPixelScale(PixelScale pixelScale) {
        return new FaceCrop(size, margin, pixelScale);
    }

    /**
     * {@return the keys "crop.size", "crop.margin" and "crop.pixels" with values from which {@link #fromMap} makes an
     * equal crop}
     */
    public Map<String, String> toMap() {
        return ImmutableMap.of(
                "crop.size", Integer.toString(size),
                "crop.margin", Double.toString(margin),
                "crop.pixels", pixelScale.name());
    }

    /**
     * {@return the crop that {@link #toMap} has written}
     *
     * @param map may have other keys too; they are not looked at
     * @throws IllegalArgumentException if a key is missing or a value is none that {@link #toMap} writes
     */
    public static FaceCrop fromMap(Map<String, String> map) {
        if (!map.keySet().containsAll(KEYS)) {
            throw new IllegalArgumentException("a crop is stored under %s, got only %s"
                    .formatted(KEYS.stream().sorted().toList(), new TreeMap<>(map).keySet()));
        }
        try {
            return new FaceCrop(
                    Integer.parseInt(map.get("crop.size")),
                    Double.parseDouble(map.get("crop.margin")),
                    PixelScale.valueOf(Objects.requireNonNull(map.get("crop.pixels"))));
        } catch (IllegalArgumentException e) { // NumberFormatException is one
            throw new IllegalArgumentException("not a stored crop: %s".formatted(e.getMessage()), e);
        }
    }

    /**
     * Cuts out a face.
     *
     * @param image the image that the face is in
     * @param box the face box; may reach outside the image, where the pixels at its edge are repeated
     * @return {@code [1, 1, size, size]}, float
     * @throws IllegalArgumentException if the crop lies outside the image altogether, or the box is more than ten times
     *     as wide (high) as the image
     */
    public INDArray toArray(GrayImage image, Box box) {
        byte[] gray = cut(image, box);
        float[] scaled = new float[gray.length];
        pixelScale.write(gray, 0, gray.length, scaled, 0);
        return Rows.array(scaled, 1, 1, size, size);
    }

    /** Cuts out the gray levels of the crop, {@code size * size} bytes row by row. */
    byte[] cut(GrayImage image, Box box) {
        Box region = box.enlarged(margin);
        if (region.right() < -0.5
                || region.bottom() < -0.5
                || region.left() > image.width() - 0.5
                || region.top() > image.height() - 0.5) {
            throw new IllegalArgumentException(
                    "%s lies outside the image of %d x %d pixels".formatted(box, image.width(), image.height()));
        }
        if (!(box.width() <= MOST_IMAGES * image.width() && box.height() <= MOST_IMAGES * image.height())) {
            throw new IllegalArgumentException("%s is more than %d times as large as the image of %d x %d pixels"
                    .formatted(box, MOST_IMAGES, image.width(), image.height()));
        }
        return image.sample(Affine.rectangle(region.left(), region.top(), region.right(), region.bottom()), size);
    }
}
