package org.mtl4j.dl4j.internal.model;

/**
 * Says where a batch comes from, for messages.
 *
 * @param data what they are, such as "validation data"
 * @param when where in them, such as "batch 3"
 */
public record BatchPlace(String data, String when) {
    /** Nothing is known but the batch itself. */
    static final BatchPlace UNKNOWN = new BatchPlace("", "");

    /** {@return the batch of a step of training} Both count from 0, and are shown from 1 as elsewhere. */
    public static BatchPlace ofStep(String data, int epoch, int step) {
        return new BatchPlace(data, "epoch %s, step %s".formatted(epoch + 1, step + 1));
    }

    /** {@return the batch of one pass over data} Counts from 0, and is shown from 1 as elsewhere. */
    public static BatchPlace ofPass(String data, int batch) {
        return new BatchPlace(data, "batch %s".formatted(batch + 1));
    }

    @Override
    public String toString() {
        return data.isEmpty() ? "" : data + ", " + when + ": ";
    }
}
