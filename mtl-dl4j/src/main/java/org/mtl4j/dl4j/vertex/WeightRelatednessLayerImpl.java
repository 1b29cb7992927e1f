package org.mtl4j.dl4j.vertex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.layer.RelatednessPenalty;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.RelatednessOverflowException;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Computes the term and its gradients. It is a layer, as a graph sums regularization scores over layers only; its
 * vertex, {@link WeightRelatednessVertexImpl}, runs it.
 */
final class WeightRelatednessLayerImpl extends AbstractLayer<WeightRelatednessLayer> implements RelatednessPenalty {
    private static final long serialVersionUID = 1L;

    private final transient ComputationGraph graph;
    private final String name;
    private final WeightRelatednessVertex vertex;
    private final INDArray coefficients;
    private final VertexTraining training;
    private transient @Nullable INDArray coefficientGradients;
    /** The share of this copy of the graph while the term is divided; null otherwise. */
    private transient @Nullable Share share;
    /** Σ r_w over the ties whose gradients were added in this step, or share of it; NaN if none were yet. */
    private transient double shared = Double.NaN;
    /** By tie the part that computes it; null until needed. */
    private transient int @Nullable [] owners;

    /** Number of parts that {@link #owners} is for. */
    private transient int ownersParts;

    private final transient boolean l2;
    private transient boolean orderChecked;
    /** By tie the names of the weights; null until needed. */
    private transient @Nullable List<List<String>> keys;
    /** Views of gradient buffers, as making a view takes longer than adding to it. */
    private final transient Map<Layer, Views> gradientViews = new IdentityHashMap<>();

    private WeightRelatednessLayerImpl(
            ComputationGraph graph,
            String name,
            WeightRelatednessVertex vertex,
            INDArray coefficients,
            VertexTraining training,
            NeuralNetConfiguration conf,
            DataType dataType) {
        super(conf, dataType);
        this.graph = graph;
        this.name = name;
        this.vertex = vertex;
        this.coefficients = coefficients;
        this.training = training;
        this.l2 = vertex.relatedness().equals(Relatedness.l2());
    }

    static WeightRelatednessLayerImpl of(
            ComputationGraph graph,
            String name,
            WeightRelatednessVertex vertex,
            INDArray coefficients,
            VertexTraining training,
            DataType dataType) {
        NeuralNetConfiguration conf = new NeuralNetConfiguration();
        conf.setLayer(new WeightRelatednessLayer(name));
        if (coefficients != null) {
            conf.addVariable(WeightRelatednessVertex.COEFFICIENTS);
        }
        return new WeightRelatednessLayerImpl(graph, name, vertex, coefficients, training, conf, dataType);
    }

    /**
     * Returns λ_w Σ r_w at the present weights. Once gradients were added in a step it is the sum that belongs to them;
     * while the term is divided it is scaled to a mean over the part's examples like the rest of the score.
     */
    @Override
    public double calcRegularizationScore(boolean backpropParametersOnly) {
        Share mine = share();
        if (!Double.isNaN(shared)) {
            return vertex.strength() * shared * mine.batchRatio();
        }
        int[] tieOwners = owners(mine.parts());
        double sum = 0;
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            for (int tie = 0; tie < tieOwners.length; tie++) {
                sum += tieOwners[tie] == mine.part() ? value(tie) : 0;
            }
        }
        return vertex.strength() * sum * mine.batchRatio();
    }

    @Override
    public void clear() {
        super.clear();
        shared = Double.NaN; // the weights are about to change
    }

    private Share share() {
        return share == null ? Share.WHOLE : share;
    }

    @Override
    public void divide(Share share) {
        this.share = share;
        this.shared = Double.NaN;
    }

    @Override
    public void undivide() {
        this.share = null;
        this.shared = Double.NaN;
    }

    /**
     * Returns by tie the part that computes it: the largest first, each goes to the part with the fewest weights so
     * far.
     */
    private int[] owners(int parts) {
        if (owners == null || ownersParts != parts) {
            int ties = vertex.ties().size();
            long[] weights = new long[ties];
            for (int tie = 0; tie < ties; tie++) {
                Layer first = layer(vertex.ties().get(tie).first());
                weights[tie] = keysOf(tie).stream()
                        .mapToLong(key -> first.getParam(key).length())
                        .sum();
            }
            owners = owners(weights, parts);
            ownersParts = parts;
        }
        return owners;
    }

    private static int[] owners(long[] weights, int parts) {
        long[] loads = new long[parts];
        int[] owners = new int[weights.length];
        IntStream.range(0, weights.length)
                .boxed()
                .sorted(Comparator.comparingLong(tie -> -weights[tie]))
                .forEach(tie -> {
                    int least = 0;
                    for (int part = 1; part < parts; part++) {
                        least = loads[part] < loads[least] ? part : least;
                    }
                    owners[tie] = least;
                    loads[least] += weights[tie];
                });
        return owners;
    }

    @Override
    public List<State> states() {
        List<State> states = new ArrayList<>();
        List<String> names = vertex.relatedness().coefficientNames();
        for (int tie = 0; tie < vertex.ties().size(); tie++) {
            double[] scalars = coefficientsOf(tie);
            Map<String, Double> byName = new LinkedHashMap<>();
            for (int i = 0; i < scalars.length; i++) {
                byName.put(names.get(i), scalars[i]);
            }
            WeightTie layers = vertex.ties().get(tie);
            states.add(new State(layers.layers(), value(tie), byName));
        }
        return states;
    }

    /** Returns r_w of one tie at the present weights, without its strength. */
    private double value(int tie) {
        double sum = 0;
        double[] scalars = coefficientsOf(tie);
        List<Layer> layers = layers(tie);
        for (String key : keysOf(tie)) {
            List<INDArray> thetas = thetas(layers, key);
            sum += naming(tie, () -> vertex.relatedness().value(thetas, scalars));
        }
        return sum;
    }

    /** Returns the learned coefficients of one tie. */
    private double[] coefficientsOf(int tie) {
        int each = vertex.relatedness().coefficientNames().size();
        return each == 0
                ? new double[0]
                : coefficients
                        .get(NDArrayIndex.all(), NDArrayIndex.interval((long) tie * each, (long) (tie + 1) * each))
                        .dup()
                        .reshape(each)
                        .toDoubleVector();
    }

    @Override
    public double addToGradients(long examples) {
        addGradients(Share.WHOLE, examples);
        double term = vertex.strength() * shared;
        shared = Double.NaN;
        return term;
    }

    /** Adds the term's gradient to the tied layers' gradients and returns that of the coefficients. */
    Gradient addGradients() {
        checkOrder();
        Share mine = share();
        return addGradients(mine, graph.batchSize() * mine.batchRatio());
    }

    private Gradient addGradients(Share mine, double examples) {
        // the updater divides the gradients of layers by the batch size, and this term does not depend on it
        double scale = vertex.strength() * (graph.conf().isMiniBatch() ? examples : 1);
        int[] tieOwners = owners(mine.parts());
        shared = 0;
        try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            for (int tie = 0; tie < vertex.ties().size(); tie++) {
                if (tieOwners[tie] == mine.part()) {
                    shared += addGradients(tie, scale, vertex.strength() * mine.parts());
                } else {
                    setCoefficientGradients(
                            tie,
                            new double[vertex.relatedness().coefficientNames().size()]);
                }
            }
        }
        Gradient gradient = new DefaultGradient();
        if (coefficientGradients != null) {
            gradient.setGradientFor(WeightRelatednessVertex.COEFFICIENTS, coefficientGradients);
        }
        return gradient;
    }

    /**
     * Adds the gradients of one tie.
     *
     * @param scale of the gradients of weights
     * @param coefficientScale of those of coefficients, which are no sums over examples, see
     *     {@link #updaterDivideByMinibatch}
     * @return r_w
     */
    private double addGradients(int tie, double scale, double coefficientScale) {
        double[] scalars = coefficientsOf(tie);
        double[] scalarGradients = new double[scalars.length];
        List<Layer> layers = layers(tie);
        double sum = 0;
        for (String key : keysOf(tie)) {
            List<INDArray> thetas = thetas(layers, key);
            List<@Nullable INDArray> gradients = new ArrayList<>();
            for (Layer layer : layers) {
                gradients.add(gradientViews(layer).get(key));
            }
            sum += naming(tie, () -> addGradients(thetas, scalars, scale, gradients, scalarGradients));
        }
        for (int i = 0; i < scalarGradients.length; i++) {
            scalarGradients[i] = scale == 0 ? 0 : coefficientScale * (scalarGradients[i] / scale);
        }
        setCoefficientGradients(tie, scalarGradients);
        return sum;
    }

    private double addGradients(
            List<INDArray> thetas,
            double[] scalars,
            double scale,
            List<@Nullable INDArray> gradients,
            double[] scalarGradients) {
        if (l2 && WeightDifferences.supports(thetas, gradients)) {
            return WeightDifferences.addGradients(thetas, scale, gradients);
        }
        return vertex.relatedness().addGradients(thetas, scalars, scale, gradients, scalarGradients);
    }

    private List<Layer> layers(int tie) {
        return vertex.ties().get(tie).layers().stream().map(this::layer).toList();
    }

    private static List<INDArray> thetas(List<Layer> layers, String key) {
        return layers.stream().map(layer -> layer.getParam(key)).toList();
    }

    private void setCoefficientGradients(int tie, double[] gradients) {
        for (int i = 0; i < gradients.length; i++) {
            coefficientGradients.putScalar(0, (long) tie * gradients.length + i, gradients[i]);
        }
    }

    /** Runs a computation, naming the layers in its error. */
    private <T> T naming(int tie, Supplier<T> computation) {
        try {
            return computation.get();
        } catch (RelatednessOverflowException e) {
            throw new RelatednessOverflowException(
                    "Weight relatedness of layers '%s'"
                            .formatted(String.join(
                                    "' and '", vertex.ties().get(tie).layers())),
                    e);
        }
    }

    /** Returns views of the layer's gradient buffer by parameter; none for a frozen layer, which keeps its weights. */
    private Map<String, INDArray> gradientViews(Layer layer) {
        if (layer instanceof FrozenLayer || layer instanceof FrozenLayerWithBackprop) {
            return Map.of();
        }
        INDArray all = layer.getGradientsViewArray();
        Views views = gradientViews.get(layer);
        if (views == null || views.all != all) {
            NeuralNetConfiguration conf = layer.conf();
            views = new Views(all, conf.getLayer().initializer().getGradientsFromFlattened(conf, all));
            gradientViews.put(layer, views);
        }
        return views.byParameter;
    }

    /** Holds a layer's gradient buffer, and views of it by parameter. */
    private record Views(INDArray all, Map<String, INDArray> byParameter) {}

    /** Returns the names of the weights in the layers of a tie. */
    private List<String> keysOf(int tie) {
        if (keys == null) {
            List<List<String>> checked = new ArrayList<>();
            for (WeightTie layers : vertex.ties()) {
                checked.add(weightKeys(layers));
            }
            keys = checked;
        }
        return keys.get(tie);
    }

    private List<String> weightKeys(WeightTie names) {
        Layer first = layer(names.first());
        List<String> keys = weightKeys(first);
        if (keys.isEmpty()) {
            throw new IllegalStateException(
                    "Weight relatedness '%s': layer '%s' has no weights".formatted(name, names.first()));
        }
        for (String key : keys) {
            INDArray theta1 = first.getParam(key);
            for (String other : names.layers().subList(1, names.layers().size())) {
                INDArray theta2 =
                        weightKeys(layer(other)).contains(key) ? layer(other).getParam(key) : null;
                if (theta2 == null || !theta1.equalShapes(theta2)) {
                    throw new IllegalStateException(
                            "Weight relatedness '%s': weights '%s' of layer '%s' have shape %s, those of '%s' %s"
                                    .formatted(
                                            name,
                                            key,
                                            names.first(),
                                            Arrays.toString(theta1.shape()),
                                            other,
                                            theta2 == null ? "do not exist" : Arrays.toString(theta2.shape())));
                }
            }
        }
        return keys;
    }

    private static List<String> weightKeys(Layer layer) {
        Layer real = layer instanceof FrozenLayer frozen ? frozen.getInsideLayer() : layer;
        return real.conf().getLayer().initializer().weightKeys(real.conf().getLayer());
    }

    private Layer layer(String vertexName) {
        Layer layer = graph.getLayer(vertexName);
        if (layer == null) {
            throw new IllegalStateException(
                    "Weight relatedness '%s': the graph has no layer '%s'".formatted(name, vertexName));
        }
        return layer;
    }

    /** Checks that the vertex precedes all tied layers, as backpropagation runs in reverse topological order. */
    private void checkOrder() {
        if (orderChecked) {
            return;
        }
        int[] order = graph.topologicalSortOrder();
        int mine = position(order, name);
        for (WeightTie tie : vertex.ties()) {
            for (String other : tie.layers()) {
                layer(other);
                if (position(order, other) < mine) {
                    throw new IllegalStateException(
                            ("Weight relatedness '%s' comes after layer '%s', so its gradient would be lost;"
                                            + " put it right behind the"
                                            + " network's input and the tied layers behind it")
                                    .formatted(name, other));
                }
            }
        }
        orderChecked = true;
    }

    private int position(int[] order, String vertexName) {
        int index = graph.getVertex(vertexName).getVertexIndex();
        for (int i = 0; i < order.length; i++) {
            if (order[i] == index) {
                return i;
            }
        }
        throw new IllegalStateException("vertex '%s' is not in the topological order".formatted(vertexName));
    }

    /**
     * Copies the input in training: layers may change in place what a vertex gives them, as dropout does, and the data
     * are the user's.
     */
    @Override
    public INDArray activate(boolean isTraining, LayerWorkspaceMgr workspaces) {
        return isTraining
                ? workspaces.dup(ArrayType.ACTIVATIONS, input)
                : workspaces.leverageTo(ArrayType.ACTIVATIONS, input);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        throw new UnsupportedOperationException("the vertex computes this layer's gradient");
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public void clearNoiseWeightParams() {}

    @Override
    public boolean updaterDivideByMinibatch(String parameter) {
        return false;
    }

    @Override
    public TrainingConfig getConfig() {
        return training;
    }

    @Override
    public INDArray params() {
        return coefficients;
    }

    @Override
    public long numParams() {
        return coefficients == null ? 0 : coefficients.length();
    }

    @Override
    public @Nullable INDArray getParam(String parameter) {
        return paramTable().get(parameter);
    }

    @Override
    public Map<String, INDArray> paramTable(boolean backpropParametersOnly) {
        Map<String, INDArray> table = new LinkedHashMap<>();
        if (coefficients != null) {
            table.put(WeightRelatednessVertex.COEFFICIENTS, coefficients);
        }
        return table;
    }

    @Override
    public void setBackpropGradientsViewArray(INDArray view) {
        coefficientGradients = view == null ? null : view.reshape('c', 1, view.length());
    }

    @Override
    public INDArray getGradientsViewArray() {
        return coefficientGradients;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
