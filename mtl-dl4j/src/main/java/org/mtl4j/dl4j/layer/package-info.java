/**
 * Layers for graphs written by hand, where stock Deeplearning4j is slow or lacks something:
 * {@link org.mtl4j.dl4j.layer.FastConvolutionLayer}, a drop-in convolution;
 * {@link org.mtl4j.dl4j.layer.FastPoolingLayer}, {@link org.mtl4j.dl4j.layer.FastBatchNormalizationLayer} and
 * {@link org.mtl4j.dl4j.layer.FastActivationLayer}; {@link org.mtl4j.dl4j.layer.SafeDenseLayer}, which does not crash;
 * {@link org.mtl4j.dl4j.layer.ExpertDenseLayer}, several experts side by side, and
 * {@link org.mtl4j.dl4j.layer.DSelectGateLayer}, a gate for them; {@link org.mtl4j.dl4j.layer.SoftArgmaxLayer};
 * {@link org.mtl4j.dl4j.layer.EmbeddingTablesLayer}, which looks up the codes of several columns;
 * {@link org.mtl4j.dl4j.layer.RecurrentCellLayer}, {@link org.mtl4j.dl4j.layer.SequenceConvolutionLayer},
 * {@link org.mtl4j.dl4j.layer.LastStepLayer} and {@link org.mtl4j.dl4j.layer.FeatureNormalizationLayer}, which honour
 * masks of sequences; {@link org.mtl4j.dl4j.layer.TypedGlobalPoolingLayer}, which announces the shape that it makes;
 * {@link org.mtl4j.dl4j.layer.TaskOutputLayer}, whose loss is a mean over labelled examples, and the
 * {@link org.mtl4j.dl4j.layer.WeightedLoss} in it. {@link org.mtl4j.dl4j.layer.MemoryLayout} chooses how activations
 * lie in memory. {@link org.mtl4j.dl4j.layer.Dl4jLayer} puts any layer of Deeplearning4j into a description.
 *
 * <p>A class {@code XxxLayer} configures a layer; {@code XxxLayerImpl}, beside it and not public, adapts it to
 * Deeplearning4j and calls the kernels in {@code org.mtl4j.dl4j.internal.cpu}.
 */
@NullMarked
package org.mtl4j.dl4j.layer;

import org.jspecify.annotations.NullMarked;
