/**
 * Layers of the library's own where stock Deeplearning4j is slow or lacks something: {@link
 * mtl.dl4j.layer.FastConvolutionLayer}, a drop-in convolution; {@link mtl.dl4j.layer.TaskOutputLayer}, an output layer
 * that knows its task's loss by itself, and the {@link mtl.dl4j.layer.WeightedLoss} in it; {@link
 * mtl.dl4j.layer.TypedGlobalPoolingLayer}, which announces the shape that it makes. All can be used in graphs
 * written by hand.
 */
package mtl.dl4j.layer;
