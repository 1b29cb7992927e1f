/**
 * Serving: a trained network that is asked and no longer trained. Start at {@link org.mtl4j.serving.Predictor}; what
 * computes behind it is an {@link org.mtl4j.serving.Engine}, and which one it is is chosen where the predictor is made.
 *
 * <p>Features and outputs are single-precision numbers in Java's arrays or buffers, or ND4J's arrays, example by
 * example, laid out as everywhere in this library: {@code [batch, channels, height, width]} and so on, see
 * {@link org.mtl4j.layer.Shape}. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.serving;

import org.jspecify.annotations.NullMarked;
