package org.mtl4j.dl4j.vertex;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.BaseGraphVertex;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.sharing.UnitParameter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Holds parameters of a unit, as views of the graph's, and their gradients. */
abstract class UnitVertexImpl extends BaseGraphVertex {
    private static final long serialVersionUID = 1L;

    private final List<UnitParameter> described;
    private final @Nullable INDArray all;
    private final Map<String, INDArray> values;
    private final UnitTraining training;
    private transient @Nullable INDArray gradientsOfAll;
    private transient Map<String, INDArray> gradients = Map.of();

    /** @param all a view of the graph's parameters; null if there are none here */
    UnitVertexImpl(
            ComputationGraph graph,
            String name,
            int index,
            DataType dataType,
            List<UnitParameter> described,
            @Nullable INDArray all,
            UnitTraining training) {
        super(graph, name, index, null, null, dataType);
        this.described = described;
        this.all = all == null || described.isEmpty() ? null : all.reshape('c', 1, all.length());
        this.values = divide(this.all);
        this.training = training;
    }

    /** Sets the initial values. */
    void initialize() {
        long seed = graph.getConfiguration().getDefaultConfiguration().getSeed();
        for (UnitParameter parameter : described) {
            INDArray view = values.get(parameter.name());
            long own = Seeds.mixed(seed, vertexName.hashCode(), parameter.name().hashCode());
            view.assign(Nd4j.createFromArray(parameter.initialValues(own))
                    .castTo(dataType)
                    .reshape('c', view.shape()));
        }
    }

    /** The parts of a row, by the parameters' names. */
    private Map<String, INDArray> divide(@Nullable INDArray row) {
        Map<String, INDArray> parts = new LinkedHashMap<>();
        if (row == null) {
            return parts;
        }
        INDArray flat = row.reshape(row.length());
        long from = 0;
        for (UnitParameter parameter : described) {
            long to = from + parameter.length();
            parts.put(
                    parameter.name(), flat.get(NDArrayIndex.interval(from, to)).reshape('c', parameter.shape()));
            from = to;
        }
        return parts;
    }

    List<UnitParameter> described() {
        return described;
    }

    INDArray value(String parameter) {
        return values.get(parameter);
    }

    /** Stores a gradient, or for a statistic the step to its new value. */
    void setGradient(UnitParameter parameter, INDArray given) {
        INDArray view = gradients.get(parameter.name());
        if (!given.equalShapes(view)) {
            throw new IllegalStateException("Unit vertex '%s': the gradient of '%s' has shape %s, the parameter is %s"
                    .formatted(vertexName, parameter.name(), java.util.Arrays.toString(given.shape()), parameter));
        }
        if (parameter.statistic()) {
            view.assign(values.get(parameter.name())).subi(given.castTo(dataType));
        } else {
            view.assign(given);
        }
    }

    Gradient gradient() {
        Gradient gradient = new DefaultGradient();
        gradients.forEach(gradient::setGradientFor);
        return gradient;
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
    public void setBackpropGradientsViewArray(@Nullable INDArray view) {
        gradientsOfAll = view == null || described.isEmpty() ? null : view.reshape('c', 1, view.length());
        gradients = divide(gradientsOfAll);
    }

    @Override
    public @Nullable INDArray getGradientsViewArray() {
        return gradientsOfAll;
    }

    @Override
    public Map<String, INDArray> paramTable(boolean backpropOnly) {
        return new LinkedHashMap<>(values);
    }

    @Override
    public @Nullable INDArray params() {
        return all;
    }

    @Override
    public long numParams() {
        return all == null ? 0 : all.length();
    }

    @Override
    public TrainingConfig getConfig() {
        return training;
    }

    @Override
    public boolean updaterDivideByMinibatch(String parameter) {
        return described.stream().noneMatch(each -> each.name().equals(parameter) && each.statistic());
    }
}
