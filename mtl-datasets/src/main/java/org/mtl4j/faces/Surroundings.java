package org.mtl4j.faces;

import com.google.common.hash.PrimitiveSink;
import org.mtl4j.image.Affine;
import org.mtl4j.image.GrayImage;

/**
 * The part of an image that the crops of a face can show, held in compact form: as it is up to four pixels per pixel of
 * a crop, reduced by a whole factor beyond that, so that two to four are left.
 *
 * @param image the part
 * @param left x of its first pixel in the whole image; of the centre of its block if reduced
 * @param top y of that pixel
 * @param reduction pixels of the whole image per pixel of the part
 */
record Surroundings(GrayImage image, double left, double top, int reduction) {

    /** Pixels that are kept per pixel of a crop. */
    private static final double RESOLUTION = 2;

    static Surroundings of(GrayImage whole, Box box, FaceCrop crop, Augmentation augmentation) {
        double[] reach = augmentation.reach(box.width(), box.height(), crop.margin());
        double x = (box.left() + box.right()) / 2;
        double y = (box.top() + box.bottom()) / 2;
        // a pixel more on each side, as sampling looks at the neighbours of a point
        int left = within(Math.floor(x - reach[0]) - 1, 0, whole.width() - 1);
        int top = within(Math.floor(y - reach[1]) - 1, 0, whole.height() - 1);
        int right = within(Math.ceil(x + reach[0]) + 1, left, whole.width() - 1);
        int bottom = within(Math.ceil(y + reach[1]) + 1, top, whole.height() - 1);
        double side = Math.min(box.width(), box.height()) * (1 + 2 * crop.margin());
        int reduction = (int) Math.max(1, Math.floor(side / (augmentation.largestScale() * crop.size() * RESOLUTION)));
        double offset = (reduction - 1) / 2.0;
        return new Surroundings(
                whole.part(left, top, right - left + 1, bottom - top + 1, reduction),
                left + offset,
                top + offset,
                reduction);
    }

    /** All that decides what is sampled. */
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

    /** As {@link GrayImage#quickSample} of the whole image. */
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
