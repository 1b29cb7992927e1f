package own;

import java.util.Map;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/** A SameDiff layer of a user's own, which weighs its inputs by as many weights as there are inputs. */
public class Weighing extends SameDiffLayer {
    @JsonProperty
    private long inputs;

    @JsonProperty
    private double start;

    @JsonProperty
    private int rank;

    /** Makes an empty layer, for deserialisation. */
    public Weighing() {}

    /** Makes a layer whose weights start at this number. */
    public Weighing(double start) {
        this.start = start;
    }

    @Override
    public void setNIn(InputType type, boolean override) {
        rank = type instanceof InputType.InputTypeRecurrent ? 3 : 2;
        inputs = type instanceof InputType.InputTypeRecurrent sequence
                ? sequence.getSize()
                : ((InputType.InputTypeFeedForward) type).getSize();
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType type) {
        return null;
    }

    @Override
    public InputType getOutputType(int index, InputType type) {
        return type;
    }

    @Override
    public void defineParameters(SDLayerParams parameters) {
        parameters.addWeightParam("w", rank == 3 ? new long[] {1, inputs, 1} : new long[] {1, inputs});
    }

    @Override
    public void initializeParameters(Map<String, INDArray> parameters) {
        parameters.get("w").assign(Nd4j.scalar(start));
    }

    @Override
    public SDVariable defineLayer(
            SameDiff graph, SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
        return input.mul("weighed", parameters.get("w"));
    }
}
