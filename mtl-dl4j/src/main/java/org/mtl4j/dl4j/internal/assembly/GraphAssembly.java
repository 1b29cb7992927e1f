package org.mtl4j.dl4j.internal.assembly;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.weights.WeightInit;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.PlainActivation;
import org.mtl4j.dl4j.internal.graph.InputTypes;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.layer.DeeplearningEmbedding;
import org.mtl4j.dl4j.layer.MemoryLayout;
import org.mtl4j.dl4j.layer.SubspaceOrthogonality;
import org.mtl4j.dl4j.layer.TaskOutputLayer;
import org.mtl4j.dl4j.vertex.CrossStitchVertex;
import org.mtl4j.dl4j.vertex.JoinVertex;
import org.mtl4j.dl4j.vertex.SharingUnitVertex;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.LayerType;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Input;
import org.mtl4j.network.Joint;
import org.mtl4j.network.LayerMix;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.PlacedLayer;
import org.mtl4j.network.SharedGraph;
import org.mtl4j.network.SplitHead;
import org.mtl4j.network.Stitch;
import org.mtl4j.network.Tower;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.regularization.L2Regularization;

/** Turns a description into the configuration of a graph, whose vertices {@link VertexNames} names. */
public final class GraphAssembly {
    private final MultiTaskNetwork network;
    private final TrainingPlan plan;
    private final LayerFusion fusion;
    private final ComputationGraphConfiguration.GraphBuilder graph;
    /** The vertex behind each layer that is mixed before the heads, behind a unit if there is one there. */
    private final Map<String, String> behindMixed = new HashMap<>();

    /** Terms between subspaces, by the vertex of the layer that makes these. */
    private final Map<String, SubspaceOrthogonality> subspaceTerms = new HashMap<>();

    /** The vertex that a tower's next layer reads, by tower. */
    private final Map<String, String> ends = new HashMap<>();

    /** The vertex that is read as an input, by input: the input, the regularizer behind it, its last layer. */
    private final Map<String, String> inputEnds = new HashMap<>();
    /** The vertex that joined inputs are, or what the trunk ends in, by the names of the inputs. */
    private final Map<List<String>, String> starts = new HashMap<>();
    /** How many codes Deeplearning4j's embeddings have rows for, by vertex. */
    private final Map<String, Long> vocabularies = new HashMap<>();
    /** Vertices at the inputs that need no gradient. */
    private final Set<String> noGradient = new HashSet<>();

    private GraphAssembly(MultiTaskNetwork network, TrainingPlan plan, LayerFusion fusion) {
        this.network = network;
        this.plan = plan;
        this.fusion = fusion;
        network.inputs().forEach(input -> CodeRange.require(input.name(), input.shape(), plan.dataType()));
        NeuralNetConfiguration.Builder settings = new NeuralNetConfiguration.Builder()
                .seed(plan.seed())
                .updater(plan.updater().clone())
                .weightInit(weightInit(network.initializer()))
                .dataType(plan.dataType());
        if (plan.l2() > 0) {
            settings.l2(plan.l2());
        }
        plan.maxGradientNorm().ifPresent(norm -> settings.gradientNormalization(GradientNormalization.ClipL2PerLayer)
                .gradientNormalizationThreshold(norm));
        List<Input> inputs = network.inputs();
        graph = settings.graphBuilder()
                .addInputs(inputs.stream().map(Input::name).toList())
                .setInputTypes(inputs.stream()
                        .map(input -> InputTypes.typeOf(input.shape()))
                        .toArray(InputType[]::new));
        for (Input input : inputs) {
            inputEnds.put(input.name(), input.name());
        }
        if (network.regularizer().isPresent()) {
            inputEnds.put(inputs.get(0).name(), VertexNames.RELATEDNESS);
        }
        for (Input input : inputs) {
            if (everyReaderLeavesOutItsGradient(input)) {
                noGradient.add(inputEnds.get(input.name()));
            }
        }
    }

    /** {@return the configuration of a network that is trained by this plan} */
    public static ComputationGraphConfiguration configure(MultiTaskNetwork network, TrainingPlan plan) {
        return new GraphAssembly(network, plan, LayerFusion.ALL).build();
    }

    /**
     * {@return the same as it was for files of format 1} Deeplearning4j derives the order of parameters from all
     * vertices, and there were more: poolings that are done by the convolution before them now.
     */
    public static ComputationGraphConfiguration configureAsInFormatOne(MultiTaskNetwork network, TrainingPlan plan) {
        return new GraphAssembly(network, plan, LayerFusion.OF_FORMAT_ONE).build();
    }

    private ComputationGraphConfiguration build() {
        findSubspaceTerms();
        network.regularizer().ifPresent(this::addRegularizer);
        for (Input input : network.inputs()) {
            String end = addLayers(
                    VertexNames.ofInput(input.name()), input.layers(), input.shape(), inputEnds.get(input.name()));
            inputEnds.put(input.name(), end);
        }
        Map<String, Integer> next = new HashMap<>();
        for (Tower tower : network.towers()) {
            ends.put(tower.name(), starts.computeIfAbsent(network.inputsOf(tower.name()), this::addStart));
            next.put(tower.name(), 0);
        }
        network.sharedGraph().ifPresent(this::addShared);
        for (Joint joint : network.joints()) {
            if (joint instanceof Stitch stitch) {
                for (String tower : stitch.towers()) {
                    addLayersUpTo(network.tower(tower), stitch.after().get(tower), next);
                }
                addStitch(stitch);
            }
        }
        for (Tower tower : network.towers()) {
            addLayersUpTo(tower, null, next);
            network.layerMix().ifPresent(mix -> addLayerMix(tower, mix));
            tower.head().branches().forEach(branch -> addBranch(tower.name(), branch));
        }
        graph.setOutputs(network.tasks().stream().map(Task::name).toArray(String[]::new));
        ComputationGraphConfiguration built = graph.build();
        vocabularies.forEach((vertex, codes) -> DeeplearningEmbedding.restore(
                ((LayerVertex) built.getVertices().get(vertex)).getLayerConf().getLayer(), codes));
        MemoryLayout.prepare(built);
        return built;
    }

    /** Adds what joins inputs, and the trunk behind it, and returns the name of its end. */
    private String addStart(List<String> inputs) {
        String end = inputEnds.get(inputs.get(0));
        if (inputs.size() > 1) {
            end = VertexNames.joined(inputs);
            graph.addVertex(
                    end, new JoinVertex(), inputs.stream().map(inputEnds::get).toArray(String[]::new));
        }
        if (network.trunk().isEmpty()) {
            return end;
        }
        Shape shape = network.shapeOfInputs(network.towers().get(0).name()); // all towers read the same
        return addLayers(VertexNames.TRUNK, network.trunk(), shape, end);
    }

    /** Adds experts and the like, and lets the towers begin with what these give them. */
    private void addShared(SharedGraph shared) {
        SharedAssembly assembly = new SharedAssembly(
                shared, plan, graph, ends.get(network.towers().get(0).name()), this::addLayers);
        network.towers().forEach(tower -> ends.put(tower.name(), assembly.vertexOf(shared.endOf(tower.name()))));
    }

    private void addRegularizer(WeightRelatednessRegularizer term) {
        List<WeightTie> ties = new ArrayList<>();
        for (String layer : term.layers()) {
            for (List<String> towers : network.regularizedGroups()) {
                ties.add(new WeightTie(towers.stream()
                        .map(tower -> VertexNames.in(tower, layer))
                        .toList()));
            }
        }
        graph.addVertex(
                VertexNames.RELATEDNESS,
                new WeightRelatednessVertex(
                        ties,
                        term.relatedness(),
                        term.strength(),
                        plan.updaterOf(ParameterGroup.COEFFICIENTS).clone(),
                        term.learningRateFactor()),
                network.inputs().get(0).name());
    }

    private void addLayersUpTo(Tower tower, String last, Map<String, Integer> next) {
        int from = next.get(tower.name());
        int to = from;
        while (to < tower.layers().size()) {
            String layer = tower.layers().get(to++).name();
            if (mixedLayers()
                    .contains(layer)) { // which is read by the mix too, so no other layer computes it in passing
                from = addLayers(tower, from, to);
                behindMixed.put(VertexNames.in(tower.name(), layer), ends.get(tower.name()));
            }
            if (layer.equals(last)) {
                break;
            }
        }
        next.put(tower.name(), addLayers(tower, from, to));
    }

    /** Adds layers of a tower at its end, if there are any, and returns the number of the next. */
    private int addLayers(Tower tower, int from, int to) {
        if (from < to) {
            String end = addLayers(
                    tower.name(), tower.layers().subList(from, to), shapeBefore(tower, from), ends.get(tower.name()));
            ends.put(tower.name(), end);
        }
        return to;
    }

    private List<String> mixedLayers() {
        return network.layerMix().map(LayerMix::layers).orElse(List.of());
    }

    /**
     * Has the head of a tower read a mix of its layers: one row of a cross-stitch unit, whose towers are the layers.
     */
    private void addLayerMix(Tower tower, LayerMix mix) {
        double[] beta =
                mix.initialValues().stream().mapToDouble(Double::doubleValue).toArray();
        double[][] rows = new double[beta.length][];
        Arrays.fill(rows, beta);
        CrossStitchUnit unit = CrossStitchUnit.perLayer(rows)
                .withLearningRateFactor(mix.learningRateFactor())
                .withFrozenEpochs(mix.frozenEpochs());
        String vertex = VertexNames.stitch(tower.name(), LayerMix.PLACE);
        graph.addVertex(
                vertex,
                new CrossStitchVertex(
                        unit,
                        beta.length,
                        0,
                        plan.updaterOf(ParameterGroup.ALPHA).clone(),
                        network.shapeBeforeHead(tower.name()).channels()),
                mix.layers().stream()
                        .map(layer -> behindMixed.get(VertexNames.in(tower.name(), layer)))
                        .toArray(String[]::new));
        ends.put(tower.name(), vertex);
    }

    /** Adds layers and blocks, and returns the last one's name. */
    private String addLayers(String path, List<NamedLayer> layers, Shape inputShape, String input) {
        String end = input;
        Shape shape = inputShape;
        Shape start = inputShape; // of the run that begins at from
        int from = 0;
        for (int i = 0; i < layers.size(); i++) {
            Shape output = layers.get(i).spec().outputShape(shape);
            Optional<Residual> block = Residual.blockOf(layers.get(i).spec());
            if (block.isPresent()) {
                end = addRun(path, layers.subList(from, i), start, end);
                end = addBlock(VertexNames.in(path, layers.get(i).name()), block.get(), shape, end);
                from = i + 1;
                start = output;
            }
            shape = output;
        }
        return addRun(path, layers.subList(from, layers.size()), start, end);
    }

    /**
     * Adds a block. Its sum has its name, or {@link VertexNames#sum} where an activation follows, which then has the
     * name.
     */
    private String addBlock(String path, Residual block, Shape inputShape, String input) {
        String end = addRun(path, block.layers(), inputShape, input);
        String shortcut = block.shortcut(inputShape)
                .map(layer -> addRun(path, List.of(new NamedLayer(Residual.SHORTCUT, layer)), inputShape, input))
                .orElse(input);
        if (block.activation() == Activation.IDENTITY) {
            graph.addVertex(path, new ElementWiseVertex(ElementWiseVertex.Op.Add), end, shortcut);
            return path;
        }
        graph.addVertex(VertexNames.sum(path), new ElementWiseVertex(ElementWiseVertex.Op.Add), end, shortcut);
        graph.addLayer(
                path,
                new ActivationLayer.Builder().activation(block.activation()).build(),
                VertexNames.sum(path));
        return path;
    }

    /**
     * Adds layers, each of which only the next one reads, and returns the last one's name. An activation that another
     * layer does in passing has no vertex of its own; a layer of somebody else's always has one.
     */
    private String addRun(String path, List<NamedLayer> layers, Shape inputShape, String input) {
        List<@Nullable Layer> own = new ArrayList<>();
        List<Shape> shapes = new ArrayList<>(List.of(inputShape));
        for (NamedLayer layer : layers) {
            boolean first = own.isEmpty() && noGradient.contains(input);
            Shape shape = shapes.get(own.size());
            own.add(isOwn(layer) ? layer.spec().accept(new LayerTranslation(shape, !first)) : null);
            shapes.add(layer.spec().outputShape(shape));
        }
        fusion.fuse(own);
        String end = input;
        for (int i = 0; i < layers.size(); i++) {
            Layer built = own.get(i);
            if (!isOwn(layers.get(i))) {
                built = layers.get(i).spec().accept(new LayerTranslation(shapes.get(i), true));
            } else if (built == null
                    || built instanceof ActivationLayer activation
                            && PlainActivation.isIdentity(activation.getActivationFn())) {
                continue; // it would only copy
            }
            String vertex = VertexNames.in(path, layers.get(i).name());
            DeeplearningEmbedding.codes(built).ifPresent(codes -> vocabularies.put(vertex, codes));
            addTerm(vertex, built);
            graph.addLayer(vertex, built, end);
            end = vertex;
        }
        return end;
    }

    /** Adds the term between the subspaces of a layer, if there is one, to its weight decay. */
    private void addTerm(String vertex, @Nullable Layer layer) {
        SubspaceOrthogonality term = subspaceTerms.get(vertex);
        if (term != null && layer instanceof BaseLayer weighted) {
            weighted.setRegularization(plan.l2() > 0 ? List.of(new L2Regularization(plan.l2()), term) : List.of(term));
        }
    }

    private void findSubspaceTerms() {
        for (Stitch stitch : network.stitches()) {
            if (stitch.unit() instanceof SluiceUnit unit && unit.needsWeights()) {
                for (String tower : stitch.towers()) {
                    int outputs = stitch.inputShapes().get(0).channels();
                    String layer = network.weightsBefore(stitch, tower).orElseThrow();
                    subspaceTerms.put(
                            VertexNames.in(tower, layer),
                            new SubspaceOrthogonality(unit.orthogonality(), unit.subspaces(), outputs));
                }
            }
        }
    }

    /** Tells whether a layer is one of the library's, of which all is known that it does. */
    private static boolean isOwn(NamedLayer layer) {
        return layer.spec().type() != LayerType.CUSTOM;
    }

    private void addStitch(Stitch stitch) {
        List<String> towers = stitch.towers();
        String[] inputs = towers.stream().map(ends::get).toArray(String[]::new);
        List<String> outputs = towers.stream()
                .map(tower -> VertexNames.stitch(tower, stitch.place()))
                .toList();
        if (stitch.unit() instanceof CrossStitchUnit unit) {
            addCrossStitch(unit, stitch.inputShapes().get(0).channels(), inputs, outputs);
        } else {
            SharingUnitVertex.join(
                    graph,
                    VertexNames.unit(stitch.place()),
                    outputs,
                    stitch.unit(),
                    plan.updaterOf(ParameterGroup.ALPHA),
                    plan.l2(),
                    stitch.inputShapes(),
                    inputs);
        }
        for (int s = 0; s < inputs.length; s++) {
            ends.put(towers.get(s), outputs.get(s));
            behindMixed.replace(VertexNames.in(towers.get(s), stitch.after().get(towers.get(s))), outputs.get(s));
        }
    }

    private void addCrossStitch(CrossStitchUnit unit, int channels, String[] inputs, List<String> outputs) {
        for (int s = 0; s < inputs.length; s++) {
            graph.addVertex(
                    outputs.get(s),
                    new CrossStitchVertex(
                            unit,
                            inputs.length,
                            s,
                            plan.updaterOf(ParameterGroup.ALPHA).clone(),
                            channels),
                    inputs);
        }
    }

    /** Tells the shape that a tower's layer of this number reads; behind the last one, that of its head. */
    private Shape shapeBefore(Tower tower, int layer) {
        return layer == tower.layers().size()
                ? network.shapeBeforeHead(tower.name())
                : network.shapeBefore(tower.name(), tower.layers().get(layer).name());
    }

    private void addBranch(String tower, SplitHead.Branch branch) {
        Task task = branch.task();
        String end = addLayers(
                VertexNames.in(tower, task.name()), branch.layers(), network.shapeBeforeHead(tower), ends.get(tower));
        TaskOutputLayer.Builder output = TaskOutputLayer.of(task);
        if (task.start() == OutputStart.TARGET_MEAN) {
            output.weightInit(WeightInit.ZERO);
        }
        graph.addLayer(task.name(), output.build(), end);
    }

    /**
     * Tells whether all layers that read an input can do without its gradient: none may compute it then, as
     * Deeplearning4j adds up what they return.
     */
    private boolean everyReaderLeavesOutItsGradient(Input input) {
        if (!input.layers().isEmpty()) {
            return startsWithoutInputGradient(input.layers());
        }
        List<Tower> readers = network.towers().stream()
                .filter(tower -> network.inputsOf(tower.name()).contains(input.name()))
                .toList();
        if (readers.stream().anyMatch(tower -> network.inputsOf(tower.name()).size() > 1)) {
            return false;
        }
        if (network.trunk().isEmpty() && network.sharedPart().isPresent()) {
            return false; // gates and experts may read it
        }
        return network.trunk().isEmpty()
                ? readers.stream().allMatch(tower -> startsWithoutInputGradient(tower.layers()))
                : startsWithoutInputGradient(network.trunk());
    }

    private static boolean startsWithoutInputGradient(List<NamedLayer> layers) {
        return !layers.isEmpty()
                && canLeaveOutInputGradient(layers.get(0).spec().type());
    }

    private static boolean canLeaveOutInputGradient(LayerType type) {
        return switch (type) {
            case CONVOLUTION, EMBEDDING -> true;
            case POOLING,
                    GLOBAL_POOLING,
                    DENSE,
                    BATCH_NORMALIZATION,
                    DROPOUT,
                    ACTIVATION,
                    RESIDUAL,
                    SOFT_ARGMAX,
                    CONVOLUTION_1D,
                    RECURRENT,
                    LAST_STEP,
                    LAYER_NORMALIZATION,
                    CUSTOM -> false;
        };
    }

    private static WeightInit weightInit(Initializer initializer) {
        return switch (initializer) {
            case HE -> WeightInit.RELU;
            case GLOROT -> WeightInit.XAVIER;
            case GLOROT_UNIFORM -> WeightInit.XAVIER_UNIFORM;
            case LECUN -> WeightInit.LECUN_NORMAL;
        };
    }

    /**
     * {@return the vertices whose layers have one name and weights of one shape in several towers, first tower first}
     */
    public static List<List<String>> alikeLayers(MultiTaskNetwork network) {
        Map<String, List<String>> alike = new LinkedHashMap<>();
        for (Tower tower : network.towers()) {
            for (PlacedLayer layer : network.placedLayers(tower.name())) {
                if (layer.spec().parameters(layer.input()) > 0) {
                    String key = layer.path() + " " + layer.spec() + " " + layer.input();
                    alike.computeIfAbsent(key, k -> new ArrayList<>()).add(VertexNames.in(tower.name(), layer.path()));
                }
            }
        }
        return List.copyOf(alike.values());
    }
}
