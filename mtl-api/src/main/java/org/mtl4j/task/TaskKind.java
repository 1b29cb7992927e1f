package org.mtl4j.task;

import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;

/** What the labels of a task are; decides the activation of its output layer and its usual loss. */
public enum TaskKind {
    /**
     * Real numbers, labels {@code [batch, outputs]}, finite; identity output; mean squared error, that is the mean over
     * outputs and examples of {@code (prediction - label)^2}.
     */
    REGRESSION(Activation.IDENTITY),

    /**
     * One class of several, labels one-hot {@code [batch, classes]}, or soft: of 0 to 1 with a sum of 1 (within 0.001,
     * in half precision 0.01), for which there are losses, but no scores; softmax output; cross-entropy in nats, mean
     * over examples.
     */
    MULTI_CLASS(Activation.SOFTMAX),

    /**
     * Any number of independent labels, each 0 or 1 or soft between them, {@code [batch, labels]}; sigmoid output;
     * sigmoid cross-entropy in nats, <em>summed</em> over the labels (Deeplearning4j's {@link LossBinaryXENT}), mean
     * over examples. Weight the task by {@code 1.0 / labels} for the mean over labels.
     */
    MULTI_LABEL(Activation.SIGMOID);

    private final Activation outputActivation;

    TaskKind(Activation outputActivation) {
        this.outputActivation = outputActivation;
    }

    /** {@return the activation of the task's output layer} */
    public Activation outputActivation() {
        return outputActivation;
    }

    /** A new instance of the loss that a task of this kind has unless told otherwise. */
    ILossFunction usualLoss() {
        return switch (this) {
            case REGRESSION -> new LossMSE();
            case MULTI_CLASS -> new LossMCXENT();
            case MULTI_LABEL -> new LossBinaryXENT();
        };
    }
}
