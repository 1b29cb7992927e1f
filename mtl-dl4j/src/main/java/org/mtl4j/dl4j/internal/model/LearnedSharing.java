package org.mtl4j.dl4j.internal.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.internal.layer.RelatednessPenalty;
import org.mtl4j.network.LayerMix;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SharedGraph;
import org.mtl4j.network.SharedNode;
import org.mtl4j.network.Stitch;
import org.mtl4j.network.Tower;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.Granularity;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitParameter;
import org.mtl4j.train.history.AlphaState;
import org.mtl4j.train.history.RelatednessState;
import org.mtl4j.train.history.UnitState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Reads out of a graph what it has learned about sharing: the α of its units, and the terms of weight relatedness. */
public final class LearnedSharing {
    private static final String BETA = "beta";

    private final MultiTaskNetwork network;
    private final ComputationGraph graph;

    private LearnedSharing(MultiTaskNetwork network, ComputationGraph graph) {
        this.network = network;
        this.graph = graph;
    }

    /** {@return what is read from this model, each time as it is then} */
    public static LearnedSharing of(ModelState model) {
        return new LearnedSharing(model.network(), model.graph());
    }

    /**
     * {@return α by place, copies: {@code [to, from]}, or {@code [to, from, channel]} for units with an α per channel}
     */
    public Map<String, INDArray> alphas() {
        Map<String, INDArray> alphas = new LinkedHashMap<>();
        for (Stitch stitch : network.stitches()) {
            if (!(stitch.unit() instanceof CrossStitchUnit unit)) {
                continue;
            }
            int towers = stitch.towers().size();
            INDArray[] rows = stitch.towers().stream()
                    .map(tower -> graph.getVertex(VertexNames.stitch(tower, stitch.place()))
                            .params())
                    .toArray(INDArray[]::new);
            INDArray all = Nd4j.concat(0, rows);
            alphas.put(
                    stitch.place(),
                    unit.granularity() == Granularity.PER_LAYER
                            ? all
                            : all.reshape('c', towers, towers, all.size(1) / towers));
        }
        return alphas;
    }

    /** {@return mean, least and largest over the channels of each entry of {@link #alphas()}} */
    public List<AlphaState> alphaStates() {
        Map<String, INDArray> alphas = alphas();
        List<AlphaState> states = new ArrayList<>();
        for (Stitch stitch : network.stitches()) {
            INDArray alpha = alphas.get(stitch.place());
            if (alpha == null) {
                continue;
            }
            List<String> towers = stitch.towers();
            for (int to = 0; to < towers.size(); to++) {
                for (int from = 0; from < towers.size(); from++) {
                    INDArray channels = alpha.get(NDArrayIndex.point(to), NDArrayIndex.point(from));
                    states.add(new AlphaState(
                            stitch.place(),
                            towers.get(to),
                            towers.get(from),
                            channels.meanNumber().doubleValue(),
                            channels.minNumber().doubleValue(),
                            channels.maxNumber().doubleValue()));
                }
            }
        }
        return states;
    }

    /**
     * {@return what units other than cross-stitch units say of themselves, place by place, and before them how experts
     * share, or what branches choose}
     */
    public List<UnitState> unitStates() {
        List<UnitState> states = new ArrayList<>(partStates());
        for (Stitch stitch : network.stitches()) {
            if (!(stitch.unit() instanceof CrossStitchUnit)) {
                states.addAll(states(stitch));
            }
        }
        states.addAll(layerMixStates());
        return states;
    }

    private List<UnitState> layerMixStates() {
        List<UnitState> states = new ArrayList<>();
        network.layerMix().ifPresent(mix -> {
            for (Tower tower : network.towers()) {
                INDArray beta = beta(tower);
                for (int l = 0; l < mix.layers().size(); l++) {
                    double value = beta.getDouble(l);
                    states.add(new UnitState(
                            LayerMix.PLACE, BETA, tower.name(), mix.layers().get(l), value, value, value));
                }
            }
        });
        return states;
    }

    private INDArray beta(Tower tower) {
        return graph.getVertex(VertexNames.stitch(tower.name(), LayerMix.PLACE)).params();
    }

    /** {@return what all units say of themselves, place by place} */
    public List<UnitState> sharing() {
        List<UnitState> states = new ArrayList<>(partStates());
        network.stitches().forEach(stitch -> states.addAll(states(stitch)));
        states.addAll(layerMixStates());
        return states;
    }

    /**
     * {@return for each gate the mean weight of each expert over the latest steps of training, and for each choice of
     * branches the softmax of its logits}
     */
    private List<UnitState> partStates() {
        List<UnitState> states = new ArrayList<>();
        network.sharedGraph().ifPresent(part -> {
            for (SharedNode node : part.nodes()) {
                if (node instanceof SharedNode.Mix mix) {
                    String level = node.name().substring(0, node.name().indexOf('/') + 1);
                    String gate = level + (node.owner().isEmpty() ? "shared" : node.owner());
                    addStates(part, node, gate, "share", expertNames(part, mix), states);
                } else if (node instanceof SharedNode.Choice choice) {
                    addStates(part, node, node.name(), "probability", choice.inputs(), states);
                }
            }
        });
        return states;
    }

    private static List<String> expertNames(SharedGraph part, SharedNode.Mix mix) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < mix.banks().size(); i++) {
            String bank = mix.banks().get(i);
            String owner = part.nodes().stream()
                    .filter(node -> node.name().equals(bank))
                    .map(SharedNode::owner)
                    .findFirst()
                    .orElseThrow();
            for (int e = 1; e <= mix.experts().get(i); e++) {
                names.add((owner.isEmpty() ? "shared " : owner + "'s ") + e);
            }
        }
        return names;
    }

    private void addStates(
            SharedGraph part,
            SharedNode node,
            String place,
            String quantity,
            List<String> names,
            List<UnitState> states) {
        INDArray parameters = graph.getVertex(VertexNames.in(VertexNames.ofPart(part.name()), node.name()))
                .params()
                .dup();
        double[] values = parameters.data().asDouble();
        if (node instanceof SharedNode.Choice) {
            double sum = Arrays.stream(values).map(Math::exp).sum();
            values = Arrays.stream(values).map(logit -> Math.exp(logit) / sum).toArray();
        }
        for (int i = 0; i < names.size(); i++) {
            states.add(new UnitState(
                    part.name() + "/" + place, quantity, node.owner(), names.get(i), values[i], values[i], values[i]));
        }
    }

    private List<UnitState> states(Stitch stitch) {
        return stitch.unit().readings(stitch.towers(), arrays(stitch)).stream()
                .map(reading -> UnitState.of(stitch.place(), reading))
                .toList();
    }

    /**
     * {@return the parameters of a unit, copies: {@code name} of those that all outputs depend on, {@code tower/name}
     * of those of one tower's}
     *
     * @throws IllegalArgumentException if there is no unit at the place
     */
    public Map<String, INDArray> unitParameters(String place) {
        if (network.layerMix().isPresent() && place.equals(LayerMix.PLACE)) {
            Map<String, INDArray> beta = new LinkedHashMap<>();
            network.towers()
                    .forEach(tower -> beta.put(
                            VertexNames.in(tower.name(), BETA), beta(tower).dup('c')));
            return beta;
        }
        Stitch stitch = network.stitches().stream()
                .filter(each -> each.place().equals(place))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no unit at '%s'; there are units at %s"
                        .formatted(
                                place,
                                network.stitches().stream().map(Stitch::place).toList())));
        Map<String, INDArray> parameters = new LinkedHashMap<>();
        for (UnitArrays.Named each : arrays(stitch).all()) {
            String name = each.output() == UnitParameter.ALL_OUTPUTS
                    ? each.name()
                    : VertexNames.in(stitch.towers().get(each.output()), each.name());
            parameters.put(name, each.array().dup('c'));
        }
        return parameters;
    }

    private UnitArrays arrays(Stitch stitch) {
        UnitArrays arrays = UnitArrays.none();
        for (UnitParameter parameter : stitch.unitParameters()) {
            String vertex = parameter.output() == UnitParameter.ALL_OUTPUTS
                    ? VertexNames.unit(stitch.place())
                    : VertexNames.stitch(stitch.towers().get(parameter.output()), stitch.place());
            INDArray array = graph.getVertex(vertex).paramTable(false).get(parameter.name());
            arrays = arrays.with(parameter.name(), parameter.output(), array);
        }
        return arrays;
    }

    /**
     * {@return the terms of weight relatedness, layer by layer and in each by pairs or groups of towers; none without a
     * regularizer}
     */
    public List<RelatednessState> relatedness() {
        return network.regularizer()
                .map(term ->
                        RelatednessPenalty.of(graph, VertexNames.RELATEDNESS).states())
                .map(values -> {
                    List<RelatednessState> states = new ArrayList<>();
                    int tie = 0;
                    for (String layer : network.regularizer().orElseThrow().layers()) {
                        for (List<String> towers : network.regularizedGroups()) {
                            RelatednessPenalty.State value = values.get(tie++);
                            states.add(new RelatednessState(layer, towers, value.value(), value.coefficients()));
                        }
                    }
                    return states;
                })
                .orElse(List.of());
    }
}
