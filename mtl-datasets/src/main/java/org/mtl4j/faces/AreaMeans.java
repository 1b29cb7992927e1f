package org.mtl4j.faces;

import org.mtl4j.image.GrayImage;

/**
 * Takes means of an image over rectangles, all of one size, that lie on a regular grid and may overlap. A pixel is a
 * square of one colour around its centre; those of the edge reach on outwards without end.
 */
final class AreaMeans {
    private final GrayImage image;

    AreaMeans(GrayImage image) {
        this.image = image;
    }

    /**
     * Says where the centres of rectangles lie along an axis, and how long the rectangles are.
     *
     * @param first coordinate of the first centre
     * @param pitch distance from centre to centre, above 0
     * @param count how many there are, at least 1
     * @param length of each rectangle, above 0
     */
    record Axis(double first, double pitch, int count, double length) {
        /** {@return where a rectangle begins, where 0 is the outer edge of the first pixel and 1 its inner one} */
        private double start(int index) {
            return first + index * pitch - length / 2 + 0.5;
        }

        private double end(int index) {
            return start(index) + length;
        }

        /** {@return the pixel of so many that a place belongs to} */
        private static int pixel(double place, int pixels) {
            return (int) Math.max(0, Math.min(pixels - 1, Math.floor(place)));
        }

        /** {@return which part of a pixel's length a rectangle covers, and of what lies beyond an outermost one} */
        private double overlap(int index, int pixel, int pixels) {
            double from = pixel == 0 ? start(index) : Math.max(start(index), pixel);
            double to = pixel == pixels - 1 ? end(index) : Math.min(end(index), pixel + 1);
            return to - from;
        }
    }

    /** {@return the rounded means, row by row} */
    byte[] over(Axis columns, Axis rows) {
        double[] sums = new double[columns.count * rows.count];
        int left = Axis.pixel(columns.start(0), image.width());
        int right = Axis.pixel(columns.end(columns.count - 1), image.width());
        double[] line = new double[columns.count];
        int first = Axis.pixel(rows.start(0), image.height());
        int last = Axis.pixel(rows.end(rows.count - 1), image.height());
        int from = 0;
        for (int y = first; y <= last; y++) {
            byte[] pixels = image.part(left, y, right - left + 1, 1, 1).toBytes();
            addUp(pixels, left, columns, line);
            while (from < rows.count && rows.end(from) <= y && y < image.height() - 1) {
                from++; // which lie above, as all before
            }
            for (int j = from; j < rows.count && (rows.start(j) < y + 1 || y == image.height() - 1); j++) {
                double weight = rows.overlap(j, y, image.height());
                for (int i = 0; weight > 0 && i < line.length; i++) {
                    sums[j * line.length + i] += weight * line[i];
                }
            }
        }
        byte[] means = new byte[sums.length];
        double area = columns.length * rows.length;
        for (int i = 0; i < means.length; i++) {
            means[i] = (byte) (int) Math.min(255, sums[i] / area + 0.5);
        }
        return means;
    }

    /** Adds up what each rectangle has of a row of pixels, of which those from the left one on are given. */
    private void addUp(byte[] pixels, int left, Axis columns, double[] line) {
        long[] before = new long[pixels.length + 1];
        for (int x = 0; x < pixels.length; x++) {
            before[x + 1] = before[x] + (pixels[x] & 0xff);
        }
        for (int i = 0; i < line.length; i++) {
            line[i] = upTo(columns.end(i), pixels, left, before) - upTo(columns.start(i), pixels, left, before);
        }
    }

    /** {@return the sum from the left one of the given pixels to a place} */
    private double upTo(double place, byte[] pixels, int left, long[] before) {
        int pixel = Axis.pixel(place, image.width()) - left;
        return before[pixel] + (place - (pixel + left)) * (pixels[pixel] & 0xff);
    }
}
