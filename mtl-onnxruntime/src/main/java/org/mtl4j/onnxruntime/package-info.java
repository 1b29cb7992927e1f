/**
 * Predictors that ONNX Runtime computes. Start at {@link org.mtl4j.onnxruntime.OnnxRuntimePredictors}. Safe for any
 * number of threads.
 *
 * <p>Arguments and results are never null unless marked.
 */
@NullMarked
package org.mtl4j.onnxruntime;

import org.jspecify.annotations.NullMarked;
