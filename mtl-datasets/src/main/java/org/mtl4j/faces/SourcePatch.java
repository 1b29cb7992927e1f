package org.mtl4j.faces;

import com.google.common.hash.PrimitiveSink;
import org.mtl4j.image.Affine;
import org.mtl4j.image.GrayImage;

/**
 * Holds the part of an image that the augmented crops of a face can show: as it is up to four pixels per pixel of a
 * crop, reduced by a whole factor beyond that, so that two to four are left.
 *
 * @param image the part
 * @param left x of its first pixel in the whole image; of the centre of its block if reduced
 * @param top y of that pixel
 * @param reduction pixels of the whole image per pixel of the part
 */
record SourcePatch(GrayImage image, double left, double top, int reduction) {

    /** How many pixels are kept per pixel of a crop. */
    private static final double RESOLUTION = 2;

    static SourcePatch of(GrayImage whole, Box box, FaceCrop crop, Augmentation augmentation) {
        double[] reach = reach(augmentation, box.width(), box.height(), crop.margin());
        double x = (box.left() + box.right()) / 2;
        double y = (box.top() + box.bottom()) / 2;
        // a pixel more on each side, as sampling looks at the neighbours of a point
        int left = within(Math.floor(x - reach[0]) - 1, 0, whole.width() - 1);
        int top = within(Math.floor(y - reach[1]) - 1, 0, whole.height() - 1);
        int right = within(Math.ceil(x + reach[0]) + 1, left, whole.width() - 1);
        int bottom = within(Math.ceil(y + reach[1]) + 1, top, whole.height() - 1);
        double side = Math.min(box.width(), box.height()) * (1 + 2 * crop.margin());
        int reduction = (int) Math.max(1, Math.floor(side / (maxScale(augmentation) * crop.size() * RESOLUTION)));
        double offset = (reduction - 1) / 2.0;
        return new SourcePatch(
                whole.part(left, top, right - left + 1, bottom - top + 1, reduction),
                left + offset,
                top + offset,
                reduction);
    }

    /**
     * {@return how far crops can show an image from the centre of a box on, in x and in y}
     *
     * @param width of the box, in pixels
     * @param height of the box, in pixels
     * @param margin of the crops
     */
    static double[] reach(Augmentation augmentation, double width, double height, double margin) {
        double along = 0.5 + margin + augmentation.shift().maxMagnitude();
        double smallest =
                augmentation.scale().isOn() ? Math.min(1, augmentation.scale().min()) : 1;
        double x = along * width / smallest;
        double y = along * height / smallest;
        double turn = Math.toRadians(Math.min(90, augmentation.rotation().maxMagnitude()));
        return new double[] {extent(x, y, turn), extent(y, x, turn)};
    }

    /**
     * {@return how far a rectangle of these half sides reaches along its first side when turned by up to this angle}
     */
    private static double extent(double along, double across, double turn) {
        return turn >= Math.atan2(across, along)
                ? Math.hypot(along, across)
                : along * Math.cos(turn) + across * Math.sin(turn);
    }

    /** {@return the largest factor by which a face may be enlarged} */
    private static double maxScale(Augmentation augmentation) {
        return augmentation.scale().isOn() ? Math.max(1, augmentation.scale().max()) : 1;
    }

    /** Hashes all that decides what is sampled. */
    void putInto(PrimitiveSink sink) {
        sink.putDouble(left)
                .putDouble(top)
                .putInt(reduction)
                .putInt(image.width())
                .putInt(image.height())
                .putBytes(image.toBytes());
    }

    private static int within(double value, int least, int most) {
        return (int) Math.max(least, Math.min(most, value));
    }

    /** Samples a part of the whole image, as {@link GrayImage#quickSample} does. */
    byte[] sample(Affine window, int size) {
        Affine inPart = new Affine(
                window.xu() / reduction,
                window.xv() / reduction,
                (window.x0() - left) / reduction,
                window.yu() / reduction,
                window.yv() / reduction,
                (window.y0() - top) / reduction);
        return image.quickSample(inPart, size);
    }
}
