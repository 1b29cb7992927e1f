package org.mtl4j.faces;

import com.google.common.hash.PrimitiveSink;
import org.mtl4j.faces.AreaMeans.Axis;
import org.mtl4j.image.Affine;
import org.mtl4j.image.GrayImage;

/**
 * Holds the part of an image that the augmented crops of a face can show.
 *
 * <p>Where crops of middle scale have up to √2 pixels of the image per pixel, across or down, that is the image as it
 * is. Beyond, it is means of the image over rectangles that overlap, so that one sample of them does for a pixel of a
 * crop. With r pixels of the image per pixel of a crop they are √(r² - 1) long and one pixel apart, from r² = 5 on
 * √(2/3 (r² + 1)) and half of that. A sample between such means weighs the image with the variance along each axis that
 * the mean over a pixel of a crop has, (r² + 2) / 12, so that crops are about as sharp; and what is held does not grow
 * with r. "Middle" is the geometric mean of the smallest and the largest scale, or the largest over {@value #SPACING}
 * if that is more, so that no crop is blurred by more than that.
 */
final class SourcePatch {

    /** How many pixels of the image as it is, or of a crop of middle scale, lie between samples at most. */
    private static final double SPACING = 1.25;

    /** Means that are kept per width of their rectangle. */
    private static final double OVERLAP = 2;

    private final int width;
    private final int height;
    private final byte[] luma;
    private final Axis columns;
    private final Axis rows;
    private final double spacingX;
    private final double spacingY;

    private SourcePatch(byte[] luma, Axis columns, Axis rows, double spacingX, double spacingY) {
        this.spacingX = spacingX;
        this.spacingY = spacingY;
        this.width = columns.count();
        this.height = rows.count();
        this.luma = luma;
        this.columns = columns;
        this.rows = rows;
    }

    static SourcePatch of(GrayImage whole, Box box, FaceCrop crop, Augmentation augmentation) {
        double[] reach = reach(augmentation, box.width(), box.height(), crop.margin());
        // a crop that is turned by more shows along an axis of the image what it has along its other one
        boolean upright = augmentation.rotation().maxMagnitude() <= 45;
        double shorter = Math.min(box.width(), box.height());
        double perPixel = (1 + 2 * crop.margin()) / (crop.size() * middleScale(augmentation));
        double across = perPixel * (upright ? box.width() : shorter);
        double down = perPixel * (upright ? box.height() : shorter);
        Axis columns = axis((box.left() + box.right()) / 2, reach[0], whole.width(), smoothing(across));
        Axis rows = axis((box.top() + box.bottom()) / 2, reach[1], whole.height(), smoothing(down));
        byte[] luma = columns.length() == 1 && rows.length() == 1
                ? whole.part((int) columns.first(), (int) rows.first(), columns.count(), rows.count(), 1)
                        .toBytes()
                : new AreaMeans(whole).over(columns, rows);
        return new SourcePatch(luma, columns, rows, spacing(columns, across), spacing(rows, down));
    }

    private static double middleScale(Augmentation augmentation) {
        double smallest = minScale(augmentation);
        double largest = maxScale(augmentation);
        return Math.max(Math.sqrt(smallest * largest), largest / SPACING);
    }

    /**
     * {@return over how many pixels of the image means are taken, along an axis; 1 for none}
     *
     * @param perPixel pixels of the image per pixel of a crop of middle scale
     */
    private static double smoothing(double perPixel) {
        double square = perPixel * perPixel;
        return Math.sqrt(square < 5 ? Math.max(1, square - 1) : 2 * (square + 1) / 3);
    }

    /** {@return how far apart samples may be along an axis, in pixels of the patch} */
    private static double spacing(Axis axis, double perPixel) {
        return SPACING * (axis.length() == 1 ? 1 : perPixel / axis.pitch());
    }

    private static Axis axis(double centre, double reach, int pixels, double length) {
        if (length == 1) {
            // a pixel more on each side, as sampling looks at the neighbours of a point
            int first = within(Math.floor(centre - reach) - 1, 0, pixels - 1);
            int last = within(Math.ceil(centre + reach) + 1, first, pixels - 1);
            return new Axis(first, 1, last - first + 1, 1);
        }
        double pitch = Math.max(1, length / OVERLAP);
        // what lies further outside has the colour of the edge alone
        double least = -length / 2;
        double most = pixels - 1 + length / 2;
        double first = Math.max(least, Math.min(most, Math.floor(centre - reach - pitch)));
        double last = Math.max(first, Math.min(most, centre + reach + pitch));
        return new Axis(first, pitch, (int) Math.ceil((last - first) / pitch) + 1, length);
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
        double smallest = minScale(augmentation);
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

    /** {@return the smallest factor by which a face may be enlarged} */
    private static double minScale(Augmentation augmentation) {
        return augmentation.scale().isOn() ? Math.min(1, augmentation.scale().min()) : 1;
    }

    /** {@return the largest factor by which a face may be enlarged} */
    private static double maxScale(Augmentation augmentation) {
        return augmentation.scale().isOn() ? Math.max(1, augmentation.scale().max()) : 1;
    }

    /** {@return pixels, or means, in a row} */
    int width() {
        return width;
    }

    /** {@return rows of pixels, or of means} */
    int height() {
        return height;
    }

    /** {@return the gray levels, row by row; the array itself, not to be written to} */
    byte[] luma() {
        return luma;
    }

    /** {@return where the pixels, or means, of a row lie in the whole image} */
    Axis columns() {
        return columns;
    }

    /** {@return where rows lie in the whole image} */
    Axis rows() {
        return rows;
    }

    /** {@return how far apart samples may be in a row, in pixels of this patch} */
    double spacingX() {
        return spacingX;
    }

    /** {@return how far apart samples may be down a column, in pixels of this patch} */
    double spacingY() {
        return spacingY;
    }

    /** Hashes all that decides what is sampled. */
    void putInto(PrimitiveSink sink) {
        sink.putDouble(columns.first()).putDouble(rows.first());
        if (columns.length() == 1 && rows.length() == 1) {
            sink.putInt(1); // the form that fingerprints of crops know
        } else {
            sink.putDouble(columns.pitch())
                    .putDouble(columns.length())
                    .putDouble(rows.pitch())
                    .putDouble(rows.length());
        }
        sink.putInt(width).putInt(height).putBytes(luma);
    }

    private static int within(double value, int least, int most) {
        return (int) Math.max(least, Math.min(most, value));
    }

    /** {@return a window of the whole image as one of this patch} */
    Affine inPatch(Affine window) {
        double x = columns.pitch();
        double y = rows.pitch();
        return new Affine(
                window.xu() / x,
                window.xv() / x,
                (window.x0() - columns.first()) / x,
                window.yu() / y,
                window.yv() / y,
                (window.y0() - rows.first()) / y);
    }
}
