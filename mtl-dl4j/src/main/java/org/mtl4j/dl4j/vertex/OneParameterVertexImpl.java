package org.mtl4j.dl4j.vertex;

import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Holds one array of parameters, and its gradient, in a vertex that is no layer. */
abstract class OneParameterVertexImpl extends BaseGraphVertex {
    private static final long serialVersionUID = 1L;

    private final String parameterName;
    private final VertexTraining training;
    /** What is learned. */
    final INDArray parameter;
    /** Where its gradient belongs, {@code [1, length]}; null before the first backward pass. */
    transient @Nullable INDArray gradientView;

    OneParameterVertexImpl(
            ComputationGraph graph,
            String name,
            int index,
            String parameterName,
            INDArray parameter,
            VertexTraining training,
            DataType dataType) {
        super(graph, name, index, null, null, dataType);
        this.parameterName = parameterName;
        this.parameter = parameter;
        this.training = training;
    }

    @Override
    public boolean hasLayer() {
        return false;
    }

    @Override
    public @Nullable Layer getLayer() {
        return null;
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray view) {
        gradientView = view == null ? null : view.reshape('c', 1, view.length());
    }

    @Override
    public INDArray getGradientsViewArray() {
        return gradientView;
    }

    @Override
    public Map<String, INDArray> paramTable(boolean backpropOnly) {
        Map<String, INDArray> table = new LinkedHashMap<>();
        table.put(parameterName, parameter);
        return table;
    }

    @Override
    public INDArray params() {
        return parameter;
    }

    @Override
    public long numParams() {
        return parameter.length();
    }

    @Override
    public TrainingConfig getConfig() {
        return training;
    }
}
