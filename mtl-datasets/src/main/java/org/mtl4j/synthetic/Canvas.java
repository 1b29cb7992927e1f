package org.mtl4j.synthetic;

import java.util.Arrays;
import org.mtl4j.image.GrayImage;

/**
 * Holds a gray picture that is being painted: 0 black, 1 white, and beyond until it is finished. Polygons are filled
 * with exact coverage of each pixel. Only basic arithmetic and square roots, so the result does not depend on the
 * platform. Pixel (i, j) has its centre at (i, j).
 */
final class Canvas {

    final int width;
    final int height;
    final double[] pixels;

    /** Coverage of the polygon being made: changes from pixel to pixel along each row. */
    private final double[] change;

    private int firstRow;
    private int lastRow;
    private double leftmost;
    private double rightmost;

    Canvas(int width, int height) {
        this.width = width;
        this.height = height;
        pixels = new double[width * height];
        change = new double[(width + 2) * height];
        clearBounds();
    }

    private void clearBounds() {
        firstRow = height;
        lastRow = -1;
        leftmost = width;
        rightmost = 0;
    }

    /** Adds a closed contour to the polygon being made; one of opposite direction cuts a hole. */
    Canvas contour(Outline outline) {
        int n = outline.size();
        for (int i = 0; i < n; i++) {
            int j = i + 1 == n ? 0 : i + 1;
            edge(outline.x(i) + 0.5, outline.y(i) + 0.5, outline.x(j) + 0.5, outline.y(j) + 0.5);
        }
        return this;
    }

    private void edge(double xa, double ya, double xb, double yb) {
        if (ya == yb) {
            return;
        }
        double sign = ya < yb ? 1 : -1;
        double x0 = ya < yb ? xa : xb;
        double y0 = ya < yb ? ya : yb;
        double x1 = ya < yb ? xb : xa;
        double y1 = ya < yb ? yb : ya;
        double slope = (x1 - x0) / (y1 - y0);
        int from = (int) Math.max(0, Math.floor(y0));
        int to = (int) Math.min(height - 1.0, Math.ceil(y1) - 1);
        firstRow = Math.min(firstRow, from);
        lastRow = Math.max(lastRow, to);
        for (int row = from; row <= to; row++) {
            double top = Math.max(row, y0);
            double bottom = Math.min(row + 1.0, y1);
            double a = hold(x0 + (top - y0) * slope);
            double b = hold(x0 + (bottom - y0) * slope);
            span(row * (width + 2), Math.min(a, b), Math.max(a, b), sign * (bottom - top));
        }
    }

    private double hold(double x) {
        double held = Math.max(0, Math.min(width, x));
        leftmost = Math.min(leftmost, held);
        rightmost = Math.max(rightmost, held);
        return held;
    }

    /** Adds a part of an edge within one row, from x = a to b: everything to its right is covered by {@code amount}. */
    private void span(int offset, double a, double b, double amount) {
        int i = (int) a;
        int last = (int) b;
        if (i == last) {
            double covered = i + 1 - (a + b) / 2;
            change[offset + i] += amount * covered;
            change[offset + i + 1] += amount * (1 - covered);
            return;
        }
        double perX = amount / (b - a);
        double before = 0; // covered part of the pixel before
        for (; i <= last; i++) {
            double from = Math.max(a, i);
            double to = Math.min(b, i + 1.0);
            double here = perX * (to - from);
            double covered = here * (i + 1 - (from + to) / 2);
            change[offset + i] += before + covered;
            before = here - covered;
        }
        change[offset + i] += before;
    }

    /** Paints the polygon over what is there. */
    void fill(double gray, double opacity) {
        resolve((index, coverage) -> pixels[index] += (gray - pixels[index]) * coverage * opacity);
    }

    /** Multiplies what is there by a factor, where the polygon covers it. */
    void darken(double factor) {
        resolve((index, coverage) -> pixels[index] *= 1 + (factor - 1) * coverage);
    }

    /** Says what to do with each pixel of a polygon. */
    interface Brush {
        void touch(int index, double coverage);
    }

    /** Hands every pixel that the polygon covers to the brush, and starts a new polygon. */
    void resolve(Brush brush) {
        int from = (int) leftmost;
        int to = (int) Math.min(width - 1.0, rightmost);
        for (int row = firstRow; row <= lastRow; row++) {
            int offset = row * (width + 2);
            double sum = 0;
            for (int column = from; column <= to; column++) {
                sum += change[offset + column];
                double coverage = Math.min(1, Math.abs(sum));
                if (coverage > 1e-6) {
                    brush.touch(row * width + column, coverage);
                }
            }
            Arrays.fill(change, offset + from, offset + Math.min(width + 2, to + 3), 0);
        }
        clearBounds();
    }

    /**
     * Takes the mean over squares of 2 * radius + 1 pixels, twice; the edge is repeated. A radius of 0 changes nothing.
     */
    void blur(double radius) {
        for (int pass = 0; pass < 2 && radius > 0; pass++) {
            blurAlongRows(radius);
            blurAlongColumns(radius);
        }
    }

    private void blurAlongRows(double radius) {
        int reach = (int) radius + 1;
        double part = radius - (reach - 1); // the outermost pixels count in part
        double total = 2 * radius + 1;
        double[] row = new double[width + 2 * reach];
        for (int start = 0; start < pixels.length; start += width) {
            Arrays.fill(row, 0, reach, pixels[start]);
            System.arraycopy(pixels, start, row, reach, width);
            Arrays.fill(row, reach + width, row.length, pixels[start + width - 1]);
            for (int x = 0; x < width; x++) {
                double sum = part * (row[x] + row[x + 2 * reach]);
                for (int i = x + 1; i < x + 2 * reach; i++) {
                    sum += row[i];
                }
                pixels[start + x] = sum / total;
            }
        }
    }

    private void blurAlongColumns(double radius) {
        int reach = (int) radius + 1;
        double part = radius - (reach - 1);
        double total = 2 * radius + 1;
        double[] source = pixels.clone();
        double[] sum = new double[width];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sum, 0);
            for (int d = -reach; d <= reach; d++) {
                int from = Math.max(0, Math.min(height - 1, y + d)) * width;
                double weight = Math.abs(d) == reach ? part : 1;
                for (int x = 0; x < width; x++) {
                    sum[x] += weight * source[from + x];
                }
            }
            for (int x = 0; x < width; x++) {
                pixels[y * width + x] = sum[x] / total;
            }
        }
    }

    /** {@return the picture in 256 gray levels; what lies outside 0 to 1 is clipped} */
    GrayImage finish() {
        byte[] luma = new byte[pixels.length];
        for (int i = 0; i < luma.length; i++) {
            luma[i] = (byte) (int) (Math.max(0, Math.min(1, pixels[i])) * 255 + 0.5);
        }
        return GrayImage.of(width, height, luma);
    }
}
