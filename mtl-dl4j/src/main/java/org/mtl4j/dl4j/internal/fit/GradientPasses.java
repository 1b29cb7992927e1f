package org.mtl4j.dl4j.internal.fit;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Holds the gradient of each task by itself, computed in a pass for each in which the others weigh nothing.
 *
 * @param rows one for each task that takes part, of the form of the graph's gradients; without any, what is left then
 * @param first what the first pass came to: the losses of all tasks, and the score of the first
 */
record GradientPasses(List<INDArray> rows, PartialStep first) {
    /**
     * Computes them. Afterwards the tasks weigh what they do in the epoch.
     *
     * @param graphs that compute parts of the batch
     * @param gradients computes the gradients of all parts, at the present factors of the losses, and without the terms
     *     of weight relatedness; leaves their sum in the gradients of the first graph
     */
    static GradientPasses of(
            List<ComputationGraph> graphs,
            List<Task> tasks,
            double[] epochFactors,
            PresentTasks present,
            Supplier<List<PartialStep>> gradients) {
        List<INDArray> rows = new ArrayList<>();
        List<PartialStep> first = List.of();
        double[] factors = new double[tasks.size()];
        for (int row = 0; row < Math.max(1, present.count()); row++) {
            Arrays.fill(factors, 0);
            if (present.count() > 0) {
                factors[present.indices()[row]] = epochFactors[present.indices()[row]];
            }
            weigh(graphs, tasks, factors);
            List<PartialStep> parts = gradients.get();
            rows.add(graphs.get(0).getGradientsViewArray().dup());
            first = row == 0 ? parts : first;
        }
        weigh(graphs, tasks, epochFactors);
        return new GradientPasses(rows, PartialStep.sum(first));
    }

    private static void weigh(List<ComputationGraph> graphs, List<Task> tasks, double[] factors) {
        for (ComputationGraph each : graphs) {
            for (int t = 0; t < factors.length; t++) {
                TaskLoss.of(each, tasks.get(t).name()).setWeightFactor(factors[t]);
            }
        }
    }

    /**
     * {@return the inner products of gradients with respect to what tasks share}
     *
     * @param shared 1 where a parameter is shared, and else 0
     * @param examples by what the gradients are divided first
     */
    static double[][] products(List<INDArray> rows, INDArray shared, double examples) {
        List<INDArray> ofShared = rows.stream().map(row -> row.mul(shared)).toList();
        double[][] products = new double[rows.size()][rows.size()];
        for (int i = 0; i < products.length; i++) {
            for (int j = 0; j <= i; j++) {
                double product = product(ofShared.get(i), ofShared.get(j)) / (examples * examples);
                products[i][j] = product;
                products[j][i] = product;
            }
        }
        return products;
    }

    private static double product(INDArray one, INDArray other) {
        INDArray products = one.mul(other);
        double sum = products.sumNumber().doubleValue();
        Reference.reachabilityFence(products);
        return sum;
    }
}
