package org.mtl4j.mtfl;

/** The form in which the images of a written corpus are stored. */
public enum ImageFormat {
    /** Without loss; every pixel is read back as it was. */
    PNG("png"),
    /** With loss, at the quality that Java takes by default; about a third of the size of PNG. */
    JPEG("jpg");

    private final String extension;

    ImageFormat(String extension) {
        this.extension = extension;
    }

    /** End of the file names, without a dot. */
    String extension() {
        return extension;
    }
}
