package org.mtl4j.dl4j.join;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.join.GraphJoiner.SharedInput;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.relatedness.GroupRelatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Joins networks that were trained apart into one graph, with cross-stitch units between them and their weights
 * related.
 *
 * <pre>{@code
 * StitchedGraph joined = StitchedGraph.builder()
 *     .network("landmarks", landmarkGraph)     // a ComputationGraph
 *     .network("attributes", attributeNetwork) // a MultiLayerNetwork
 *     .sharedInput("image", InputType.convolutional(40, 40, 1))
 *     .stitch(CrossStitchUnit.perChannel(1.0), "pool1", "maxpool_1")
 *     .stitch(CrossStitchUnit.perLayer(0.9), "fc")
 *     .relate(WeightRelatednessRegularizer.over("conv1").withStrength(1e-3))
 *     .build();
 * joined.graph().fit(batches);
 * ComputationGraph alone = joined.tower("landmarks");
 * }</pre>
 *
 * <p><b>What it is.</b> {@link #graph()} is a plain {@link ComputationGraph}: the layers, preprocessors and other
 * vertices of the networks with the same configuration and weights, called {@code network/vertex}, one vertex
 * {@code network/layer:stitch} for each layer that is stitched, which everything reads that read the layer, and
 * {@code relatedness} behind the first input. Its outputs are those of the networks, network by network, called
 * {@code network/output}. The networks that went in are copied and stay as they are.
 *
 * <p><b>Equal outputs.</b> Where all units start at the identity, outputs in prediction are exactly those of the
 * networks, and the first training step moves each network's own weights as if it were alone, to rounding.
 *
 * <p><b>Training starts anew.</b> A graph has one count of iterations and epochs, and networks may come with different
 * ones: so the joined graph begins at 0 with fresh updater state, and schedules of learning rates begin again.
 * Updaters, weight decay, dropout, constraints and whatever else belongs to a layer stay with it, frozen layers stay
 * frozen. What a graph has once for all layers must agree (data type, truncated backpropagation, {@code miniBatch},
 * optimisation algorithm); seed, workspace and cache modes are those of the first network.
 *
 * <p><b>Layers</b> of a {@code MultiLayerNetwork} are called as they are named, {@code layer0}, {@code layer1} and so
 * on where they are not, and its input is {@code input}.
 *
 * <p><b>From Keras.</b> Networks that were imported with channels last have inputs of
 * {@code InputType.convolutional(height, width, channels, CNN2DFormat.NHWC)}. The dropout that keeps everything, which
 * the import gives all layers, is left out: Deeplearning4j 1.0.0-M2.1 cannot train such convolutions with it.
 */
public final class StitchedGraph {
    private final ComputationGraph graph;
    private final List<String> networks;

    private StitchedGraph(ComputationGraph graph, List<String> networks) {
        this.graph = graph;
        this.networks = ImmutableList.copyOf(networks);
    }

    /** Starts with no networks. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Takes a graph that was joined before, such as one that {@code ModelSerializer} has read.
     *
     * @param graph one that {@link Builder#build} made, or another one whose outputs are called {@code network/output};
     *     not copied
     * @throws IllegalArgumentException if it has no outputs of at least two networks
     */
    public static StitchedGraph of(ComputationGraph graph) {
        List<String> outputs = graph.getConfiguration().getNetworkOutputs();
        List<String> networks = outputs.stream()
                .filter(output -> output.contains(VertexNames.SEPARATOR))
                .map(output -> output.split(VertexNames.SEPARATOR, 2)[0])
                .distinct()
                .toList();
        if (networks.size() < 2) {
            throw new IllegalArgumentException(
                    "not a stitched graph: outputs of at least 2 networks are called network/output, got " + outputs);
        }
        return new StitchedGraph(graph, networks);
    }

    /** {@return the graph itself} Training or changing it changes this one. */
    public ComputationGraph graph() {
        return graph;
    }

    /** {@return the names of the networks, in the order of their outputs} */
    public List<String> networks() {
        return networks;
    }

    /**
     * Takes one network out as a plain graph again: a copy of its configuration and of its present weights, with its
     * own names of layers and outputs, without units and without the relatedness to others. Its inputs have their own
     * names too, or that of the shared input.
     *
     * <p>Where units are at the identity, its outputs are exactly those of the stitched graph; elsewhere they are not,
     * because what it got from the others is gone. Train it on then. It starts with fresh updater state.
     *
     * @throws IllegalArgumentException if there is no network of this name
     */
    public ComputationGraph tower(String network) {
        if (!networks.contains(network)) {
            throw new IllegalArgumentException("there is no network '%s'; there are %s".formatted(network, networks));
        }
        return new TowerExtractor(graph, network).tower();
    }

    /** Collects what is to be joined; places are checked in {@link #build}. */
    public static final class Builder {
        private final Map<String, SourceNetwork> sources = new LinkedHashMap<>();
        private final Map<String, SharedInput> shared = new LinkedHashMap<>();
        private final List<CrossStitchUnit> units = new ArrayList<>();
        private final List<List<String>> places = new ArrayList<>();
        private @Nullable WeightRelatednessRegularizer regularizer;
        private @Nullable RelatednessTerm term;
        private @Nullable IUpdater updater;

        private Builder() {}

        /**
         * Adds a network.
         *
         * @param name what its vertices' names begin with; not blank, no {@code /}
         * @param network with weights; not changed
         * @param inputTypes of its inputs, in their order. Can be left out where the input is shared, or where the
         *     first layer tells (dense, recurrent, images that are given as vectors); first convolutions do not tell
         *     height and width
         * @throws IllegalArgumentException if the name is taken or not allowed, the network has no weights, or the
         *     number of types is not that of its inputs
         */
        public Builder network(String name, ComputationGraph network, InputType... inputTypes) {
            return add(name, SourceNetwork.of(name, network, inputTypes));
        }

        /**
         * Adds a network; see {@link #network(String, ComputationGraph, InputType...)}.
         *
         * @param inputType of its input, or nothing
         */
        public Builder network(String name, MultiLayerNetwork network, InputType... inputType) {
            return add(name, SourceNetwork.of(name, network, inputType));
        }

        private Builder add(String name, SourceNetwork source) {
            if (sources.putIfAbsent(name, source) != null) {
                throw new IllegalArgumentException("there are two networks called '%s'".formatted(name));
            }
            return this;
        }

        /**
         * Has networks read one input of the graph. Without this each network keeps inputs of its own, called
         * {@code network/input}, even where shapes agree: nobody but the caller knows whether they are fed the same.
         *
         * @param name what the input is called in the graph; not blank, no {@code /}
         * @param type its type
         * @param networks who reads it, {@code network/input} for those of several inputs; all if none is named
         */
        public Builder sharedInput(String name, InputType type, String... networks) {
            Objects.requireNonNull(type, "type");
            if (shared.putIfAbsent(name, new SharedInput(type, ImmutableList.copyOf(networks))) != null) {
                throw new IllegalArgumentException("there are two shared inputs called '%s'".formatted(name));
            }
            return this;
        }

        /**
         * Puts a unit behind layers of the networks. What read a layer reads the mixture afterwards.
         *
         * @param unit one that starts at the identity, {@code CrossStitchUnit.perChannel(1.0)}, leaves all outputs as
         *     they are, one at 0.9 shares from the start. {@code between(...)} names the networks that it joins, all
         *     otherwise
         * @param layers one layer or other vertex of each network that the unit joins, in the order of networks; or one
         *     name that all of them have. No outputs and no inputs
         */
        public Builder stitch(CrossStitchUnit unit, String... layers) {
            units.add(Objects.requireNonNull(unit, "unit"));
            places.add(ImmutableList.copyOf(layers));
            return this;
        }

        /**
         * Relates the weights of layers that have one name in the networks. A later call replaces an earlier one.
         *
         * @param term its pairs are those of networks
         */
        public Builder relate(WeightRelatednessRegularizer term) {
            regularizer = Objects.requireNonNull(term, "term");
            this.term = null;
            return this;
        }

        /**
         * Relates the weights of layers of any names. A later call replaces an earlier one.
         *
         * @param relatedness r_w
         * @param strength λ_w, finite and at least 0
         * @param ties layers, each called {@code network/layer}
         */
        public Builder relate(GroupRelatedness relatedness, double strength, WeightTie... ties) {
            term = new RelatednessTerm(
                    ImmutableList.copyOf(ties), Objects.requireNonNull(relatedness, "relatedness"), strength, 1);
            regularizer = null;
            return this;
        }

        /**
         * Sets the updater of α and of learned coefficients of relatedness. Unless told otherwise each network's row of
         * α has that of its first layer that learns, and coefficients have the first network's.
         */
        public Builder updater(IUpdater updater) {
            this.updater = updater.clone();
            return this;
        }

        /**
         * Joins the networks.
         *
         * @throws IllegalArgumentException if there are fewer than two networks, settings that a graph has once differ
         *     between them, a layer that is named does not exist, layers that are stitched differ in shape (the message
         *     then lists what could be stitched with what), units wait for each other, or related weights differ in
         *     shape
         */
        public StitchedGraph build() {
            GraphJoiner joining = new GraphJoiner(sources, shared, updater);
            List<StitchPlace> resolved = new ArrayList<>();
            for (int i = 0; i < units.size(); i++) {
                resolved.add(StitchPlace.of(units.get(i), places.get(i), sources));
            }
            RelatednessTerm related = regularizer == null
                    ? term
                    : new RelatednessTerm(
                            joining.ties(regularizer),
                            regularizer.relatedness(),
                            regularizer.strength(),
                            regularizer.learningRateFactor());
            if (related != null) {
                joining.requireLayers(related.ties());
            }
            return new StitchedGraph(joining.join(resolved, related), List.copyOf(sources.keySet()));
        }
    }
}
