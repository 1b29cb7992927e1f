package org.mtl4j.balance;

/** By what the gradients of tasks are divided before MGDA combines them. */
public enum GradientNormalization {
    /** Nothing. */
    NONE,
    /** Each gradient's length. */
    L2,
    /** Each task's loss. */
    LOSS,
    /** Each task's loss times the gradient's length. */
    LOSS_TIMES_L2
}
