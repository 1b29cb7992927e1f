package org.mtl4j.train;

/**
 * Training came upon a number that is not finite. The message says in which epoch and step (both counted from 1), and
 * what was not finite: features or labels of the batch, the loss of a task, gradients of which layers. The model is of
 * no more use; the last checkpoint, if there are {@link Checkpoints}, is from before.
 */
public class TrainingDivergedException extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    /** Takes a message that says where. */
    public TrainingDivergedException(String message) {
        super(message);
    }
}
