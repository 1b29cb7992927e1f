/**
 * Losses for regression that Deeplearning4j does not have, by its own {@link org.nd4j.linalg.lossfunctions.ILossFunction}, so
 * that they work in any graph: {@link mtl.loss.WingLoss} and {@link mtl.loss.SmoothL1Loss}.
 */
package mtl.loss;
