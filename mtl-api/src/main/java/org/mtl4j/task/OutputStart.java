package org.mtl4j.task;

/** Where the output layer of a task starts, before the first training step. */
public enum OutputStart {
    /**
     * The output layer starts at zero weights, with biases such that the first prediction is the mean training target:
     * the mean itself for regression, the logarithm of the class frequencies for multi-class, the logit of the label
     * frequencies for multi-label tasks. Targets are read in one pass over the training data when the model is first
     * fitted; before that, biases are zero.
     *
     * <p>This is done once for each task, in the first call of {@code fit} whose data have a label of it, and only
     * where the output layer is as it was made. Parameters that have come from elsewhere ({@code setParams}, a vertex
     * copied from another model, steps on the graph itself) stay as they are. So a task that is added to a trained
     * network starts at its mean, and the others go on.
     *
     * <p>The default: with an ordinary random start the network has to unlearn a random map on top of learning where
     * the targets lie, which on facial landmarks costs more than any choice of architecture gains.
     */
    TARGET_MEAN,

    /** The output layer's weights are drawn like all others, and its biases start at zero. */
    RANDOM
}
