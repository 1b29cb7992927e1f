package org.mtl4j.dl4j.layer;

import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures tables of learned rows in which codes are looked up; see {@link org.mtl4j.layer.Embedding}. One table for
 * each column of the input, {@code [batch, columns]} to {@code [batch, sum of dimensions]}; or one for all steps of a
 * sequence of codes, {@code [batch, steps]} to {@code [batch, dimension, steps]}. It reads the data and has no gradient
 * of its input. The parameters are called {@code W0}, {@code W1} and so on, {@code [size, dimension]} each.
 *
 * <pre>{@code
 * graph.addLayer("codes", EmbeddingTablesLayer.ofColumns(new int[] {9, 17}, new int[] {16, 16}, 1), "input")
 * }</pre>
 *
 * Neither dropout nor weight noise nor constraints: a dropout layer behind it does the first.
 */
public class EmbeddingTablesLayer extends BaseLayer {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private int[] sizes = {};

    @JsonProperty
    private int[] dimensions = {};

    @JsonProperty
    private boolean sequence;

    @JsonProperty
    private double startNorm = 1;

    /** Makes an empty layer, for deserialisation. */
    public EmbeddingTablesLayer() {}

    private EmbeddingTablesLayer(int[] sizes, int[] dimensions, boolean sequence, double startNorm) {
        if (sizes.length == 0 || sizes.length != dimensions.length) {
            throw new IllegalArgumentException("embedding tables have a size and a dimension each, got sizes "
                    + Arrays.toString(sizes) + " and dimensions " + Arrays.toString(dimensions));
        }
        if (Arrays.stream(sizes).anyMatch(n -> n < 1)
                || Arrays.stream(dimensions).anyMatch(n -> n < 1)) {
            throw new IllegalArgumentException("sizes and dimensions of embedding tables are at least 1, got sizes "
                    + Arrays.toString(sizes) + " and dimensions " + Arrays.toString(dimensions));
        }
        if (!(startNorm > 0 && startNorm < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the start norm of embedding tables is above 0, got " + startNorm);
        }
        this.sizes = sizes.clone();
        this.dimensions = dimensions.clone();
        this.sequence = sequence;
        this.startNorm = startNorm;
        setActivationFn(new ActivationIdentity());
    }

    /**
     * Makes a table for each column.
     *
     * @param sizes by column how many codes there are
     * @param dimensions by column the length of its rows
     * @param startNorm about how long a row is at the start, above 0
     * @throws IllegalArgumentException if there is no column, or a number is below its least
     */
    public static EmbeddingTablesLayer ofColumns(int[] sizes, int[] dimensions, double startNorm) {
        return new EmbeddingTablesLayer(sizes, dimensions, false, startNorm);
    }

    /**
     * Makes one table for all steps of a sequence.
     *
     * @param vocabulary how many codes there are
     * @param dimension the length of its rows
     * @param startNorm about how long a row is at the start, above 0
     * @throws IllegalArgumentException if a number is below its least
     */
    public static EmbeddingTablesLayer ofSteps(int vocabulary, int dimension, double startNorm) {
        return new EmbeddingTablesLayer(new int[] {vocabulary}, new int[] {dimension}, true, startNorm);
    }

    /** {@return by table how many rows it has} */
    public int[] sizes() {
        return sizes.clone();
    }

    /** {@return by table how long its rows are} */
    public int[] dimensions() {
        return dimensions.clone();
    }

    /** {@return whether one table is for all steps of a sequence, and not for one column} */
    public boolean isSequence() {
        return sequence;
    }

    /** {@return about how long a row is at the start} */
    public double startNorm() {
        return startNorm;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        if (getIDropout() != null || getWeightNoise() != null || hasConstraints()) {
            throw new IllegalStateException(
                    ("EmbeddingTablesLayer '%s' has dropout, weight noise or constraints, which it does not know; a"
                                    + " DropoutLayer behind it drops what it gives")
                            .formatted(getLayerName()));
        }
        return LayerSetup.initialise(
                new EmbeddingTablesLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    private boolean hasConstraints() {
        return getConstraints() != null && !getConstraints().isEmpty();
    }

    @Override
    public ParamInitializer initializer() {
        return EmbeddingTablesInitializer.INSTANCE;
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        long codes = codes(input);
        long sum = Arrays.stream(dimensions).asLongStream().sum();
        return sequence ? InputType.recurrent(sum, codes) : InputType.feedForward(sum);
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        codes(input);
    }

    /** {@return of how many codes an example is} */
    private long codes(InputType input) {
        if (input instanceof InputType.InputTypeFeedForward codes && (sequence || codes.getSize() == sizes.length)) {
            return codes.getSize();
        }
        throw new IllegalStateException("EmbeddingTablesLayer '%s' reads codes [batch, %s], got %s"
                .formatted(getLayerName(), sequence ? "steps" : sizes.length, input));
    }

    @Override
    public @Nullable InputPreProcessor getPreProcessorForInputType(InputType input) {
        codes(input);
        return null;
    }

    @Override
    public boolean isPretrainParam(String parameter) {
        return false;
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        long parameters = initializer().numParams(this);
        int updater = (int) getIUpdater().stateSize(parameters);
        return new LayerMemoryReport.Builder(
                        getLayerName(), EmbeddingTablesLayer.class, input, getOutputType(-1, input))
                .standardMemory(parameters, updater)
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(MemoryReport.CACHE_MODE_ALL_ZEROS, MemoryReport.CACHE_MODE_ALL_ZEROS)
                .build();
    }

    @Override
    public EmbeddingTablesLayer clone() {
        EmbeddingTablesLayer clone = (EmbeddingTablesLayer) super.clone();
        clone.sizes = sizes();
        clone.dimensions = dimensions();
        return clone;
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof EmbeddingTablesLayer;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other)
                && other instanceof EmbeddingTablesLayer layer
                && Arrays.equals(sizes, layer.sizes)
                && Arrays.equals(dimensions, layer.dimensions)
                && sequence == layer.sequence
                && startNorm == layer.startNorm;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), Arrays.hashCode(sizes), Arrays.hashCode(dimensions), sequence, startNorm);
    }

    @Override
    public String toString() {
        return "EmbeddingTablesLayer(sizes=%s, dimensions=%s, sequence=%s, startNorm=%s, %s)"
                .formatted(Arrays.toString(sizes), Arrays.toString(dimensions), sequence, startNorm, super.toString());
    }
}
