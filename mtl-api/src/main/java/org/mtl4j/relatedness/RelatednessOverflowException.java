package org.mtl4j.relatedness;

/**
 * Thrown when a relatedness function has no finite value in the data type of the weights. What to do is in the message:
 * start the towers equal, use the averaged form, or an L2 form.
 */
public class RelatednessOverflowException extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    /** @param message what overflowed, its size, and what to do */
    public RelatednessOverflowException(String message) {
        super(message);
    }

    /**
     * Says the same of a named place.
     *
     * @param place the layer and the pair of towers
     * @param cause the exception without the place
     */
    public RelatednessOverflowException(String place, RelatednessOverflowException cause) {
        super(place + ": " + cause.getMessage());
        initCause(cause);
    }
}
