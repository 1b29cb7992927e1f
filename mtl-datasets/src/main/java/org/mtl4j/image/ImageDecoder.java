package org.mtl4j.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads JPEG and PNG files to gray images, by {@code javax.imageio}. The files need not be trusted: the size is read
 * from the header and checked before memory is taken for the pixels, a file that is longer than {@link #maxBytes} is
 * not read, nor is a JPEG image of more than 100 scans or what is no regular file, and whatever is wrong with a file is
 * an {@link IOException} that names it.
 *
 * <p>Gray, RGB, palette, 16-bit and transparent images are read; see {@link GrayImage#of(BufferedImage)} for the
 * conversion. The orientation in a file's EXIF data is <em>ignored</em>: coordinates are those of the stored pixels, as
 * in the published corpora. JPEG pixels may differ by a gray level between Java builds, which ship different decoders.
 *
 * @param maxPixels largest width times height that is decoded, at least 1. Decoding takes about 4 bytes a pixel (8 for
 *     16-bit images with colours)
 * @param maxBytes longest file that is read, at least 1
 */
public record ImageDecoder(long maxPixels, long maxBytes) {

    /**
     * Scans of a JPEG image, each of which goes over all pixels anew: progressive ones have about ten, but a small file
     * can hold millions and keep a decoder busy for days.
     */
    private static final int MOST_SCANS = 100;

    private static final Set<String> FORMATS = Set.of("jpeg", "png");

    /**
     * Checks both limits.
     *
     * @param maxPixels largest width times height that is decoded, at least 1. Decoding takes about 4 bytes a pixel (8
     *     for 16-bit images with colours)
     * @param maxBytes longest file that is read, at least 1
     * @throws IllegalArgumentException if one is below 1
     */
    public ImageDecoder {
        if (maxPixels < 1 || maxBytes < 1) {
            throw new IllegalArgumentException(
                    "both limits must be at least 1, got %d pixels and %d bytes".formatted(maxPixels, maxBytes));
        }
    }

    /** {@return up to 64 megapixels (64 * 2^20) and files of up to 64 MiB} */
    public static ImageDecoder standard() {
        return new ImageDecoder(64L << 20, 64L << 20);
    }

    /**
     * Reads an image.
     *
     * @param file a JPEG or PNG file
     * @return the image
     * @throws IOException if the file cannot be read, is too long, no JPEG or PNG, damaged, cut off or has too many
     *     pixels; the message names the file and the reason
     */
    public GrayImage decode(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new IOException("%s: there is no such image file".formatted(file));
        }
        if (!Files.isRegularFile(file)) { // reading a pipe would wait for ever
            throw new IOException("%s: not a regular file".formatted(file));
        }
        try (InputStream in = Files.newInputStream(file)) {
            return decode(in, file.toString());
        }
    }

    /**
     * Reads an image from a stream, which is not closed.
     *
     * @param in read to its end, or up to the limit
     * @param name names the image in messages
     * @return the image
     * @throws IOException as {@link #decode(Path)}
     */
    public GrayImage decode(InputStream in, String name) throws IOException {
        byte[] bytes = bytes(in, name);
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            ImageReader reader = readerOf(stream, name);
            try {
                return GrayImage.of(read(reader, stream, bytes, name));
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) { // damaged files make the readers throw all kinds
            String message = e.getMessage();
            if (e instanceof IOException && message != null && message.startsWith(name + ": ")) {
                throw e;
            }
            throw new IOException("%s: not a readable image: %s".formatted(name, message == null ? e : message), e);
        }
    }

    /**
     * Reads the file of an image as it is, without a look at it.
     *
     * @param in read to its end, or up to the limit; not closed
     * @param name names the image in messages
     * @return its bytes
     * @throws IOException if it cannot be read, or is longer than {@link #maxBytes}; the message names it
     */
    public byte[] bytes(InputStream in, String name) throws IOException {
        byte[] bytes;
        try {
            bytes = in.readNBytes((int) Math.min(maxBytes, Integer.MAX_VALUE - 9) + 1);
        } catch (IOException e) {
            throw new IOException("%s: cannot be read: %s".formatted(name, e.getMessage()), e);
        }
        if (bytes.length > maxBytes) {
            throw new IOException("%s: longer than the limit of %d bytes".formatted(name, maxBytes));
        }
        return bytes;
    }

    private static ImageReader readerOf(ImageInputStream stream, String name) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
                return reader;
            }
            reader.dispose();
        }
        throw new IOException("%s: not a JPEG or PNG image".formatted(name));
    }

    private BufferedImage read(ImageReader reader, ImageInputStream stream, byte[] bytes, String name)
            throws IOException {
        if (reader.getFormatName().equalsIgnoreCase("jpeg") && scans(bytes) > MOST_SCANS) {
            throw new IOException("%s: a JPEG image of more than %d scans".formatted(name, MOST_SCANS));
        }
        reader.setInput(stream, true, true);
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width < 1 || height < 1 || (long) width * height > maxPixels) {
            throw new IOException(
                    "%s: %d x %d pixels, the limit is %d in all".formatted(name, width, height, maxPixels));
        }
        Damage damage = new Damage();
        reader.addIIOReadWarningListener(damage);
        BufferedImage image = reader.read(0);
        if (damage.warning != null) {
            throw new IOException("%s: a damaged image: %s".formatted(name, damage.warning));
        }
        return image;
    }

    /** Counts start-of-scan markers: in the coded pixels these two bytes never stand together. */
    private static int scans(byte[] bytes) {
        int scans = 0;
        for (int i = 1; i < bytes.length; i++) {
            scans += bytes[i] == (byte) 0xda && bytes[i - 1] == (byte) 0xff ? 1 : 0;
        }
        return scans;
    }

    /**
     * Listens for the warnings with which the JPEG reader passes over missing and spoilt pixels, to be filled with
     * gray. Stray bytes between the parts of a file do no harm to the pixels.
     */
    private static final class Damage implements IIOReadWarningListener {
        private @Nullable String warning;

        @Override
        public void warningOccurred(ImageReader source, String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            boolean harm = lower.contains("truncated")
                    || lower.contains("premature end")
                    || (lower.contains("corrupt") && !lower.contains("extraneous bytes"));
            if (harm && warning == null) {
                warning = text;
            }
        }
    }
}
