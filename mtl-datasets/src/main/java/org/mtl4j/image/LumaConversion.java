package org.mtl4j.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;

/** Converts any Java image to gamma-encoded luma. */
final class LumaConversion {

    private LumaConversion() {}

    static GrayImage convert(BufferedImage image) {
        ColorModel colors = image.getColorModel();
        byte[] luma = new byte[Math.multiplyExact(image.getWidth(), image.getHeight())];
        if (image.getType() == BufferedImage.TYPE_3BYTE_BGR && wholeRaster(image)) {
            fromBgr(((DataBufferByte) image.getRaster().getDataBuffer()).getData(), luma);
        } else if (!(colors instanceof IndexColorModel)
                && colors.getColorSpace().getType() == ColorSpace.TYPE_GRAY
                && !colors.isAlphaPremultiplied()) {
            fromGray(image.getRaster(), colors, luma);
        } else {
            fromAny(image, luma);
        }
        return GrayImage.adopt(image.getWidth(), image.getHeight(), luma);
    }

    /** {@return whether the pixels lie in the buffer without gaps, in the usual order} */
    private static boolean wholeRaster(BufferedImage image) {
        return image.getRaster().getSampleModel() instanceof PixelInterleavedSampleModel model
                && model.getScanlineStride() == 3 * image.getWidth()
                && image.getRaster().getParent() == null
                && image.getRaster().getDataBuffer().getOffset() == 0;
    }

    private static void fromBgr(byte[] bgr, byte[] luma) {
        for (int i = 0; i < luma.length; i++) {
            luma[i] = luma(bgr[3 * i + 2] & 0xff, bgr[3 * i + 1] & 0xff, bgr[3 * i] & 0xff);
        }
    }

    /** Takes gray as stored, scaled from its own number of bits to 8; a second band is how opaque the pixel is. */
    private static void fromGray(Raster raster, ColorModel colors, byte[] luma) {
        int bands = raster.getNumBands();
        int most = (1 << colors.getComponentSize(0)) - 1;
        int opaque = colors.hasAlpha() ? (1 << colors.getComponentSize(bands - 1)) - 1 : 0;
        int width = raster.getWidth();
        int[] row = new int[width * bands];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int x = 0; x < width; x++) {
                int gray = (int) ((row[x * bands] * 255L + most / 2) / most);
                if (opaque > 0) {
                    gray = onWhite(gray, (int) ((row[x * bands + bands - 1] * 255L + opaque / 2) / opaque));
                }
                luma[y * width + x] = (byte) gray;
            }
        }
    }

    private static void fromAny(BufferedImage image, byte[] luma) {
        int width = image.getWidth();
        int[] row = new int[width];
        for (int y = 0; y < image.getHeight(); y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                int argb = row[x];
                int alpha = argb >>> 24;
                luma[y * width + x] = luma(
                        onWhite(argb >> 16 & 0xff, alpha),
                        onWhite(argb >> 8 & 0xff, alpha),
                        onWhite(argb & 0xff, alpha));
            }
        }
    }

    private static int onWhite(int value, int alpha) {
        return (value * alpha + 255 * (255 - alpha) + 127) / 255;
    }

    private static byte luma(int red, int green, int blue) {
        return (byte) ((299 * red + 587 * green + 114 * blue + 500) / 1000);
    }
}
