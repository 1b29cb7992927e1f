/**
 * Trained networks as ONNX files, for whatever runs those: ONNX Runtime in any language, browsers, other converters.
 * Start at {@link org.mtl4j.dl4j.onnx.OnnxExport}.
 *
 * <p>Arguments and results are never null unless marked.
 */
@NullMarked
package org.mtl4j.dl4j.onnx;

import org.jspecify.annotations.NullMarked;
