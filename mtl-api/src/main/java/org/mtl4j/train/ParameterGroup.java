package org.mtl4j.train;

/** Parameters that may have an updater of their own; see {@link TrainingPlan#withUpdater}. */
public enum ParameterGroup {
    /** α of the cross-stitch units. */
    ALPHA,
    /** The learned scalars of the weight relatedness, such as a and b. */
    COEFFICIENTS
}
