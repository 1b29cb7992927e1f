package org.mtl4j.sharing;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.Shape;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * A unit of neural discriminative dimensionality reduction (Gao et al., <em>NDDR-CNN: Layerwise Feature Fusing in
 * Multi-task CNNs</em>, CVPR 2019, arXiv 1801.08297): the channels of all T towers are put side by side, and each tower
 * goes on with C learned linear combinations of all T·C of them, the same at every position,
 *
 * <pre>y_s = activation(normalised(W_s · [x_1; x_2; … x_T]))</pre>
 *
 * with W_s {@code [C, T * C]}, a 1×1 convolution without a bias. Where the blocks of W are diagonal, and there is
 * neither normalisation nor activation, it is {@link CrossStitchUnit#perChannel(double)}, and that is where it starts.
 *
 * <p>Of sequences of different lengths, normalisation counts the steps that are masked, too.
 *
 * <pre>{@code
 * NddrUnit.standard()                                  // as in the paper: batch normalisation, ReLU
 * NddrUnit.linear().withLearningRateFactor(100)        // the mix alone, at 100 times the rate, with plain SGD
 * }</pre>
 *
 * @param ownShare where the diagonal of a tower's own block starts; finite
 * @param normalized whether batch normalisation follows, with learned scale and shift per channel, ε of 1e-3, and
 *     running statistics for prediction of which a batch leaves 0.9 in place
 * @param activation what follows, number by number; {@link Activation#IDENTITY} for none
 * @param learningRateFactor rate of W as a multiple of the network's, finite and at least 0. The paper multiplies by
 *     100 with plain SGD; with Adam start at 1
 * @param weightDecayFactor weight decay of W as a multiple of the plan's, finite and at least 0
 * @param frozenEpochs for how many epochs W and the normalisation's scale and shift stay at their start, at least 0
 * @param towers the towers that it joins; empty for all
 */
public record NddrUnit(
        double ownShare,
        boolean normalized,
        Activation activation,
        double learningRateFactor,
        double weightDecayFactor,
        int frozenEpochs,
        List<String> towers)
        implements SharingUnit {
    private static final long serialVersionUID = 1L;

    /** Name of the weights, one array for each output: {@code [C, T * C]}. */
    public static final String WEIGHTS = "W";

    /** Name of the normalisation's scale, for each output {@code [C]}. */
    public static final String GAMMA = "gamma";

    /** Name of the normalisation's shift, for each output {@code [C]}. */
    public static final String BETA = "beta";

    /** Name of the running mean, for each output {@code [C]}. */
    public static final String MEAN = "mean";

    /** Name of the running variance, for each output {@code [C]}. */
    public static final String VARIANCE = "var";

    /** Added to the variance. */
    public static final double EPSILON = 1e-3;

    /** The share of the running statistics that one batch leaves in place. */
    public static final double DECAY = 0.9;

    /** @throws IllegalArgumentException if a value is out of its range, or a tower comes twice */
    public NddrUnit {
        Check.finite(ownShare, "NddrUnit: own share");
        Objects.requireNonNull(activation, "activation");
        if (activation == Activation.SOFTMAX || activation == Activation.RRELU) {
            throw new IllegalArgumentException(
                    "NddrUnit: the activation is a function of one number, not " + activation);
        }
        Check.finiteAtLeastZero(learningRateFactor, "NddrUnit: learningRateFactor");
        Check.finiteAtLeastZero(weightDecayFactor, "NddrUnit: weightDecayFactor");
        Check.atLeast(0, frozenEpochs, "NddrUnit: frozenEpochs");
        towers = Towers.checked("NddrUnit", towers);
    }

    /**
     * {@return the mix followed by batch normalisation and ReLU; own share 0.9, the rest shared by the other towers}
     */
    public static NddrUnit standard() {
        return new NddrUnit(CrossStitchUnit.DEFAULT_OWN_SHARE, true, Activation.RELU, 1, 1, 0, ImmutableList.of());
    }

    /** {@return the mix alone; own share 0.9, the rest shared by the other towers} */
    public static NddrUnit linear() {
        return new NddrUnit(CrossStitchUnit.DEFAULT_OWN_SHARE, false, Activation.IDENTITY, 1, 1, 0, ImmutableList.of());
    }

    /**
     * {@return this unit with another start; 1 for a mix that changes nothing until it learns to}
     *
     * @throws IllegalArgumentException if it is not finite
     */
    public NddrUnit withOwnShare(double ownShare) {
        return new NddrUnit(
                ownShare, normalized, activation, learningRateFactor, weightDecayFactor, frozenEpochs, towers);
    }

    /**
     * {@return this unit with another activation}
     *
     * @throws IllegalArgumentException if it is none of a single number, or draws at random
     */
    public NddrUnit withActivation(Activation activation) {
        return new NddrUnit(
                ownShare, normalized, activation, learningRateFactor, weightDecayFactor, frozenEpochs, towers);
    }

    /**
     * {@return this unit with a learning rate of its own for W: the network's times {@code factor}}
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public NddrUnit withLearningRateFactor(double factor) {
        return new NddrUnit(ownShare, normalized, activation, factor, weightDecayFactor, frozenEpochs, towers);
    }

    /**
     * {@return this unit with a weight decay of its own for W: the plan's times {@code factor}; 0 for none}
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public NddrUnit withWeightDecayFactor(double factor) {
        return new NddrUnit(ownShare, normalized, activation, learningRateFactor, factor, frozenEpochs, towers);
    }

    /**
     * {@return this unit with its learned parameters at their start for the first epochs}
     *
     * @throws IllegalArgumentException if {@code epochs} is below 0
     */
    public NddrUnit withFrozenEpochs(int epochs) {
        return new NddrUnit(ownShare, normalized, activation, learningRateFactor, weightDecayFactor, epochs, towers);
    }

    /**
     * {@return this unit between these towers only, in this order}
     *
     * @throws IllegalArgumentException if there are fewer than two, or one comes twice
     */
    public NddrUnit withTowers(String... towers) {
        return new NddrUnit(
                ownShare,
                normalized,
                activation,
                learningRateFactor,
                weightDecayFactor,
                frozenEpochs,
                Towers.given("NddrUnit", towers));
    }

    @Override
    public String kind() {
        return "NDDR";
    }

    @Override
    public String describe() {
        return "%s own%s%s%s%s%s%s"
                .formatted(
                        ownShare,
                        normalized ? ", batch normalisation" : "",
                        activation == Activation.IDENTITY
                                ? ""
                                : ", " + activation.name().toLowerCase(Locale.ROOT),
                        learningRateFactor == 1 ? "" : ", rate x" + learningRateFactor,
                        weightDecayFactor == 1 ? "" : ", weight decay x" + weightDecayFactor,
                        frozenEpochs == 0 ? "" : ", frozen for " + frozenEpochs + " epochs",
                        towers.isEmpty() ? "" : ", between " + String.join(", ", towers));
    }

    @Override
    public boolean looksAtBatch() {
        return normalized;
    }

    @Override
    public List<UnitParameter> parameters(List<Shape> inputs) {
        int channels = inputs.get(0).channels();
        int all = Math.multiplyExact(inputs.size(), channels);
        List<UnitParameter> parameters = new ArrayList<>();
        for (int s = 0; s < inputs.size(); s++) {
            double[] start = new double[Math.multiplyExact(channels, all)];
            for (int c = 0; c < channels; c++) {
                for (int t = 0; t < inputs.size(); t++) {
                    start[c * all + t * channels + c] = s == t ? ownShare : (1 - ownShare) / (inputs.size() - 1);
                }
            }
            parameters.add(UnitParameter.of(WEIGHTS, channels, all)
                    .ofOutput(s)
                    .startingAt(start)
                    .withLearningRateFactor(learningRateFactor)
                    .withWeightDecayFactor(weightDecayFactor));
            if (normalized) {
                parameters.add(UnitParameter.of(GAMMA, channels).ofOutput(s).startingAt(1));
                parameters.add(UnitParameter.of(BETA, channels).ofOutput(s));
                parameters.add(UnitParameter.of(MEAN, channels).ofOutput(s).asStatistic());
                parameters.add(UnitParameter.of(VARIANCE, channels)
                        .ofOutput(s)
                        .startingAt(1)
                        .asStatistic());
            }
        }
        return parameters;
    }

    /** Computes the outputs by their definition; networks have a faster way to the same. */
    @Override
    public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
        INDArray rows = rows(inputs);
        List<INDArray> outputs = new ArrayList<>();
        for (int s = 0; s < inputs.size(); s++) {
            INDArray mixed = rows.mmul(parameters.get(WEIGHTS, s).transpose());
            INDArray activated = activated(normalization(mixed, s, parameters, training), training);
            outputs.add(fromRows(activated, inputs.get(s).shape()));
        }
        return outputs;
    }

    private INDArray activated(Normalization normalization, boolean training) {
        INDArray before = normalization.output().dup('c');
        return activation == Activation.IDENTITY
                ? before
                : activation.getActivationFunction().getActivation(before, training);
    }

    @Override
    public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
        INDArray rows = rows(inputs);
        INDArray ofRows = Nd4j.zeros(rows.dataType(), rows.shape());
        UnitArrays gradients = UnitArrays.none();
        for (int s = 0; s < inputs.size(); s++) {
            INDArray weights = parameters.get(WEIGHTS, s);
            Normalization normalization = normalization(rows.mmul(weights.transpose()), s, parameters, true);
            INDArray epsilon = rows(List.of(outputGradients.get(s)));
            if (activation != Activation.IDENTITY) {
                epsilon = activation
                        .getActivationFunction()
                        .backprop(normalization.output().dup('c'), epsilon)
                        .getFirst();
            }
            if (normalized) {
                gradients = normalization.addGradients(epsilon, s, parameters, gradients);
                epsilon = normalization.backward(epsilon, parameters.get(GAMMA, s));
            }
            gradients = gradients.with(WEIGHTS, s, epsilon.transpose().mmul(rows));
            ofRows.addi(epsilon.mmul(weights));
        }
        List<INDArray> ofInputs = new ArrayList<>();
        long channels = inputs.get(0).size(1);
        for (int t = 0; t < inputs.size(); t++) {
            INDArray own = ofRows.get(NDArrayIndex.all(), NDArrayIndex.interval(t * channels, (t + 1) * channels));
            ofInputs.add(fromRows(own.dup('c'), inputs.get(t).shape()));
        }
        return new UnitGradients(ofInputs, gradients);
    }

    private Normalization normalization(INDArray mixed, int s, UnitArrays parameters, boolean training) {
        if (!normalized) {
            return new Normalization(mixed, mixed, mixed, mixed, mixed);
        }
        INDArray mean = training ? mixed.mean(0) : parameters.get(MEAN, s).dup();
        INDArray centred = mixed.sub(asRow(mean));
        INDArray variance = training
                ? centred.mul(centred).mean(0)
                : parameters.get(VARIANCE, s).dup();
        INDArray inverse = Transforms.pow(variance.add(EPSILON), -0.5);
        INDArray standard = centred.mul(asRow(inverse));
        INDArray output = standard.mul(asRow(parameters.get(GAMMA, s).dup()))
                .addi(asRow(parameters.get(BETA, s).dup()));
        return new Normalization(output, standard, inverse, mean, variance);
    }

    private static INDArray asRow(INDArray numbers) {
        return numbers.reshape('c', 1, numbers.length());
    }

    /** What batch normalisation makes of rows, and on the way. */
    private record Normalization(
            INDArray output, INDArray standard, INDArray inverse, INDArray mean, INDArray variance) {
        UnitArrays addGradients(INDArray epsilon, int s, UnitArrays parameters, UnitArrays gradients) {
            return gradients
                    .with(GAMMA, s, epsilon.mul(standard).sum(0))
                    .with(BETA, s, epsilon.sum(0))
                    .with(MEAN, s, running(parameters.get(MEAN, s), mean))
                    .with(VARIANCE, s, running(parameters.get(VARIANCE, s), variance));
        }

        private static INDArray running(INDArray before, INDArray ofBatch) {
            return before.mul(DECAY).addi(ofBatch.mul(1 - DECAY));
        }

        INDArray backward(INDArray epsilon, INDArray gamma) {
            INDArray scaled = epsilon.mul(asRow(gamma.dup()));
            INDArray result = scaled.sub(asRow(scaled.mean(0)));
            result.subi(standard.mul(asRow(scaled.mul(standard).mean(0))));
            return result.muli(asRow(inverse));
        }
    }

    /** The channels of all arrays side by side, a row for each example and position. */
    private static INDArray rows(List<INDArray> arrays) {
        INDArray[] matrices = new INDArray[arrays.size()];
        for (int t = 0; t < matrices.length; t++) {
            INDArray array = arrays.get(t);
            INDArray last = array.rank() == 2 ? array : array.permute(channelsLast(array.rank()));
            matrices[t] = last.dup('c').reshape('c', array.length() / array.size(1), array.size(1));
        }
        return matrices.length == 1 ? matrices[0] : Nd4j.concat(1, matrices);
    }

    private static INDArray fromRows(INDArray rows, long[] shape) {
        if (shape.length == 2) {
            return rows;
        }
        int[] order = channelsLast(shape.length);
        long[] lastShape = Arrays.stream(order).mapToLong(d -> shape[d]).toArray();
        int[] back = new int[order.length];
        for (int d = 0; d < order.length; d++) {
            back[order[d]] = d;
        }
        return rows.reshape('c', lastShape).permute(back).dup('c');
    }

    private static int[] channelsLast(int rank) {
        int[] order = new int[rank];
        for (int d = 1; d < rank - 1; d++) {
            order[d] = d + 1;
        }
        order[rank - 1] = 1;
        return order;
    }

    /**
     * {@return for each pair of towers mean, least and largest of the diagonal of the block of W between them, where a
     * cross-stitch unit has its α, and as {@code norm} the block's Frobenius norm over the square root of C, which is α
     * for a diagonal block of equal numbers}
     */
    @Override
    public List<UnitReading> readings(List<String> towers, UnitArrays parameters) {
        List<UnitReading> diagonals = new ArrayList<>();
        List<UnitReading> norms = new ArrayList<>();
        for (int s = 0; s < towers.size(); s++) {
            double[][] weights = parameters.get(WEIGHTS, s).dup('c').toDoubleMatrix();
            int channels = weights.length;
            for (int t = 0; t < towers.size(); t++) {
                double sum = 0;
                double squares = 0;
                double least = Double.POSITIVE_INFINITY;
                double largest = Double.NEGATIVE_INFINITY;
                for (int c = 0; c < channels; c++) {
                    double diagonal = weights[c][t * channels + c];
                    sum += diagonal;
                    least = Math.min(least, diagonal);
                    largest = Math.max(largest, diagonal);
                    for (int i = 0; i < channels; i++) {
                        double weight = weights[c][t * channels + i];
                        squares += weight * weight;
                    }
                }
                String to = towers.get(s);
                String from = towers.get(t);
                diagonals.add(new UnitReading("diagonal", to, from, sum / channels, least, largest));
                double norm = Math.sqrt(squares / channels);
                norms.add(new UnitReading("norm", to, from, norm, norm, norm));
            }
        }
        return ImmutableList.<UnitReading>builder()
                .addAll(diagonals)
                .addAll(norms)
                .build();
    }
}
