package org.mtl4j.image;

import java.io.IOException;

/**
 * Says that an image does not fit into the memory that Java has, or had at that moment: decoded alone, when others that
 * were decoded at the same time are done, it may fit.
 */
public final class ImageMemoryException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message names the image and says what it needs
     * @param cause what Java said
     */
    public ImageMemoryException(String message, OutOfMemoryError cause) {
        super(message, cause);
    }
}
