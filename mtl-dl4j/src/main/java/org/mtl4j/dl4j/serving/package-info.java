/**
 * Serving without Deeplearning4j's graphs: the library's own engine behind {@link org.mtl4j.serving.Predictor}. Start
 * at {@link org.mtl4j.dl4j.serving.Predictors}, or at {@code Dl4jModel.predictor()}.
 */
@NullMarked
package org.mtl4j.dl4j.serving;

import org.jspecify.annotations.NullMarked;
