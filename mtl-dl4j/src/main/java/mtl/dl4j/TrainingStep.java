package mtl.dl4j;

import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import mtl.dl4j.host.SingleThreadedBlas;
import mtl.dl4j.layer.TaskOutputLayer;
import mtl.task.Task;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.solvers.BaseOptimizer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * One step of training. With several replicas each computes the gradient of its part of the batch; the sum of these, which is
 * the gradient of the whole, goes through the first graph's updater as in {@link ComputationGraph#fit}.
 */
final class TrainingStep {
    /** With fewer examples per replica there is more waiting than working. */
    private static final int LEAST_PART = 8;

    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final Replicas replicas;
    private final LiveTasks live;

    /** @param replicas of the graph, or null for none */
    TrainingStep(ComputationGraph graph, List<Task> tasks, Replicas replicas, LiveTasks live) {
        this.graph = graph;
        this.tasks = tasks;
        this.replicas = replicas;
        this.live = live;
    }

    /**
     * Trains on one batch; afterwards {@link ComputationGraph#score()} is its score.
     *
     * @return the loss of each task, mean over the examples that have its label, without its weight
     */
    double[] fit(MultiDataSet batch) {
        double[] losses = step(batch);
        live.undoWhatIsNotUsed();
        return losses;
    }

    private double[] step(MultiDataSet batch) {
        // listeners want to see one graph do all
        if (replicas == null
                || batch.getFeaturesMaskArrays() != null
                || !graph.getListeners().isEmpty()
                || batch.getFeatures(0).size(0) < (long) LEAST_PART * replicas.count()) {
            graph.fit(batch);
            return losses(graph);
        }
        try (SingleThreadedBlas blas = SingleThreadedBlas.open()) {
            return divided(batch);
        }
    }

    private double[] losses(ComputationGraph of) {
        return tasks.stream()
                .mapToDouble(task -> TaskOutputLayer.lossOf(of.getLayer(task.name())))
                .toArray();
    }

    private record PartResult(ComputationGraph graph, long examples, double score, double[] losses) {}

    private double[] divided(MultiDataSet batch) {
        long examples = batch.getFeatures(0).size(0);
        int iteration = graph.getIterationCount();
        int epoch = graph.getEpochCount();
        double[] labelled = TaskMeans.labelled(batch);
        INDArray[] masks = batch.getLabelsMaskArrays();
        List<PartResult> parts = replicas.divide(examples, (replica, from, to) -> {
            replica.getConfiguration().setIterationCount(iteration);
            replica.getConfiguration().setEpochCount(epoch);
            replica.setInputs(slice(batch.getFeatures(), from, to));
            replica.setLabels(slice(batch.getLabels(), from, to));
            if (masks != null) {
                replica.setLayerMaskArrays(null, slice(masks, from, to));
            }
            setLabelledParts(replica, t -> labelled[t] / examples);
            replica.computeGradientAndScore();
            setLabelledParts(replica, t -> Double.NaN);
            replica.clearLayerMaskArrays();
            return new PartResult(replica, to - from, replica.score(), losses(replica));
        });
        double score = 0;
        double[] losses = new double[tasks.size()];
        INDArray sum = graph.getGradientsViewArray();
        for (PartResult part : parts) {
            double share = (double) part.examples() / examples;
            score += share * part.score();
            for (int t = 0; t < losses.length; t++) {
                losses[t] += share * part.losses()[t];
            }
            if (part.graph() != graph) {
                sum.addi(part.graph().getGradientsViewArray());
            }
        }
        averageWhatIsNoSum();
        graph.getUpdater()
                .update(
                        graph.gradient(),
                        iteration,
                        epoch,
                        Math.toIntExact(examples),
                        LayerWorkspaceMgr.noWorkspaces());
        INDArray parameters = graph.params();
        parameters.subi(sum.reshape(parameters.shape()));
        graph.setScore(score);
        BaseOptimizer.incrementIterationCount(graph, 1);
        BaseOptimizer.applyConstraints(graph);
        return losses;
    }

    private void setLabelledParts(ComputationGraph of, IntToDoubleFunction part) {
        for (int t = 0; t < tasks.size(); t++) {
            TaskOutputLayer.setLabelledPart(of.getLayer(tasks.get(t).name()), part.applyAsDouble(t));
        }
    }

    /** Gradients that the updater does not divide by the size of the batch are no sums over examples. */
    private void averageWhatIsNoSum() {
        for (Map.Entry<String, INDArray> entry :
                graph.gradient().gradientForVariable().entrySet()) {
            int end = entry.getKey().lastIndexOf('_');
            String vertex = entry.getKey().substring(0, end);
            String parameter = entry.getKey().substring(end + 1);
            if (!graph.getVertex(vertex).updaterDivideByMinibatch(parameter)) {
                entry.getValue().divi(replicas.count());
            }
        }
    }

    /** The rows from {@code from} to before {@code to} of each array; null where there is none. */
    static INDArray[] slice(INDArray[] arrays, long from, long to) {
        INDArray[] slices = new INDArray[arrays.length];
        for (int i = 0; i < arrays.length; i++) {
            if (arrays[i] == null) {
                continue;
            }
            INDArrayIndex[] where = new INDArrayIndex[arrays[i].rank()];
            where[0] = NDArrayIndex.interval(from, to);
            for (int d = 1; d < where.length; d++) {
                where[d] = NDArrayIndex.all();
            }
            slices[i] = arrays[i].get(where);
        }
        return slices;
    }
}
