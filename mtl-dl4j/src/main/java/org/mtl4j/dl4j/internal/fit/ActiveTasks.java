package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.layers.FrozenLayer;
import org.deeplearning4j.nn.layers.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.io.HeldParameters;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Sets which tasks take part in training, and how much. What no active task uses, and what the plan holds still, is
 * kept as it is: gradients of zero are not enough for that, since momentum, weight decay and relatedness would still
 * move it; nor is a learning rate of 0, for which some updaters take a small number.
 */
public final class ActiveTasks {
    private final ModelState model;
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final List<ComputationGraph> graphs;
    private List<INDArray> kept = List.of();
    private List<INDArray> copies = List.of();
    /** Parameters whose rate is 0 in the present step, and copies of them. */
    private final List<INDArray> still = new ArrayList<>();

    private final List<INDArray> stillCopies = new ArrayList<>();

    /** @param replicas of the model's graph, or null for none */
    public ActiveTasks(ModelState model, @Nullable Replicas replicas) {
        this.model = model;
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.graphs = new ArrayList<>(List.of(graph));
        for (int i = 0; replicas != null && i < replicas.count(); i++) {
            if (replicas.graph(i) != graph) {
                graphs.add(replicas.graph(i));
            }
        }
    }

    /**
     * Weighs the tasks in the steps of the epoch that the graph is at.
     *
     * @param factors per task by what its λ is multiplied; 0 if it is dropped
     */
    public void weigh(double[] factors) {
        BitSet used = new BitSet();
        for (int t = 0; t < factors.length; t++) {
            String name = tasks.get(t).name();
            for (ComputationGraph each : graphs) {
                TaskLoss.of(each, name).setWeightFactor(factors[t]);
            }
            if (factors[t] > 0) {
                SharedParameters.markUsed(graph, graph.getVertex(name), used);
            }
        }
        List<INDArray> all =
                new ArrayList<>(HeldParameters.in(graph.getEpochCount(), model.network(), model.plan(), graph));
        Arrays.stream(graph.getVertices())
                .filter(vertex -> vertex.numParams() > 0)
                .filter(vertex -> !used.get(vertex.getVertexIndex()) || frozenSince(vertex))
                .map(GraphVertex::params)
                .forEach(all::add);
        kept = all;
        copies = kept.stream().map(INDArray::dup).toList();
    }

    /** Tells whether a layer was frozen after the graph was built, of which updater and replicas know nothing. */
    private boolean frozenSince(GraphVertex vertex) {
        return (vertex.getLayer() instanceof FrozenLayer || vertex.getLayer() instanceof FrozenLayerWithBackprop)
                && graph.getConfiguration().getVertices().get(vertex.getVertexName()) instanceof LayerVertex built
                && !(built.getLayerConf().getLayer() instanceof BaseWrapperLayer);
    }

    /** Lets all tasks take part again, as far as the graphs are concerned. */
    public void release() {
        double[] ones = new double[tasks.size()];
        Arrays.fill(ones, 1);
        weigh(ones);
    }

    /** Notes, before each step, which parameters are not to move in it: those whose learning rate is 0. */
    public void beforeStep() {
        still.clear();
        stillCopies.clear();
        int iteration = graph.getIterationCount();
        int epoch = graph.getEpochCount();
        for (UpdaterBlock block : ((BaseMultiLayerUpdater<?>) graph.getUpdater(true)).getUpdaterBlocks()) {
            List<UpdaterBlock.ParamState> states = block.getLayersAndVariablesInBlock();
            UpdaterBlock.ParamState first = states.get(0);
            IUpdater updater = first.getLayer().getConfig().getUpdaterByParam(first.getParamName());
            if (updater != null && updater.hasLearningRate() && updater.getLearningRate(iteration, epoch) == 0) {
                for (UpdaterBlock.ParamState state : states) {
                    still.add(state.getParamView());
                    stillCopies.add(state.getParamView().dup());
                }
            }
        }
    }

    /** Puts back, after each step, what no active task uses, and what was not to move. */
    public void undoWhatIsNotUsed() {
        for (int i = 0; i < kept.size(); i++) {
            kept.get(i).assign(copies.get(i));
        }
        for (int i = 0; i < still.size(); i++) {
            still.get(i).assign(stillCopies.get(i));
        }
    }
}
