package org.mtl4j.dl4j.layer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.mtl4j.layer.Recurrent;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures an LSTM or a GRU; see {@link Recurrent} for the equations, the parameters and what masks do.
 *
 * <pre>{@code
 * graph.addLayer("steps", new RecurrentCellLayer(Recurrent.Cell.GRU, 32), "input")
 * }</pre>
 *
 * Neither dropout nor weight noise nor constraints.
 */
public class RecurrentCellLayer extends OwnParametersLayer {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private Recurrent.Cell cell = Recurrent.Cell.LSTM;

    /** Makes an empty layer, for deserialisation. */
    public RecurrentCellLayer() {}

    /** Makes a layer of so many units. */
    public RecurrentCellLayer(Recurrent.Cell cell, int units) {
        this.cell = cell;
        setNOut(units);
        setActivationFn(new ActivationTanH());
    }

    /** {@return which equations} */
    public Recurrent.Cell cell() {
        return cell;
    }

    @Override
    List<Parameter> parameters() {
        long gates = cell.gates() * getNOut();
        List<Parameter> parameters = new ArrayList<>(List.of(
                new Parameter("W", true, getNIn(), gates),
                new Parameter("R", true, getNOut(), gates),
                new Parameter("b", false, 1, gates)));
        if (cell == Recurrent.Cell.GRU) {
            parameters.add(new Parameter("d", false, 1, getNOut()));
        }
        return parameters;
    }

    @Override
    void start(Map<String, INDArray> parameters) {
        for (String weights : List.of("W", "R")) {
            INDArray array = parameters.get(weights);
            array.assign(Nd4j.randn(array.dataType(), array.shape()).muli(1 / Math.sqrt(array.size(0))));
        }
        if (cell == Recurrent.Cell.LSTM) {
            INDArray forget = SequenceArrays.columns(parameters.get("b"), getNOut(), 2 * getNOut());
            forget.assign(1);
        }
    }

    @Override
    Layer computing(NeuralNetConfiguration conf, DataType type) {
        return new RecurrentCellLayerImpl(conf, type);
    }

    @Override
    long inputs(InputType input) {
        return sequence(input).getSize();
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        return InputType.recurrent(getNOut(), sequence(input).getTimeSeriesLength());
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof RecurrentCellLayer;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other) && other instanceof RecurrentCellLayer layer && cell == layer.cell;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), cell);
    }

    @Override
    public String toString() {
        return "RecurrentCellLayer(cell=" + cell + ", " + super.toString() + ")";
    }
}
