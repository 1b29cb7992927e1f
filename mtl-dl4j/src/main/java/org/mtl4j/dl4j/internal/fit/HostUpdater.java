package org.mtl4j.dl4j.internal.fit;

import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.AdamUpdater;

/**
 * Does what Deeplearning4j's updater does, to the bit, in less time: it knows its graph's own gradient as such, and so
 * makes no new views of all parameters in every step, and computes on whole arrays without ND4J where they lie in the
 * memory of the CPU.
 */
final class HostUpdater extends ComputationGraphUpdater {
    private HostUpdater(ComputationGraph graph, INDArray state) {
        super(graph, state);
    }

    /** Gives a graph this updater, which goes on with the state of the one that it has. */
    static void install(ComputationGraph graph) {
        ComputationGraphUpdater present = graph.getUpdater(true);
        if (present.getClass() != ComputationGraphUpdater.class || present.getStateViewArray() == null) {
            return; // there already, or somebody else's
        }
        present.getUpdaterBlocks().forEach(UpdaterBlock::init); // the state of a fresh one is not set before
        HostUpdater updater = new HostUpdater(graph, present.getStateViewArray());
        for (UpdaterBlock block : updater.getUpdaterBlocks()) {
            block.init();
            if (block.getGradientUpdater() instanceof AdamUpdater adam
                    && HostAdam.supports(adam, block.getGradientView())) {
                block.setGradientUpdater(new HostAdam(adam));
            }
        }
        graph.setUpdater(updater);
    }

    @Override
    public synchronized void update(
            Gradient gradient, int iteration, int epoch, int batchSize, LayerWorkspaceMgr workspaces) {
        super.update(
                gradient == network.gradient() ? new OwnGradient(network) : gradient,
                iteration,
                epoch,
                batchSize,
                workspaces);
    }

    @Override
    protected void divideByMinibatch(boolean isExternal, Gradient gradient, int batchSize) {
        if (isExternal) {
            super.divideByMinibatch(true, gradient, batchSize);
            return;
        }
        if (!initializedMinibatchDivision) {
            gradientsForMinibatchDivision = getMinibatchDivisionSubsets(getFlattenedGradientsView());
            initializedMinibatchDivision = true;
        }
        for (INDArray part : gradientsForMinibatchDivision) {
            if (FlatArrays.supports(part)) {
                FlatArrays.divide(part, batchSize);
            } else {
                part.divi(batchSize);
            }
        }
    }

    /**
     * Gives a graph's gradient in a form that its updater knows as such. {@link DefaultGradient} hands out a new view
     * of the array each time, so that the updater takes every gradient for one from elsewhere, and makes new views of
     * all parameters in every step.
     */
    private static final class OwnGradient extends DefaultGradient {
        private static final long serialVersionUID = 1L;

        private final transient INDArray all;

        OwnGradient(ComputationGraph graph) {
            gradientForVariable().putAll(graph.gradient().gradientForVariable());
            all = graph.getGradientsViewArray();
        }

        @Override
        public INDArray gradient() {
            return all;
        }
    }
}
