package org.mtl4j.dl4j.internal.layer;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Controls and reads the loss of one task in an initialised graph: the library's access to the output layer behind it.
 */
public interface TaskLoss {
    /**
     * Finds the loss of a task.
     *
     * @param graph an initialised graph
     * @param task name of the task, and so of its output layer
     * @throws IllegalArgumentException if the graph has no {@code TaskOutputLayer} of this name
     */
    static TaskLoss of(ComputationGraph graph, String task) {
        Layer layer = graph.getLayer(task);
        if (layer instanceof TaskLoss loss) {
            return loss;
        }
        throw new IllegalArgumentException("'%s' is not a TaskOutputLayer but %s"
                .formatted(task, layer == null ? "nothing" : layer.getClass().getName()));
    }

    /**
     * Returns the loss in the latest training step or evaluation of the score, a weighted mean over the labelled
     * examples of the batch and without λ; 0 if there were none.
     *
     * @return NaN before the first step
     */
    double value();

    /**
     * Multiplies the task's λ from the next step on. Saved models have the λ of their description.
     *
     * @param factor finite and at least 0; with 0 nothing is left of the task's loss and gradients, not even of numbers
     *     that are not finite
     * @throws IllegalArgumentException if the factor is out of range
     */
    void setWeightFactor(double factor);

    /**
     * Sets what is done before the gradients of a step are computed, when the activations of the whole graph are there.
     *
     * @param work is run by each output layer, so it may find itself done; null for nothing
     */
    void setBeforeBackward(@Nullable Runnable work);

    /**
     * Says which labels the next step is of, as the graph tells its output layers one by one, too late for
     * {@link #measureNow}.
     *
     * @param labels {@code [batch, outputs]}; null after the step
     */
    void setNextLabels(@Nullable INDArray labels);

    /**
     * {@return what {@link #value()} will be, measured before gradients are computed, for {@link #setBeforeBackward}}
     *
     * @throws IllegalStateException if no labels were {@linkplain #setNextLabels announced}
     */
    double measureNow();

    /**
     * Sets what each example of the next batch weighs in the loss, beside the weights of classes that the layer has.
     *
     * @param weights one for each example, finite and at least 0; null if each weighs 1
     */
    void setExampleWeights(double @Nullable [] weights);

    /**
     * Sets what fraction of the examples of the whole batch has a label, for a layer that sees a part of it.
     *
     * @param fraction the sum of the weights of labelled examples per example in the whole batch; 0 to 1 where all
     *     weights are 1
     */
    void setLabelledFraction(double fraction);

    /** Lets the layer count the labels that it sees, as it does unless told otherwise. */
    void clearLabelledFraction();

    /**
     * Tells whether {@link #takeOutputs} can do in this step what the layer does: its loss is the usual one of its
     * kind, all examples have a label and weigh the same, and nothing waits for the loss before gradients are computed.
     *
     * @param labels of the step, {@code [batch, outputs]}
     */
    boolean takesOutputs(INDArray labels);

    /**
     * Measures the loss and computes its gradient from what somebody else has computed of the layer.
     *
     * @param outputs of the layer before its activation, {@code [batch, outputs]}; receives the gradient of the loss
     *     with respect to them, a sum over the examples
     * @return by what all gradients are to be multiplied; 0 if nothing is to be left of them
     */
    double takeOutputs(HostMatrix outputs, INDArray labels);

    /**
     * Measures the loss, for {@link #value}, whenever the graph computes outputs. Unlike a graph's score this needs no
     * memory outside of workspaces.
     *
     * @param labels {@code [batch, outputs]}, of the next features
     * @param mask of the labels, or null
     * @param weights of the examples, or null if each is 1
     */
    void startMeasuring(INDArray labels, @Nullable INDArray mask, double @Nullable [] weights);

    /** Ends {@link #startMeasuring}. */
    void stopMeasuring();
}
