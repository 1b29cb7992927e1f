package org.mtl4j.sharing;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The unit of sluice networks (Ruder et al., <em>Latent Multi-task Architecture Learning</em>, AAAI 2019, arXiv
 * 1705.08142, eq. 1): the channels of each tower are divided into S subspaces of equal size, one after the other, and
 * every subspace goes on with a learned mix of all subspaces of all towers,
 *
 * <pre>y_(s,k) = sum over towers t and subspaces j of alpha[s][k, t * S + j] * x_(t,j)</pre>
 *
 * so that a part of a tower may be shared and another kept to itself. With one subspace it is
 * {@link CrossStitchUnit#perLayer(double)}.
 *
 * <p>Subspaces of one tower are to hold different things: {@link #orthogonality} weighs a term of the objective, the
 * sum over pairs of subspaces k &lt; j of {@code ‖W_kᵀ W_j‖²_F}, where W_k are the weights of the layer before the unit
 * that make subspace k, {@code [inputs, channels / S]}. That is the last convolution or fully connected layer of the
 * tower before the place; a network without such a layer is refused unless the weight is 0.
 *
 * <p>The authors' mix of a tower's layers before its head (β) is {@code NetworkBuilder.mixLayers}. Their code starts α
 * at 0.95 and 0.05 in a pattern whose rows do not sum to one; here a subspace keeps {@code ownShare} of itself, and all
 * others share the rest equally.
 *
 * @param subspaces S, at least 1; divides the number of channels
 * @param ownShare α of a subspace with itself at the start; finite
 * @param orthogonality weight of the term between a tower's subspaces, finite and at least 0; does not matter for S = 1
 * @param learningRateFactor rate of α as a multiple of the network's, finite and at least 0
 * @param frozenEpochs for how many epochs α stays at its start, at least 0
 * @param towers the towers that it joins; empty for all
 */
public record SluiceUnit(
        int subspaces,
        double ownShare,
        double orthogonality,
        double learningRateFactor,
        int frozenEpochs,
        List<String> towers)
        implements SharingUnit {
    private static final long serialVersionUID = 1L;

    /** Name of the parameter, one for each output: {@code [S, T * S]}. */
    public static final String ALPHA = "alpha";

    /** The weight of the term between subspaces unless told otherwise: that of the authors' code. */
    public static final double DEFAULT_ORTHOGONALITY = 0.1;

    private static final double DEFAULT_OWN_SHARE = 0.95;

    /** @throws IllegalArgumentException if a value is out of its range, or a tower comes twice */
    public SluiceUnit {
        Check.atLeast(1, subspaces, "SluiceUnit: subspaces");
        Check.finite(ownShare, "SluiceUnit: own share");
        Check.finiteAtLeastZero(orthogonality, "SluiceUnit: orthogonality");
        Check.finiteAtLeastZero(learningRateFactor, "SluiceUnit: learningRateFactor");
        Check.atLeast(0, frozenEpochs, "SluiceUnit: frozenEpochs");
        towers = Towers.checked("SluiceUnit", towers);
    }

    /**
     * {@return a unit of so many subspaces; own share 0.95, or {@value CrossStitchUnit#DEFAULT_OWN_SHARE} for a single
     * one; orthogonality {@value #DEFAULT_ORTHOGONALITY}}
     *
     * @throws IllegalArgumentException if there is less than one
     */
    public static SluiceUnit of(int subspaces) {
        double own = subspaces == 1 ? CrossStitchUnit.DEFAULT_OWN_SHARE : DEFAULT_OWN_SHARE;
        return new SluiceUnit(subspaces, own, DEFAULT_ORTHOGONALITY, 1, 0, ImmutableList.of());
    }

    /**
     * {@return this unit with another share of its own at the start; 1 for a unit that changes nothing until it learns
     * to}
     *
     * @throws IllegalArgumentException if it is not finite
     */
    public SluiceUnit withOwnShare(double ownShare) {
        return new SluiceUnit(subspaces, ownShare, orthogonality, learningRateFactor, frozenEpochs, towers);
    }

    /**
     * {@return this unit with another weight of the term between subspaces; 0 for none}
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public SluiceUnit withOrthogonality(double weight) {
        return new SluiceUnit(subspaces, ownShare, weight, learningRateFactor, frozenEpochs, towers);
    }

    /**
     * {@return this unit with a learning rate of its own: the network's times {@code factor}}
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public SluiceUnit withLearningRateFactor(double factor) {
        return new SluiceUnit(subspaces, ownShare, orthogonality, factor, frozenEpochs, towers);
    }

    /**
     * {@return this unit with α at its start for the first epochs}
     *
     * @throws IllegalArgumentException if {@code epochs} is below 0
     */
    public SluiceUnit withFrozenEpochs(int epochs) {
        return new SluiceUnit(subspaces, ownShare, orthogonality, learningRateFactor, epochs, towers);
    }

    /**
     * {@return this unit between these towers only, in this order}
     *
     * @throws IllegalArgumentException if there are fewer than two, or one comes twice
     */
    public SluiceUnit withTowers(String... towers) {
        return new SluiceUnit(
                subspaces,
                ownShare,
                orthogonality,
                learningRateFactor,
                frozenEpochs,
                Towers.given("SluiceUnit", towers));
    }

    /** {@return whether there is a term between subspaces, over the weights of the layer that makes them} */
    public boolean needsWeights() {
        return subspaces > 1 && orthogonality > 0;
    }

    @Override
    public String kind() {
        return "sluice";
    }

    @Override
    public String describe() {
        return "%s subspaces, %s own%s%s%s%s"
                .formatted(
                        subspaces,
                        ownShare,
                        needsWeights() ? ", orthogonality " + orthogonality : "",
                        learningRateFactor == 1 ? "" : ", rate x" + learningRateFactor,
                        frozenEpochs == 0 ? "" : ", frozen for " + frozenEpochs + " epochs",
                        towers.isEmpty() ? "" : ", between " + String.join(", ", towers));
    }

    @Override
    public List<UnitParameter> parameters(List<Shape> inputs) {
        int channels = inputs.get(0).channels();
        if (channels % subspaces != 0) {
            throw new IllegalArgumentException("SluiceUnit: %d subspaces do not divide the %d channels of %s"
                    .formatted(subspaces, channels, inputs.get(0)));
        }
        int all = inputs.size() * subspaces;
        List<UnitParameter> parameters = new ArrayList<>();
        for (int s = 0; s < inputs.size(); s++) {
            double[] start = new double[subspaces * all];
            Arrays.fill(start, all == 1 ? 0 : (1 - ownShare) / (all - 1));
            for (int k = 0; k < subspaces; k++) {
                start[k * all + s * subspaces + k] = ownShare;
            }
            parameters.add(UnitParameter.of(ALPHA, subspaces, all)
                    .ofOutput(s)
                    .startingAt(start)
                    .withLearningRateFactor(learningRateFactor));
        }
        return parameters;
    }

    /** Computes the outputs by their definition; networks have a faster way to the same. */
    @Override
    public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
        List<INDArray> outputs = new ArrayList<>();
        for (int s = 0; s < inputs.size(); s++) {
            INDArray out = Nd4j.zeros(inputs.get(s).dataType(), inputs.get(s).shape());
            INDArray alpha = parameters.get(ALPHA, s);
            for (int k = 0; k < subspaces; k++) {
                INDArray part = part(out, k);
                for (int t = 0; t < inputs.size(); t++) {
                    for (int j = 0; j < subspaces; j++) {
                        part.addi(part(inputs.get(t), j).mul(alpha.getDouble(k, t * subspaces + j)));
                    }
                }
            }
            outputs.add(out);
        }
        return outputs;
    }

    @Override
    public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
        int towers = inputs.size();
        List<INDArray> gradients = new ArrayList<>();
        UnitArrays ofAlpha = UnitArrays.none();
        for (INDArray input : inputs) {
            gradients.add(Nd4j.zeros(input.dataType(), input.shape()));
        }
        for (int s = 0; s < towers; s++) {
            INDArray alpha = parameters.get(ALPHA, s);
            INDArray gradient = Nd4j.zeros(alpha.dataType(), alpha.shape());
            for (int k = 0; k < subspaces; k++) {
                INDArray epsilon = part(outputGradients.get(s), k);
                for (int t = 0; t < towers; t++) {
                    for (int j = 0; j < subspaces; j++) {
                        int column = t * subspaces + j;
                        part(gradients.get(t), j).addi(epsilon.mul(alpha.getDouble(k, column)));
                        double sum =
                                epsilon.mul(part(inputs.get(t), j)).sumNumber().doubleValue();
                        gradient.putScalar(k, column, sum);
                    }
                }
            }
            ofAlpha = ofAlpha.with(ALPHA, s, gradient);
        }
        return new UnitGradients(gradients, ofAlpha);
    }

    /** A view of one subspace. */
    private INDArray part(INDArray array, int subspace) {
        long size = array.size(1) / subspaces;
        return array.get(NDArrayIndex.all(), NDArrayIndex.interval(subspace * size, (subspace + 1) * size));
    }

    /**
     * {@return for each pair of towers what their subspaces take of each other; a subspace {@code k} of tower {@code a}
     * is called {@code a.k}, counted from 1, where there are several}
     */
    @Override
    public List<UnitReading> readings(List<String> towers, UnitArrays parameters) {
        List<String> names = towers.stream()
                .flatMap(tower ->
                        IntStream.rangeClosed(1, subspaces).mapToObj(k -> subspaces == 1 ? tower : tower + "." + k))
                .toList();
        List<UnitReading> readings = new ArrayList<>();
        for (int to = 0; to < names.size(); to++) {
            INDArray alpha = parameters.get(ALPHA, to / subspaces);
            for (int from = 0; from < names.size(); from++) {
                double value = alpha.getDouble(to % subspaces, from);
                readings.add(new UnitReading(ALPHA, names.get(to), names.get(from), value, value, value));
            }
        }
        return readings;
    }
}
