package org.mtl4j.dl4j.layer;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.FeedForwardLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Configures a DSelect-k gate: weights of experts of which, when it has converged, at most k are not zero. Hazimeh et
 * al., "DSelect-k: Differentiable Selection in the Mixture of Experts with Applications to Multi-Task Learning",
 * NeurIPS 2021.
 *
 * <p>Each of k selectors has a number z for each bit of an expert's number, and chooses it with {@code r_e = product
 * over bits of S(z) or 1 - S(z)}, where S is the smooth step: 0 below -γ/2, 1 above γ/2, and {@code -2 z³/γ³ + 3 z/(2γ)
 * + 1/2} between. The weights are {@code sum over selectors of softmax(a)_i r_i}. z and a are linear in the input, or
 * constants that are learned.
 *
 * <p>Two penalties belong to the score, each the mean over the examples: {@code entropy} times the sum of the
 * selectors' entropies, which drives each to one expert; and, where the number of experts is no power of two, the sum
 * of {@code 1 / p - 1} over the selectors, p being what a selector gives to experts that there are: weights are not
 * made to sum to one by force, but do when p is 1.
 *
 * <p>Parameters: {@code W [inputs, k bits + k]} unless the gate is constant, and {@code b [1, k bits + k]}: z selector
 * by selector, highest bit first, then a. They start in ±γ/100 and ±0.05; weight decay does not reach them, as it would
 * make the gate undecided.
 *
 * <pre>{@code
 * graph.addLayer("gate", new DSelectGateLayer(8, 2, 1, 1e-2, true), "input")
 *      .addVertex("mix", MixtureVertex.weighted(8), "gate", "experts2");
 * }</pre>
 */
public class DSelectGateLayer extends FeedForwardLayer {
    private static final long serialVersionUID = 1L;

    @JsonProperty
    private int experts;

    @JsonProperty
    private int selectors;

    @JsonProperty
    private double gamma;

    @JsonProperty
    private double entropy;

    @JsonProperty
    private boolean byExample;

    /** Makes an empty layer, for deserialisation. */
    public DSelectGateLayer() {}

    /**
     * Makes a gate.
     *
     * @param experts how many there are, at least 1
     * @param selectors k, 1 to {@code experts}
     * @param gamma γ, positive: how wide the smooth step is
     * @param entropy weight of the entropy, at least 0
     * @param byExample whether examples choose for themselves; all alike otherwise
     * @throws IllegalArgumentException if a number is out of its range
     */
    public DSelectGateLayer(int experts, int selectors, double gamma, double entropy, boolean byExample) {
        if (experts < 1 || selectors < 1 || selectors > experts) {
            throw new IllegalArgumentException(
                    "DSelectGateLayer: k must be in [1, number of experts], got %s of %s experts"
                            .formatted(selectors, experts));
        }
        if (!(gamma > 0 && gamma < Double.POSITIVE_INFINITY && entropy >= 0 && entropy < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "DSelectGateLayer: gamma must be positive and entropy at least 0, both finite; got %s and %s"
                            .formatted(gamma, entropy));
        }
        this.experts = experts;
        this.selectors = selectors;
        this.gamma = gamma;
        this.entropy = entropy;
        this.byExample = byExample;
        setNOut(experts);
        setActivationFn(new ActivationIdentity());
    }

    /** Returns the number of experts. */
    public int experts() {
        return experts;
    }

    /** Returns k. */
    public int selectors() {
        return selectors;
    }

    /** Returns γ. */
    public double gamma() {
        return gamma;
    }

    /** Returns the weight of the entropy. */
    public double entropy() {
        return entropy;
    }

    /** Tells whether examples choose for themselves. */
    public boolean byExample() {
        return byExample;
    }

    /** Returns the number of bits of an expert's number. */
    int bits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(experts - 1);
    }

    /** Returns how many numbers the gate makes of an input before it chooses. */
    int logits() {
        return selectors * bits() + selectors;
    }

    @Override
    public ParamInitializer initializer() {
        return new Start();
    }

    @Override
    public List<Regularization> getRegularizationByParam(String parameter) {
        return List.of();
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        return LayerSetup.initialise(
                new DSelectGateLayerImpl(conf, dataType), conf, listeners, index, parameters, initializeParameters);
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType type) {
        long parameters = initializer().numParams(this);
        return new LayerMemoryReport.Builder(getLayerName(), getClass(), type, InputType.feedForward(experts))
                .standardMemory(parameters, getIUpdater().stateSize(parameters))
                .workingMemory(0, logits(), 0, logits())
                .cacheMemory(MemoryReport.CACHE_MODE_ALL_ZEROS, MemoryReport.CACHE_MODE_ALL_ZEROS)
                .build();
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof DSelectGateLayer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DSelectGateLayer layer
                && super.equals(other)
                && experts == layer.experts
                && selectors == layer.selectors
                && gamma == layer.gamma
                && entropy == layer.entropy
                && byExample == layer.byExample;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), experts, selectors, gamma, entropy, byExample);
    }

    /** Lays the parameters out and draws them. */
    private static final class Start extends DefaultParamInitializer {
        private static final double A_RANGE = 0.05;

        private static long weights(org.deeplearning4j.nn.conf.layers.Layer layer) {
            DSelectGateLayer gate = (DSelectGateLayer) layer;
            return gate.byExample ? gate.getNIn() * gate.logits() : 0;
        }

        @Override
        public long numParams(org.deeplearning4j.nn.conf.layers.Layer layer) {
            return weights(layer) + ((DSelectGateLayer) layer).logits();
        }

        @Override
        public List<String> weightKeys(org.deeplearning4j.nn.conf.layers.Layer layer) {
            return ((DSelectGateLayer) layer).byExample ? List.of(WEIGHT_KEY) : List.of();
        }

        @Override
        protected boolean hasBias(org.deeplearning4j.nn.conf.layers.Layer layer) {
            return true;
        }

        @Override
        public Map<String, INDArray> init(NeuralNetConfiguration conf, INDArray view, boolean initialize) {
            Map<String, INDArray> table = views(conf.getLayer(), view);
            table.keySet().forEach(conf::addVariable);
            if (initialize) {
                DSelectGateLayer gate = (DSelectGateLayer) conf.getLayer();
                int ofZ = gate.selectors * gate.bits();
                for (INDArray parameter : table.values()) {
                    for (int column = 0; column < gate.logits(); column++) {
                        double range = column < ofZ ? gate.gamma / 100 : A_RANGE;
                        INDArray numbers = Nd4j.rand(parameter.dataType(), parameter.size(0), 1);
                        INDArray drawn = numbers.subi(0.5).muli(2 * range);
                        parameter
                                .get(NDArrayIndex.all(), NDArrayIndex.interval(column, column + 1))
                                .assign(drawn);
                    }
                }
            }
            return table;
        }

        @Override
        public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration conf, INDArray view) {
            return views(conf.getLayer(), view);
        }

        private static Map<String, INDArray> views(org.deeplearning4j.nn.conf.layers.Layer layer, INDArray view) {
            DSelectGateLayer gate = (DSelectGateLayer) layer;
            long weights = weights(layer);
            INDArray flat = view.reshape(view.length());
            Map<String, INDArray> table = new LinkedHashMap<>();
            if (gate.byExample) {
                table.put(
                        WEIGHT_KEY,
                        flat.get(NDArrayIndex.interval(0, weights)).reshape('f', gate.getNIn(), gate.logits()));
            }
            table.put(
                    BIAS_KEY,
                    flat.get(NDArrayIndex.interval(weights, weights + gate.logits()))
                            .reshape('c', 1, gate.logits()));
            return table;
        }
    }
}
