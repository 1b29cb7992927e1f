package org.mtl4j.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.SampleModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.mtl4j.internal.io.SimilarNames;

/**
 * Reads JPEG and PNG files to gray images, by {@code javax.imageio}. The files need not be trusted: the size is read
 * from the header and checked before memory is taken for the pixels, a file that is longer than {@link #maxBytes} is
 * not read, nor is a JPEG image of more than 100 scans or what is no regular file, and whatever is wrong with a file is
 * an {@link IOException} that names it; so is an image that does not fit into Java's memory
 * ({@link ImageMemoryException}).
 *
 * <p>Gray, RGB, palette, 16-bit and transparent images are read; see {@link GrayImage#of(BufferedImage)} for the
 * conversion. Of a JPEG file with several pictures, or with a film behind the picture, the first picture is read. JPEG
 * images in CMYK, of 12 bits or with arithmetic coding are refused. JPEG pixels may differ by a gray level between Java
 * builds, which ship different decoders.
 *
 * <p><strong>Damage.</strong> A JPEG image is refused if its end is missing, or some of its coded pixels are missing,
 * cannot be decoded, or are more than the image has; a PNG image if a chunk that decides its pixels differs from its
 * check sum. What does the pixels no harm is passed over: bytes between segments, or a profile of colours that is
 * broken. A change that leaves a JPEG image decodable cannot be seen.
 *
 * <p><strong>Orientation.</strong> What a file's EXIF data say of it is <em>ignored</em>, unless {@link #withUpright}
 * is asked for: coordinates are those of the stored pixels, as in the published corpora. {@link #photo} tells it.
 *
 * @param maxPixels largest width times height that is decoded, at least 1. Decoding takes about 4 bytes a pixel (8 for
 *     16-bit images with colours)
 * @param maxBytes longest file that is read, at least 1
 * @param upright whether images are turned as their EXIF data say
 */
public record ImageDecoder(long maxPixels, long maxBytes, boolean upright) {

    private static final Set<String> FORMATS = Set.of("jpeg", "png");

    /**
     * Checks both limits.
     *
     * @param maxPixels largest width times height that is decoded, at least 1. Decoding takes about 4 bytes a pixel (8
     *     for 16-bit images with colours)
     * @param maxBytes longest file that is read, at least 1
     * @param upright whether images are turned as their EXIF data say
     * @throws IllegalArgumentException if one is below 1
     */
    public ImageDecoder {
        if (maxPixels < 1 || maxBytes < 1) {
            throw new IllegalArgumentException(
                    "both limits must be at least 1, got %d pixels and %d bytes".formatted(maxPixels, maxBytes));
        }
    }

    /**
     * Makes a decoder that does not turn images.
     *
     * @param maxPixels largest width times height that is decoded, at least 1
     * @param maxBytes longest file that is read, at least 1
     * @throws IllegalArgumentException if one is below 1
     */
    public ImageDecoder(long maxPixels, long maxBytes) {
        this(maxPixels, maxBytes, false);
    }

    /** {@return up to 64 megapixels (64 * 2^20) and files of up to 64 MiB, as their pixels are stored} */
    public static ImageDecoder standard() {
        return new ImageDecoder(64L << 20, 64L << 20);
    }

    /**
     * {@return this decoder, which turns images as their EXIF data say} Boxes and points are then those of the image as
     * it is seen, width and height too.
     */
    public ImageDecoder withUpright() {
        return new ImageDecoder(maxPixels, maxBytes, true);
    }

    /**
     * Reads an image.
     *
     * @param file a JPEG or PNG file
     * @return the image
     * @throws IOException if the file cannot be read, is too long, no JPEG or PNG, damaged, cut off or has too many
     *     pixels, or they do not fit into Java's memory; the message names the file and the reason
     */
    public GrayImage decode(Path file) throws IOException {
        return photo(file).image();
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
        return photo(in, name).image();
    }

    /**
     * Reads an image, and what its EXIF data say of its orientation.
     *
     * @param file a JPEG or PNG file
     * @return both
     * @throws IOException as {@link #decode(Path)}
     */
    public Photo photo(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new IOException("%s: there is no such image file%s".formatted(file, SimilarNames.hint(file)));
        }
        if (!Files.isRegularFile(file)) { // reading a pipe would wait for ever
            throw new IOException("%s: not a regular file".formatted(file));
        }
        try (InputStream in = Files.newInputStream(file)) {
            return photo(in, file.toString());
        }
    }

    /**
     * Reads an image from a stream, which is not closed, and what its EXIF data say of its orientation.
     *
     * @param in read to its end, or up to the limit
     * @param name names the image in messages
     * @return both
     * @throws IOException as {@link #decode(Path)}
     */
    public Photo photo(InputStream in, String name) throws IOException {
        byte[] bytes = bytes(in, name);
        int end = bytes.length;
        Orientation orientation = Orientation.UNKNOWN;
        try {
            if (JpegFile.is(bytes)) {
                JpegFile file = JpegFile.read(bytes);
                end = file.end();
                orientation = file.orientation();
            } else if (PngFile.is(bytes)) {
                orientation = PngFile.read(bytes).orientation();
            }
        } catch (IOException e) {
            throw new IOException("%s: %s".formatted(name, e.getMessage()), e);
        }
        try {
            return photo(decode(bytes, end, name), orientation);
        } catch (OutOfMemoryError e) {
            throw new ImageMemoryException("%s: %s".formatted(name, doesNotFit("its pixels", "")), e);
        } catch (IOException | RuntimeException e) { // damaged files make the readers throw all kinds
            String message = e.getMessage();
            if (e instanceof IOException && message != null && message.startsWith(name + ": ")) {
                throw e;
            }
            throw new IOException("%s: not a readable image: %s".formatted(name, message == null ? e : message), e);
        }
    }

    private static String doesNotFit(String what, String need) {
        return "%s do not fit into Java's memory:%s the heap has %s MB at most; -Xmx gives it more"
                .formatted(what, need, Runtime.getRuntime().maxMemory() >> 20);
    }

    private Photo photo(GrayImage stored, Orientation orientation) {
        return upright && !orientation.isUpright()
                ? new Photo(orientation.turn(stored), Orientation.UPRIGHT)
                : new Photo(stored, orientation);
    }

    private GrayImage decode(byte[] bytes, int length, String name) throws IOException {
        try (ImageInputStream stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes, 0, length))) {
            ImageReader reader = readerOf(stream, bytes, name);
            try {
                return read(reader, stream, bytes, name);
            } finally {
                reader.dispose();
            }
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
        } catch (OutOfMemoryError e) {
            throw new ImageMemoryException("%s: %s".formatted(name, doesNotFit("its bytes", "")), e);
        }
        if (bytes.length > maxBytes) {
            throw new IOException("%s: longer than the limit of %d bytes".formatted(name, maxBytes));
        }
        return bytes;
    }

    private static ImageReader readerOf(ImageInputStream stream, byte[] bytes, String name) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
                return reader;
            }
            reader.dispose();
        }
        throw new IOException("%s: not a JPEG or PNG image%s".formatted(name, OtherFile.hint(bytes)));
    }

    private GrayImage read(ImageReader reader, ImageInputStream stream, byte[] bytes, String name) throws IOException {
        reader.setInput(stream, true, true);
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width < 1 || height < 1 || (long) width * height > maxPixels) {
            throw new IOException(
                    "%s: %d x %d pixels, the limit is %d in all".formatted(name, width, height, maxPixels));
        }
        boolean[] warned = new boolean[1];
        reader.addIIOReadWarningListener((source, text) -> warned[0] = true);
        try {
            GrayImage image = GrayImage.of(reader.read(0));
            if (warned[0] && JpegFile.is(bytes)) { // of what, is said in words, and of the first thing only
                Optional<String> damage = JpegCoding.damage(bytes);
                if (damage.isPresent()) {
                    throw new IOException("%s: a damaged image: %s".formatted(name, damage.get()));
                }
            }
            return image;
        } catch (OutOfMemoryError e) {
            throw tooLarge(reader, width, height, name, e);
        } catch (IIOException e) {
            if (e.getCause() instanceof OutOfMemoryError error) { // Java's reader of PNG files wraps it
                throw tooLarge(reader, width, height, name, error);
            }
            throw e;
        }
    }

    private static ImageMemoryException tooLarge(
            ImageReader reader, int width, int height, String name, OutOfMemoryError error) throws IOException {
        SampleModel pixels = reader.getImageTypes(0).next().getSampleModel();
        long bytesPerPixel = (long) pixels.getNumBands() * DataBuffer.getDataTypeSize(pixels.getDataType()) / 8 + 1;
        String need = " to decode them takes about %s MB, and".formatted(bytesPerPixel * width * height >> 20);
        return new ImageMemoryException(
                "%s: %s".formatted(name, doesNotFit("%d x %d pixels".formatted(width, height), need)), error);
    }
}
