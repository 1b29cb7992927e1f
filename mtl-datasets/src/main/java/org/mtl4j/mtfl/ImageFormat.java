package org.mtl4j.mtfl;

/** Names the file formats for the images of a written corpus. */
public enum ImageFormat {
    /** Without loss; every pixel is read back as it was. */
    PNG("png"),
    /** With loss, at the quality that Java takes by default; about a third of the size of PNG. */
    JPEG("jpg");

    private final String extension;

    ImageFormat(String extension) {
        this.extension = extension;
    }

    /** {@return the end of the file names, without a dot} */
    String extension() {
        return extension;
    }
}
