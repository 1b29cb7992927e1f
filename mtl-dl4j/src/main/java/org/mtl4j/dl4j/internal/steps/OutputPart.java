package org.mtl4j.dl4j.internal.steps;

import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.layers.BaseOutputLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.dense.DenseKernel;
import org.mtl4j.dl4j.internal.cpu.dense.HostMatrix;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the output layer of a task: its loss and gradients in one, by itself where {@link TaskLoss#takesOutputs}
 * allows it, and else by having the layer do so.
 */
final class OutputPart extends VertexPart {
    private final GraphVertex layerVertex;
    private final BaseOutputLayer<?> layer;
    private final TaskLoss loss;
    private final DenseKernel kernel;
    private boolean direct;

    OutputPart(Place place, ComputationGraph graph, DenseKernel kernel) {
        super(place);
        this.layerVertex = graph.getVertices()[place.vertex()];
        this.layer = (BaseOutputLayer<?>) layerVertex.getLayer();
        this.loss = (TaskLoss) layer;
        this.kernel = kernel;
    }

    @Override
    int width(int[] widths) {
        return kernel.outputs();
    }

    void setLabels(INDArray labels, @Nullable INDArray mask) {
        layer.setLabels(labels);
        layer.setMaskArray(mask);
    }

    @Override
    void forward(Values values) {
        // each layer is asked, by whoever waits for all losses, before any has computed gradients
        layerVertex.setInput(0, values.output(input(0)).array(), LayerWorkspaceMgr.noWorkspaces());
    }

    @Override
    void backward(Values values) {
        INDArray labels = layer.getLabels();
        direct = loss.takesOutputs(labels);
        if (direct) {
            HostMatrix delta = values.output(vertex());
            kernel.forward(values.output(input(0)), false, delta);
            double factor = loss.takeOutputs(delta, labels);
            if (factor == 0) { // of numbers that are not finite neither
                kernel.clearGradients();
                if (isWanted(0)) {
                    values.addNothing(input(0));
                }
                return;
            }
            if (factor != 1) {
                delta.scale(factor);
            }
            DensePart.backward(kernel, this, values, delta);
            return;
        }
        INDArray epsilon =
                layer.backpropGradient(null, LayerWorkspaceMgr.noWorkspaces()).getSecond();
        if (isWanted(0)) {
            INDArray dense = HostMatrix.dense(epsilon);
            values.addGradient(input(0), HostMatrix.of(dense));
        }
    }

    /**
     * {@return the score of what was computed}
     *
     * @param networkTerms are added to it
     */
    double score(double networkTerms) {
        return direct
                ? layer.score() + networkTerms
                : layer.computeScore(networkTerms, true, LayerWorkspaceMgr.noWorkspaces());
    }

    /** Lets go of the arrays of the step. */
    void end() {
        layerVertex.clear();
    }
}
