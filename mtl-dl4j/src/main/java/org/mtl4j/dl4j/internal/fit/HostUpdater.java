package org.mtl4j.dl4j.internal.fit;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.api.Trainable;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.AdamUpdater;
import org.nd4j.linalg.learning.regularization.Regularization.ApplyStep;

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
        List<HostAdam.Powers> powers = new ArrayList<>();
        updater.updaterBlocks.replaceAll(block -> {
            block.init();
            if (block.getGradientUpdater() instanceof AdamUpdater adam
                    && HostAdam.supports(adam, block.getGradientView())) {
                HostAdam.Powers same = powers.stream()
                        .filter(each -> each.areOf(adam))
                        .findFirst()
                        .orElseGet(() -> new HostAdam.Powers(adam));
                powers.add(same);
                block.setGradientUpdater(new HostAdam(adam, same));
            }
            return new Block(block);
        });
        graph.setUpdater(updater);
    }

    @Override
    public synchronized void update(
            Gradient gradient, int iteration, int epoch, int batchSize, LayerWorkspaceMgr workspaces) {
        if (gradient != network.gradient() || normalizes()) {
            super.update(
                    gradient == network.gradient() ? new OwnGradient(network) : gradient,
                    iteration,
                    epoch,
                    batchSize,
                    workspaces);
            return;
        }
        if (isMiniBatch()) {
            divideByMinibatch(false, gradient, batchSize);
        }
        for (UpdaterBlock block : updaterBlocks) {
            if (!block.skipDueToPretrainConfig(false)) {
                try (MemoryWorkspace memory = workspaces.notifyScopeEntered(ArrayType.UPDATER_WORKING_MEM)) {
                    block.update(iteration, epoch);
                }
            }
        }
    }

    /** Tells whether gradients are clipped or the like, for which they must be told apart by layer. */
    private boolean normalizes() {
        for (Trainable layer : getOrderedLayers()) {
            GradientNormalization normalization = layer.getConfig().getGradientNormalization();
            if (normalization != null && normalization != GradientNormalization.None) {
                return true;
            }
        }
        return false;
    }

    /** Updates a block without making views of it in every step. */
    private static final class Block extends UpdaterBlock {
        private final INDArray gradient;

        Block(UpdaterBlock other) {
            super(
                    other.getParamOffsetStart(),
                    other.getParamOffsetEnd(),
                    other.getUpdaterViewOffsetStart(),
                    other.getUpdaterViewOffsetEnd(),
                    other.getLayersAndVariablesInBlock());
            setUpdaterView(other.getUpdaterView());
            setUpdaterViewRequiresInitialization(other.isUpdaterViewRequiresInitialization());
            setGradientView(other.getGradientView());
            setGradientUpdater(other.getGradientUpdater());
            gradient = getGradientView().reshape(getGradientView().length());
        }

        @Override
        public void update(int iteration, int epoch) {
            if (getLayersAndVariablesInBlock().get(0).getLayer().numParams() == 0) {
                return;
            }
            applyRegularizationAllVariables(ApplyStep.BEFORE_UPDATER, iteration, epoch, false, null, null);
            getGradientUpdater().applyUpdater(gradient, iteration, epoch);
            applyRegularizationAllVariables(ApplyStep.POST_UPDATER, iteration, epoch, false, null, null);
        }
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
