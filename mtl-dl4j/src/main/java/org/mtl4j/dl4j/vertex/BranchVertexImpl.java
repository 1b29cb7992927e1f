package org.mtl4j.dl4j.vertex;

import java.util.Arrays;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.internal.random.SplitMix64;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Passes on what one of several parents computed, and learns which. */
final class BranchVertexImpl extends OneParameterVertexImpl {
    private static final long serialVersionUID = 1L;

    private final BranchVertex conf;
    /** The parent of the latest pass, and what it would have been to a softmax; null without a search. */
    private transient int chosen;

    private transient double @Nullable [] soft;

    BranchVertexImpl(
            ComputationGraph graph,
            String name,
            int index,
            BranchVertex conf,
            INDArray logits,
            VertexTraining training,
            DataType dataType) {
        super(graph, name, index, BranchVertex.LOGITS, logits, training, dataType);
        this.conf = conf;
    }

    /** Computes the softmax of {@code (logits + noise) / temperature}. */
    static double[] softened(double[] logits, double[] noise, double temperature) {
        double[] powers = new double[logits.length];
        double largest = Double.NEGATIVE_INFINITY;
        for (int p = 0; p < powers.length; p++) {
            powers[p] = (logits[p] + noise[p]) / temperature;
            largest = Math.max(largest, powers[p]);
        }
        double sum = 0;
        for (int p = 0; p < powers.length; p++) {
            powers[p] = Math.exp(powers[p] - largest);
            sum += powers[p];
        }
        for (int p = 0; p < powers.length; p++) {
            powers[p] /= sum;
        }
        return powers;
    }

    /** Computes the gradient with respect to the logits of {@link #softened}. */
    static double[] ofLogits(double[] soft, double[] ofChoice, double temperature) {
        double mean = 0;
        for (int p = 0; p < soft.length; p++) {
            mean += soft[p] * ofChoice[p];
        }
        double[] gradient = new double[soft.length];
        for (int p = 0; p < soft.length; p++) {
            gradient[p] = soft[p] * (ofChoice[p] - mean) / temperature;
        }
        return gradient;
    }

    /** Draws Gumbel's noise for a step. */
    private double[] noise(int parents) {
        long seed = graph.getConfiguration().getDefaultConfiguration().getSeed();
        SplitMix64 random = new SplitMix64(Seeds.mixed(seed, graph.getIterationCount(), vertexName.hashCode()));
        double[] noise = new double[parents];
        for (int p = 0; p < parents; p++) {
            noise[p] = -Math.log(-Math.log(random.uniform() + 0x1p-54)); // never of 0
        }
        return noise;
    }

    private static int largest(double[] numbers) {
        int best = 0;
        for (int p = 1; p < numbers.length; p++) {
            best = numbers[p] > numbers[best] ? p : best;
        }
        return best;
    }

    @Override
    public INDArray doForward(boolean isTraining, LayerWorkspaceMgr workspaces) {
        if (!canDoForward()) {
            throw new IllegalStateException("Branch '%s': inputs not set".formatted(vertexName));
        }
        double[] present = parameter.dup().data().asDouble();
        int epoch = graph == null ? 0 : graph.getEpochCount();
        if (isTraining && graph != null && epoch < conf.searchEpochs()) {
            soft = softened(present, noise(present.length), conf.temperature() * Math.pow(conf.decay(), epoch));
            chosen = largest(soft);
        } else {
            soft = null;
            chosen = largest(present);
        }
        return workspaces.dup(ArrayType.ACTIVATIONS, inputs[chosen]);
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean truncated, LayerWorkspaceMgr workspaces) {
        if (!canDoBackward()) {
            throw new IllegalStateException("Branch '%s': inputs or output gradient not set".formatted(vertexName));
        }
        INDArray[] gradients = new INDArray[inputs.length];
        double[] ofChoice = new double[inputs.length];
        for (int p = 0; p < inputs.length; p++) {
            gradients[p] = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, inputs[p].shape(), 'c');
            if (p == chosen) {
                gradients[p].assign(epsilon);
            } else {
                gradients[p].assign(0);
            }
            if (soft != null) {
                INDArray product = inputs[p].mul(epsilon);
                ofChoice[p] = product.sumNumber().doubleValue();
            }
        }
        int epoch = graph == null ? 0 : graph.getEpochCount();
        double[] ofLogits = soft == null
                ? new double[inputs.length]
                : ofLogits(soft, ofChoice, conf.temperature() * Math.pow(conf.decay(), epoch));
        for (int p = 0; p < inputs.length; p++) {
            gradientView.putScalar(p, ofLogits[p]);
        }
        Gradient gradient = new DefaultGradient();
        gradient.setGradientFor(BranchVertex.LOGITS, gradientView);
        return new Pair<>(gradient, gradients);
    }

    @Override
    public @Nullable Pair<INDArray, MaskState> feedForwardMaskArrays(
            INDArray[] masks, MaskState state, int minibatchSize) {
        for (int p = 0; masks != null && p < masks.length; p++) {
            if (masks[p] != null) {
                return new Pair<>(masks[p], state);
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return "BranchVertex(name=%s, logits=%s)"
                .formatted(vertexName, Arrays.toString(parameter.dup().data().asDouble()));
    }
}
