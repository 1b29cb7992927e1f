package org.mtl4j.train;

/** Parameters that may have an updater of their own; see {@link TrainingPlan#withUpdater}. */
public enum ParameterGroup {
    /** The parameters of the units between towers: α of cross-stitch units, and those of all other kinds. */
    ALPHA,
    /** The learned scalars of the weight relatedness, such as a and b. */
    COEFFICIENTS
}
