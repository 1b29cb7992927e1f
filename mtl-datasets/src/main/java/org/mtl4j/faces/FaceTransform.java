package org.mtl4j.faces;

import java.util.Arrays;
import org.mtl4j.image.Affine;

/**
 * Transforms one face in one epoch: window, gray levels and labels. Drawn from an {@link Augmentation}, which defines
 * the values. For one use by one thread, as the noise is still in the stream.
 */
record FaceTransform(
        boolean mirrored,
        double shiftX,
        double shiftY,
        double scale,
        double degrees,
        Light light,
        double noiseDeviation,
        Occlusion occlusion,
        RandomStream random) {

    /** Changes nothing. */
    static final FaceTransform IDENTITY = new FaceTransform(
            false, 0, 0, 1, 0, new Light(1, 1, 0), 0, new Occlusion(0, 0, 0, 0, 0), RandomStream.of(0, 0, 0));

    /** Natural logarithms of i / 255; of 0.5 / 255 in place of 0, which stays 0 anyway. */
    private static final double[] LOGARITHMS = new double[256];

    /** Natural logarithms of i. */
    private static final double[] OF_WHOLE = new double[256];

    /** By number from 2 on its least prime factor. */
    private static final int[] FACTORS = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            LOGARITHMS[i] = StrictMath.log(Math.max(0.5, i) / 255);
            OF_WHOLE[i] = StrictMath.log(Math.max(1, i));
            int factor = 2;
            while (factor < i && i % factor != 0) {
                factor++;
            }
            FACTORS[i] = factor;
        }
    }

    /** Changes gray levels. */
    record Light(double gamma, double gain, double offset) {
        boolean isOn() {
            return gamma != 1 || gain != 1 || offset != 0;
        }

        /** {@return the new level of each of the 256} */
        byte[] curve() {
            byte[] curve = new byte[256];
            curve[0] = gray(lit(0));
            if (gamma == 1) {
                for (int i = 1; i < 256; i++) {
                    curve[i] = gray(lit(i));
                }
                return curve;
            }
            double[] powers = powers();
            double white = 255 / powers[255];
            for (int i = 1; i < 256; i++) {
                double level = lit(powers[i] * white);
                // platforms' exponentials, and products, differ in the last bits: the slow one decides where that
                // matters
                boolean clear = Math.abs(level - Math.floor(level) - 0.5) > 1e-9;
                curve[i] = gray(clear ? level : lit(255 * StrictMath.exp(gamma * LOGARITHMS[i])));
            }
            return curve;
        }

        /** {@return i to the power of gamma, by i from 1 on} A power of a product is the product of the powers. */
        private double[] powers() {
            double[] powers = new double[256];
            powers[1] = 1;
            for (int i = 2; i < 256; i++) {
                int factor = FACTORS[i];
                powers[i] = factor == i ? Math.exp(gamma * OF_WHOLE[i]) : powers[factor] * powers[i / factor];
            }
            return powers;
        }

        private double lit(double level) {
            return (level - 127.5) * gain + 127.5 + offset;
        }
    }

    /** Covers a rectangle, in fractions of the crop; its centre may lie anywhere, so that a part may stick out. */
    record Occlusion(double centreX, double centreY, double width, double height, int gray) {
        boolean isOn() {
            return width > 0 && height > 0;
        }

        private void paint(byte[] crop, int size) {
            int left = edge(centreX - width / 2, size);
            int right = edge(centreX + width / 2, size);
            int top = edge(centreY - height / 2, size);
            int bottom = edge(centreY + height / 2, size);
            for (int y = top; y < bottom; y++) {
                Arrays.fill(crop, y * size + left, y * size + right, (byte) gray);
            }
        }

        private static int edge(double fraction, int size) {
            return (int) Math.max(0, Math.min(size, Math.rint(fraction * size)));
        }
    }

    /** {@return whether the crop shows another part of the image than without} */
    boolean movesWindow() {
        return shiftX != 0 || shiftY != 0 || scale != 1 || degrees != 0;
    }

    /** {@return the part of the image that the crop shows before it is mirrored, as a map of the unit square} */
    Affine window(Box box, double margin) {
        if (!movesWindow()) {
            Box region = box.enlarged(margin);
            return Affine.rectangle(region.left(), region.top(), region.right(), region.bottom());
        }
        double width = box.width();
        double height = box.height();
        double cos = StrictMath.cos(StrictMath.toRadians(degrees)) / scale;
        double sin = StrictMath.sin(StrictMath.toRadians(degrees)) / scale;
        double x0 = (-margin - 0.5 - shiftX) * width;
        double y0 = (-margin - 0.5 - shiftY) * height;
        double side = 1 + 2 * margin;
        return new Affine(
                cos * width * side,
                sin * height * side,
                box.left() + width / 2 + cos * x0 + sin * y0,
                -sin * width * side,
                cos * height * side,
                box.top() + height / 2 - sin * x0 + cos * y0);
    }

    /**
     * {@return the labels of the points: where they lie in the crop, as {@link Augmentation} defines it; NaN where one
     * is unknown}
     */
    double[] labels(Landmarks landmarks, Box box) {
        double[] relative = landmarks.relativeTo(box);
        if (movesWindow()) {
            double cos = StrictMath.cos(StrictMath.toRadians(degrees)) * scale;
            double sin = StrictMath.sin(StrictMath.toRadians(degrees)) * scale;
            for (int i = 0; i < relative.length; i += 2) {
                double x = (relative[i] - 0.5) * box.width();
                double y = (relative[i + 1] - 0.5) * box.height();
                relative[i] = 0.5 + shiftX + (cos * x - sin * y) / box.width();
                relative[i + 1] = 0.5 + shiftY + (sin * x + cos * y) / box.height();
            }
        }
        return mirrored ? Landmarks.mirrored(landmarks.scheme(), relative) : relative;
    }

    FaceAttributes attributes(FaceAttributes attributes) {
        return mirrored ? attributes.mirrored() : attributes;
    }

    /** Changes the gray levels of a crop of size x size pixels, in place: all that happens after the resampling. */
    void apply(byte[] crop, int size) {
        if (light.isOn()) {
            byte[] curve = light.curve();
            for (int i = 0; i < crop.length; i++) {
                crop[i] = curve[crop[i] & 0xff];
            }
        }
        if (occlusion.isOn()) {
            occlusion.paint(crop, size);
        }
        if (noiseDeviation > 0) {
            random.addNormal(noiseDeviation, crop);
        }
        if (mirrored) {
            for (int row = 0; row < crop.length; row += size) {
                for (int left = row, right = row + size - 1; left < right; left++, right--) {
                    byte swap = crop[left];
                    crop[left] = crop[right];
                    crop[right] = swap;
                }
            }
        }
    }

    /** Rounds to the nearest gray level. */
    private static byte gray(double value) {
        return (byte) (value >= 255 ? 255 : value > 0 ? (int) (value + 0.5) : 0);
    }
}
