/**
 * Layers of the library's own where stock Deeplearning4j is slow or lacks something: {@link
 * org.mtl4j.dl4j.layer.FastConvolutionLayer}, a drop-in convolution; {@link org.mtl4j.dl4j.layer.TaskOutputLayer}, an output layer
 * that knows its task's loss by itself, and the {@link org.mtl4j.dl4j.layer.WeightedLoss} in it; {@link
 * org.mtl4j.dl4j.layer.TypedGlobalPoolingLayer}, which announces the shape that it makes. All can be used in graphs
 * written by hand.
 */
package org.mtl4j.dl4j.layer;
