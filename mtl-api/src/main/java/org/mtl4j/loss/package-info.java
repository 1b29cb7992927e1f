/**
 * Losses for regression that Deeplearning4j does not have, by its own
 * {@link org.nd4j.linalg.lossfunctions.ILossFunction}, so that they work in any graph: {@link org.mtl4j.loss.WingLoss}
 * and {@link org.mtl4j.loss.SmoothL1Loss}.
 */
@NullMarked
package org.mtl4j.loss;

import org.jspecify.annotations.NullMarked;
