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
import org.mtl4j.dl4j.internal.layer.ListedPenalties;
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
    /** Those of the graph, which makes a view of them whenever it is asked. */
    private final INDArray parameters;

    private HostUpdater(ComputationGraph graph, INDArray state) {
        super(graph, state);
        parameters = graph.params();
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

    /**
     * Sends a graph's own gradient through its updater, and subtracts the steps that come of it from the parameters.
     */
    static void step(ComputationGraph graph, int iteration, int batchSize) {
        int epoch = graph.getEpochCount();
        if (graph.getUpdater() instanceof HostUpdater updater && updater.stepsAtOnce(iteration, epoch, batchSize)) {
            return;
        }
        graph.getUpdater().update(graph.gradient(), iteration, epoch, batchSize, LayerWorkspaceMgr.noWorkspaces());
        INDArray parameters = graph.params();
        INDArray steps = graph.getGradientsViewArray();
        if (FlatArrays.supports(parameters, steps)) {
            FlatArrays.subtract(parameters, steps);
        } else {
            parameters.subi(steps.reshape(parameters.shape()));
        }
    }

    /** Reads and writes everything once, where nothing is done in between; else does nothing, and returns false. */
    synchronized boolean stepsAtOnce(int iteration, int epoch, int batchSize) {
        if (normalizes() || !FlatArrays.supports(parameters, network.getGradientsViewArray())) {
            return false;
        }
        long length = 0;
        for (UpdaterBlock block : updaterBlocks) {
            if (!(block instanceof Block known && known.isPlain())) {
                return false;
            }
            length += (long) block.getParamOffsetEnd() - block.getParamOffsetStart();
        }
        if (length != parameters.length() || isMiniBatch() && !dividesAll()) {
            return false;
        }
        for (UpdaterBlock block : updaterBlocks) {
            ((Block) block).step(iteration, epoch, isMiniBatch() ? batchSize : 1, parameters);
        }
        return true;
    }

    /** Tells whether all gradients are sums over examples, which are divided by their number. */
    boolean dividesAll() {
        long divided = 0;
        for (INDArray part : divided()) {
            divided += part.length();
        }
        return divided == network.getGradientsViewArray().length();
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
            boolean penalised = isPenalised();
            if (penalised) {
                applyRegularizationAllVariables(ApplyStep.BEFORE_UPDATER, iteration, epoch, false, null, null);
            }
            getGradientUpdater().applyUpdater(gradient, iteration, epoch);
            if (penalised) {
                applyRegularizationAllVariables(ApplyStep.POST_UPDATER, iteration, epoch, false, null, null);
            }
        }

        /** Tells whether its steps are those of Adam in the memory of the CPU, without penalties on weights. */
        boolean isPlain() {
            return getGradientUpdater() instanceof HostAdam adam
                    && adam.supports(gradient)
                    && !skipDueToPretrainConfig(false)
                    && !isPenalised();
        }

        private boolean isPenalised() {
            for (ParamState state : getLayersAndVariablesInBlock()) {
                if (!ListedPenalties.isNone(state.getLayer().getConfig(), state.getParamName())) {
                    return true;
                }
            }
            return false;
        }

        /** Makes the steps of {@linkplain #isPlain plain} blocks, and subtracts them from all parameters. */
        void step(int iteration, int epoch, int divisor, INDArray parameters) {
            HostAdam adam = (HostAdam) getGradientUpdater();
            FlatArrays.adam(
                    gradient,
                    divisor,
                    adam.getM(),
                    adam.getV(),
                    adam.factors(iteration, epoch),
                    parameters,
                    getParamOffsetStart());
        }
    }

    @Override
    protected void divideByMinibatch(boolean isExternal, Gradient gradient, int batchSize) {
        if (isExternal) {
            super.divideByMinibatch(true, gradient, batchSize);
            return;
        }
        for (INDArray part : divided()) {
            if (FlatArrays.supports(part)) {
                FlatArrays.divide(part, batchSize);
            } else {
                part.divi(batchSize);
            }
        }
    }

    private List<INDArray> divided() {
        if (!initializedMinibatchDivision) {
            gradientsForMinibatchDivision = getMinibatchDivisionSubsets(getFlattenedGradientsView());
            initializedMinibatchDivision = true;
        }
        return gradientsForMinibatchDivision;
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
