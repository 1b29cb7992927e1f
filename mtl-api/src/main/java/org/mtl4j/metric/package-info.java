/**
 * Metrics with exact definitions: {@link org.mtl4j.metric.PointErrors} for landmarks,
 * {@link org.mtl4j.metric.ClassificationScore} for one class of several, {@link org.mtl4j.metric.MultiLabelScore} for
 * independent yes/no labels and {@link org.mtl4j.metric.RegressionScore} for real numbers.
 *
 * <p>A result is an immutable value. It is made by an accumulator, which takes any number of batches and can be merged
 * with another one: the result is the same, bit for bit, however the examples were spread over batches and accumulators
 * (sums are exact, rounded once). An accumulator is for one thread; give each worker its own and merge at the end: it
 * can be serialised, so that workers may be in other processes. {@link org.mtl4j.metric.TaskScores} accumulates for all
 * tasks at once.
 *
 * <p>Measures that take long, as areas under curves and medians do, are computed when they are first asked for, once,
 * whichever thread asks. Until then a result refers to what they are computed from: 4 bytes for each probability or
 * label. To compare a result or to send it computes all.
 *
 * <p>What holds for all of them:
 *
 * <ul>
 *   <li>Examples whose label is missing (mask 0) are left out, and every score says how many were counted. A score over
 *       no example at all is {@code NaN}, not 0.
 *   <li>A <em>label</em> that is NaN or infinite is a fault of the data: {@link java.lang.IllegalArgumentException}.
 *   <li>A <em>prediction</em> that is NaN or infinite is as wrong as can be: an infinite error, a failure, a class that
 *       is not the labelled one. It never drops out of a mean, and never counts as right.
 *   <li>Everything is computed in double, whatever the type of the arrays that come in.
 * </ul>
 *
 * <p>Arguments and results are never null unless it is said.
 */
@NullMarked
package org.mtl4j.metric;

import org.jspecify.annotations.NullMarked;
