/**
 * Training in this process; not for users of the library. {@link org.mtl4j.dl4j.internal.fit.GraphModel} is what stands
 * behind {@code Dl4jModel}; start at {@link org.mtl4j.dl4j.internal.fit.Training}, which runs a call of {@code fit}
 * epoch by epoch over {@link org.mtl4j.dl4j.internal.fit.TrainingSteps}, wherever these are computed. Uses
 * {@code internal.inference} for validation, {@code internal.io} for checkpoints and {@code internal.model}.
 */
package org.mtl4j.dl4j.internal.fit;
