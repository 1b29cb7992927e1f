package org.mtl4j.dl4j.internal.fit;

import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.layer.TaskLoss;
import org.mtl4j.task.Task;

/**
 * Stops a step between its forward and its backward pass, on all threads, until the losses of the whole batch are known
 * and it is decided what each weighs. For one step.
 */
final class LossGate {
    private final List<ComputationGraph> graphs;
    private final List<Task> tasks;
    private final UnaryOperator<double[]> decide;
    private final CyclicBarrier barrier;
    private final double[][] losses;
    private final long[] examples;
    private double[] factors = new double[0];
    private volatile @Nullable Throwable failure;

    /**
     * @param graphs that each compute a part of the batch, in the order of the parts
     * @param decide from the mean loss of each task by what its λ is multiplied
     */
    LossGate(List<ComputationGraph> graphs, List<Task> tasks, UnaryOperator<double[]> decide) {
        this.graphs = graphs;
        this.tasks = tasks;
        this.decide = decide;
        this.losses = new double[graphs.size()][];
        this.examples = new long[graphs.size()];
        this.barrier = new CyclicBarrier(graphs.size(), this::decide);
        for (int part = 0; part < graphs.size(); part++) {
            Part work = new Part(part);
            for (Task task : tasks) {
                TaskLoss.of(graphs.get(part), task.name()).setBeforeBackward(work);
            }
        }
    }

    /** Lets the others go, with an error, where a part of the step has failed. */
    void abort(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        barrier.reset();
    }

    /** Takes the gate away. */
    void remove() {
        for (ComputationGraph graph : graphs) {
            tasks.forEach(task -> TaskLoss.of(graph, task.name()).setBeforeBackward(null));
        }
    }

    private void decide() {
        long all = 0;
        for (long count : examples) {
            all += count;
        }
        double[] means = new double[tasks.size()];
        for (int part = 0; part < losses.length; part++) {
            for (int t = 0; t < means.length; t++) {
                means[t] += (double) examples[part] / all * losses[part][t];
            }
        }
        try {
            factors = decide.apply(means);
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        }
    }

    /** What one graph does, once. */
    private final class Part implements Runnable {
        private final int part;
        private boolean done;

        Part(int part) {
            this.part = part;
        }

        @Override
        public void run() {
            if (done) {
                return;
            }
            done = true;
            ComputationGraph graph = graphs.get(part);
            losses[part] = tasks.stream()
                    .mapToDouble(task -> TaskLoss.of(graph, task.name()).measureNow())
                    .toArray();
            examples[part] = graph.getInput(0).size(0);
            try {
                barrier.await();
            } catch (BrokenBarrierException e) {
                Throwable cause = failure;
                throw cause instanceof RuntimeException known
                        ? known
                        : new IllegalStateException("another part of the step has failed", cause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the losses of a batch were added up", e);
            }
            for (int t = 0; t < tasks.size(); t++) {
                TaskLoss.of(graph, tasks.get(t).name()).setWeightFactor(factors[t]);
            }
        }
    }
}
