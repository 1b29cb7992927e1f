package org.mtl4j.dl4j.vertex;

import java.util.Arrays;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.experts.MixtureKernel;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.custom.SoftMax;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Computes a mixture of experts and its gradients, and follows the experts' mean weights. */
final class MixtureVertexImpl extends OneParameterVertexImpl {
    private static final long serialVersionUID = 1L;

    private final boolean softmax;
    private final int[] counts;
    /** Weights of the latest forward pass, example by example; null where ND4J's operations computed them. */
    private transient float @Nullable [] weights;
    /** What the gate said in that pass. */
    private transient @Nullable INDArray weightsOf;

    MixtureVertexImpl(
            ComputationGraph graph,
            String name,
            int index,
            boolean softmax,
            int[] counts,
            INDArray share,
            VertexTraining training,
            DataType dataType) {
        super(graph, name, index, MixtureVertex.SHARE, share, training, dataType);
        this.softmax = softmax;
        this.counts = counts;
    }

    @Override
    public void clear() {
        super.clear();
        weights = null;
        weightsOf = null;
    }

    @Override
    public INDArray doForward(boolean isTraining, LayerWorkspaceMgr workspaces) {
        requireInputs();
        INDArray gate = dense(inputs[0], ArrayType.FF_WORKING_MEM, workspaces);
        INDArray[] banks = banks(ArrayType.FF_WORKING_MEM, workspaces);
        INDArray out = workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, outputShape(), 'c');
        if (HostMemory.isContiguous(gate, out) && HostMemory.isContiguous(banks)) {
            weights = MixtureKernel.forward(gate, softmax, banks, counts, out);
            weightsOf = inputs[0];
        } else {
            INDArray w = weightsOf(gate);
            INDArray sum = null;
            for (int i = 0; i < banks.length; i++) {
                INDArray mixed = byExpert(banks[i], i).mul(ofBank(w, i)).sum(1);
                sum = sum == null ? mixed : sum.add(mixed);
            }
            out.assign(sum.reshape('c', out.shape()));
        }
        return out;
    }

    /** Returns an array of the network's type whose numbers lie in c order without gaps. */
    private INDArray dense(INDArray array, ArrayType memory, LayerWorkspaceMgr workspaces) {
        boolean fits = array.dataType() == dataType
                && (HostMemory.isContiguous(array) || array.ordering() == 'c' && !array.isView());
        return fits
                ? array
                : workspaces
                        .createUninitialized(memory, dataType, array.shape(), 'c')
                        .assign(array);
    }

    private INDArray[] banks(ArrayType memory, LayerWorkspaceMgr workspaces) {
        return Arrays.stream(inputs)
                .skip(1)
                .map(bank -> dense(bank, memory, workspaces))
                .toArray(INDArray[]::new);
    }

    private long[] outputShape() {
        long[] shape = inputs[1].shape().clone();
        if (counts[0] > 1) {
            shape[1] /= counts[0];
        }
        return shape;
    }

    private void requireInputs() {
        if (!canDoForward()) {
            throw new IllegalStateException("Mixture '%s': inputs not set".formatted(vertexName));
        }
        long all = parameter.length();
        if (inputs[0].rank() != 2 || inputs[0].size(1) != all) {
            throw new IllegalStateException("Mixture '%s' of %s experts: the gate must give [batch, %s], got %s"
                    .formatted(vertexName, all, all, Arrays.toString(inputs[0].shape())));
        }
        long size = -1;
        for (int i = 0; i < counts.length; i++) {
            INDArray bank = inputs[i + 1];
            long each = bank.length() / counts[i];
            if (bank.size(0) != inputs[0].size(0) || bank.length() % counts[i] != 0 || size >= 0 && size != each) {
                throw new IllegalStateException(
                        "Mixture '%s': input %s, of %s experts, has shape %s, which is not that of the others"
                                .formatted(vertexName, i + 1, counts[i], Arrays.toString(bank.shape())));
            }
            size = each;
        }
    }

    private INDArray weightsOf(INDArray gate) {
        if (!softmax) {
            return gate;
        }
        INDArray result = Nd4j.createUninitialized(gate.dataType(), gate.shape(), 'c');
        Nd4j.exec(new SoftMax(gate, result, 1));
        return result;
    }

    /** Returns the experts of an array one by one, {@code [batch, experts, size]}. */
    private INDArray byExpert(INDArray bank, int i) {
        return bank.reshape('c', bank.size(0), counts[i], bank.length() / (bank.size(0) * counts[i]));
    }

    /** Returns the weights of the experts of one array, {@code [batch, experts, 1]}. */
    private INDArray ofBank(INDArray all, int i) {
        int from = 0;
        for (int j = 0; j < i; j++) {
            from += counts[j];
        }
        INDArray columns = all.get(NDArrayIndex.all(), NDArrayIndex.interval(from, from + counts[i]));
        return columns.dup('c').reshape('c', all.size(0), counts[i], 1);
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
        if (!canDoBackward()) {
            throw new IllegalStateException("Mixture '%s': inputs or output gradient not set".formatted(vertexName));
        }
        INDArray eps = dense(epsilon, ArrayType.BP_WORKING_MEM, workspaces);
        INDArray[] banks = banks(ArrayType.BP_WORKING_MEM, workspaces);
        INDArray[] gradients = new INDArray[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            gradients[i] = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, inputs[i].shape(), 'c');
        }
        INDArray[] ofBanks = Arrays.copyOfRange(gradients, 1, gradients.length);
        if (weights != null && weightsOf == inputs[0] && HostMemory.isContiguous(eps)) {
            MixtureKernel.backward(weights, softmax, banks, counts, eps, ofBanks, gradients[0]);
            followShares();
        } else {
            backwardByOperations(dense(inputs[0], ArrayType.BP_WORKING_MEM, workspaces), eps, banks, gradients);
        }
        Gradient gradient = new DefaultGradient();
        gradient.setGradientFor(MixtureVertex.SHARE, gradientView);
        return new Pair<>(gradient, gradients);
    }

    private void backwardByOperations(INDArray gate, INDArray eps, INDArray[] banks, INDArray[] gradients) {
        INDArray w = weightsOf(gate);
        INDArray ofWeights = Nd4j.createUninitialized(dataType, gate.shape(), 'c');
        INDArray rows = eps.reshape('c', eps.size(0), 1, eps.length() / eps.size(0));
        int from = 0;
        for (int i = 0; i < banks.length; i++) {
            INDArray each = byExpert(banks[i], i);
            INDArray products = each.mul(rows).sum(2);
            INDArray columns = ofWeights.get(NDArrayIndex.all(), NDArrayIndex.interval(from, from + counts[i]));
            columns.assign(products.reshape('c', gate.size(0), counts[i]));
            INDArray scaled = ofBank(w, i).mul(rows);
            gradients[i + 1].assign(scaled.reshape('c', gradients[i + 1].shape()));
            from += counts[i];
        }
        if (softmax) {
            INDArray mean = w.mul(ofWeights).sum(true, 1);
            INDArray difference = ofWeights.sub(mean);
            gradients[0].assign(difference.mul(w));
        } else {
            gradients[0].assign(ofWeights);
        }
        INDArray sums = w.sum(true, 0);
        followShares(sums.data().asDouble(), w.size(0));
    }

    private void followShares() {
        int experts = (int) parameter.length();
        double[] sums = new double[experts];
        for (int i = 0; i < weights.length; i++) {
            sums[i % experts] += weights[i];
        }
        followShares(sums, weights.length / experts);
    }

    /** Leaves in the place of the gradient by how much the shares are to be lowered. */
    private void followShares(double[] sums, long examples) {
        double[] present = parameter.dup().data().asDouble();
        for (int e = 0; e < sums.length; e++) {
            gradientView.putScalar(e, (present[e] - sums[e] / examples) / MixtureVertex.STEPS);
        }
    }

    /** Returns false: what stands in the place of a gradient is a statistic of the batch, and no sum over it. */
    @Override
    public boolean updaterDivideByMinibatch(String parameter) {
        return false;
    }

    @Override
    public @Nullable Pair<INDArray, MaskState> feedForwardMaskArrays(
            INDArray[] masks, MaskState state, int minibatchSize) {
        for (int i = 1; masks != null && i < masks.length; i++) { // the gate's is of no step
            if (masks[i] != null) {
                return new Pair<>(masks[i], state);
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return "MixtureVertex(name=%s, experts=%s)".formatted(vertexName, Arrays.toString(counts));
    }
}
