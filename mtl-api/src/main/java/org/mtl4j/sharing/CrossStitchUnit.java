package org.mtl4j.sharing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mtl4j.internal.check.Check;
import org.mtl4j.layer.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.nd4j.shade.jackson.annotation.JsonSubTypes;
import org.nd4j.shade.jackson.annotation.JsonTypeInfo;

/**
 * A cross-stitch unit (Misra et al., <em>Cross-stitch Networks for Multi-task Learning</em>, CVPR 2016, eq. 1, for any
 * number of towers): every tower goes on with a learned linear mix of all towers' activations at the same place,
 *
 * <pre>y_s[n, c, ...] = sum over t of alpha[s, t, c] * x_t[n, c, ...]</pre>
 *
 * where {@code alpha[s, t]} weighs the activation that comes <em>from</em> tower t <em>into</em> tower s. There is no
 * bias, no activation, and no constraint on α in training; "rows sum to one" describes only where it starts.
 *
 * <pre>{@code
 * CrossStitchUnit.perChannel()             // keeps 0.9 of its own, the rest shared by the other towers
 * CrossStitchUnit.perChannel(0.8, 0.05)    // the two values by hand; rows of T = 5 towers sum to one
 * CrossStitchUnit.perLayer(new double[][] {{0.7, 0.3}, {0.0, 1.0}})
 * CrossStitchUnit.identity(Granularity.PER_LAYER).withLearningRateFactor(10)
 * }</pre>
 *
 * Immutable; arrays are copied in and out.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NONE) // it has its own place in saved forms
public final class CrossStitchUnit implements SharingUnit {
    private static final long serialVersionUID = 1L;

    /** Name of the parameter, one for each output: {@code [1, T]} per layer, {@code [1, T * channels]} per channel. */
    public static final String ALPHA = "alpha";

    /**
     * The share of its own activation that a tower starts with unless told otherwise: the best of the paper's values.
     */
    public static final double DEFAULT_OWN_SHARE = 0.9;

    private static final double ROW_SUM_TOLERANCE = 1e-9;

    @JsonProperty("granularity")
    private final Granularity granularity;

    @JsonProperty("start")
    private final Start start;

    @JsonProperty("learningRateFactor")
    private final double learningRateFactor;

    @JsonProperty("frozenEpochs")
    private final int frozenEpochs;

    @JsonProperty("towers")
    private final List<String> towers;

    @JsonCreator
    private CrossStitchUnit(
            @JsonProperty("granularity") Granularity granularity,
            @JsonProperty("start") Start start,
            @JsonProperty("learningRateFactor") double learningRateFactor,
            @JsonProperty("frozenEpochs") int frozenEpochs,
            @JsonProperty("towers") List<String> towers) {
        if (granularity == null || start == null || towers == null) { // only JSON can leave them out
            throw new IllegalArgumentException(
                    "CrossStitchUnit: granularity, start and towers are needed, got %s, %s, %s"
                            .formatted(granularity, start, towers));
        }
        this.granularity = granularity;
        this.start = start;
        this.learningRateFactor = Check.finiteAtLeastZero(learningRateFactor, "CrossStitchUnit: learningRateFactor");
        this.frozenEpochs = Check.atLeast(0, frozenEpochs, "CrossStitchUnit: frozenEpochs");
        this.towers = ImmutableList.copyOf(towers);
    }

    /**
     * {@return one α per channel; own share {@value #DEFAULT_OWN_SHARE}, the rest shared equally by the other towers}
     */
    public static CrossStitchUnit perChannel() {
        return perChannel(DEFAULT_OWN_SHARE);
    }

    /**
     * {@return one α per channel; each tower keeps {@code ownShare} and the others share {@code 1 - ownShare} equally}
     *
     * @throws IllegalArgumentException if {@code ownShare} is not finite
     */
    public static CrossStitchUnit perChannel(double ownShare) {
        return new CrossStitchUnit(Granularity.PER_CHANNEL, new OwnShare(ownShare), 1, 0, ImmutableList.of());
    }

    /**
     * {@return one α per channel, with α_S = {@code same} on the diagonal and α_D = {@code different} elsewhere} A
     * network refuses the unit unless rows sum to one, {@code same + (T - 1) * different = 1}; for other starts give
     * the whole matrix.
     *
     * @throws IllegalArgumentException if a number is not finite
     */
    public static CrossStitchUnit perChannel(double same, double different) {
        return new CrossStitchUnit(
                Granularity.PER_CHANNEL, new SameDifferent(same, different), 1, 0, ImmutableList.of());
    }

    /**
     * {@return one α per channel, all starting at this matrix}
     *
     * @param alpha {@code [towers][towers]}, row = output tower; any finite numbers
     * @throws IllegalArgumentException if it is not square, smaller than 2, or not finite
     */
    public static CrossStitchUnit perChannel(double[][] alpha) {
        return new CrossStitchUnit(Granularity.PER_CHANNEL, Matrix.of(alpha), 1, 0, ImmutableList.of());
    }

    /**
     * {@return one α per channel, each with its own start}
     *
     * @param alpha {@code [towers][towers][channels]}; any finite numbers
     * @throws IllegalArgumentException if it is not square in its first two dimensions, ragged, or not finite
     */
    public static CrossStitchUnit perChannel(double[][][] alpha) {
        return new CrossStitchUnit(Granularity.PER_CHANNEL, Tensor.of(alpha), 1, 0, ImmutableList.of());
    }

    /**
     * {@return one α for the layer; own share {@value #DEFAULT_OWN_SHARE}, the rest shared equally by the other towers}
     */
    public static CrossStitchUnit perLayer() {
        return perLayer(DEFAULT_OWN_SHARE);
    }

    /** {@return one α for the layer; see {@link #perChannel(double)}} */
    public static CrossStitchUnit perLayer(double ownShare) {
        return new CrossStitchUnit(Granularity.PER_LAYER, new OwnShare(ownShare), 1, 0, ImmutableList.of());
    }

    /** {@return one α for the layer; see {@link #perChannel(double, double)}} */
    public static CrossStitchUnit perLayer(double same, double different) {
        return new CrossStitchUnit(Granularity.PER_LAYER, new SameDifferent(same, different), 1, 0, ImmutableList.of());
    }

    /** {@return one α for the layer, starting at this matrix; see {@link #perChannel(double[][])}} */
    public static CrossStitchUnit perLayer(double[][] alpha) {
        return new CrossStitchUnit(Granularity.PER_LAYER, Matrix.of(alpha), 1, 0, ImmutableList.of());
    }

    /** {@return a unit that changes nothing until it learns to: α_S = 1, α_D = 0} */
    public static CrossStitchUnit identity(Granularity granularity) {
        return new CrossStitchUnit(
                Objects.requireNonNull(granularity, "granularity"), new OwnShare(1), 1, 0, ImmutableList.of());
    }

    /**
     * {@return this unit with a learning rate of its own: the network's rate times {@code factor}} The paper multiplies
     * by 100 to 1000 with plain SGD, whose step scales with the gradient; with Adam start at 1 to 10.
     *
     * @throws IllegalArgumentException if {@code factor} is negative or not finite; 0 keeps α where it starts
     */
    public CrossStitchUnit withLearningRateFactor(double factor) {
        return new CrossStitchUnit(granularity, start, factor, frozenEpochs, towers);
    }

    /**
     * {@return this unit with α kept at its initial values for the first epochs, so that the towers learn something
     * before they choose what to share} The updater sees the gradients meanwhile, so its moments are right when α is
     * let go.
     *
     * @param epochs at least 0
     * @throws IllegalArgumentException if {@code epochs} is below 0
     */
    public CrossStitchUnit withFrozenEpochs(int epochs) {
        return new CrossStitchUnit(granularity, start, learningRateFactor, epochs, towers);
    }

    /**
     * {@return this unit between these towers only, in this order (rows and columns of α); all towers of the network
     * otherwise}
     *
     * @throws IllegalArgumentException if there are fewer than two, or one comes twice
     */
    public CrossStitchUnit withTowers(String... towers) {
        ImmutableList<String> list = ImmutableList.copyOf(towers);
        if (list.size() < 2) {
            throw new IllegalArgumentException("CrossStitchUnit: a unit joins at least 2 towers, got " + list);
        }
        if (ImmutableSet.copyOf(list).size() != list.size()) {
            throw new IllegalArgumentException("CrossStitchUnit: a tower comes twice in " + list);
        }
        return new CrossStitchUnit(granularity, start, learningRateFactor, frozenEpochs, list);
    }

    /** {@return per layer or per channel} */
    public Granularity granularity() {
        return granularity;
    }

    /** {@return the unit's learning rate as a multiple of the network's} */
    public double learningRateFactor() {
        return learningRateFactor;
    }

    /** {@return for how many epochs α is kept at its initial values} */
    @Override
    public int frozenEpochs() {
        return frozenEpochs;
    }

    /** {@return the towers that the unit joins; empty for all of the network's} */
    @Override
    public List<String> towers() {
        return towers;
    }

    /**
     * {@return the initial α for this many towers and channels, as one row of numbers per output tower:
     * {@code [towers][towers]} per layer, {@code [towers][towers * channels]} per channel with the channel fastest}
     *
     * @param towerCount at least 2
     * @param channels at least 1; does not matter per layer
     * @throws IllegalArgumentException if the start was given for another number of towers or channels, or was given as
     *     α_S and α_D whose rows do not sum to one
     */
    public double[][] initialRows(int towerCount, int channels) {
        if (towerCount < 2) {
            throw new IllegalArgumentException("CrossStitchUnit: a unit joins at least 2 towers, got " + towerCount);
        }
        start.check(towerCount, channels);
        int perPair = granularity == Granularity.PER_CHANNEL ? channels : 1;
        double[][] rows = new double[towerCount][towerCount * perPair];
        for (int s = 0; s < towerCount; s++) {
            for (int t = 0; t < towerCount; t++) {
                for (int c = 0; c < perPair; c++) {
                    rows[s][t * perPair + c] = start.alpha(s, t, c, towerCount);
                }
            }
        }
        return rows;
    }

    @Override
    public String kind() {
        return "cross-stitch";
    }

    @Override
    public List<UnitParameter> parameters(List<Shape> inputs) {
        double[][] rows = initialRows(inputs.size(), inputs.get(0).channels());
        return IntStream.range(0, rows.length)
                .mapToObj(s -> UnitParameter.of(ALPHA, 1, rows[s].length)
                        .ofOutput(s)
                        .startingAt(rows[s])
                        .withLearningRateFactor(learningRateFactor))
                .collect(ImmutableList.toImmutableList());
    }

    /** Computes the outputs by their definition; networks have a faster way to the same. */
    @Override
    public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
        List<INDArray> outputs = new ArrayList<>();
        for (int s = 0; s < inputs.size(); s++) {
            INDArray sum = Nd4j.zeros(inputs.get(s).dataType(), inputs.get(s).shape());
            for (int t = 0; t < inputs.size(); t++) {
                sum.addi(inputs.get(t).mul(alpha(parameters, s, t, inputs.size(), sum.rank())));
            }
            outputs.add(sum);
        }
        return outputs;
    }

    @Override
    public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
        int towers = inputs.size();
        List<INDArray> gradients = new ArrayList<>();
        for (int t = 0; t < towers; t++) {
            INDArray sum = Nd4j.zeros(inputs.get(t).dataType(), inputs.get(t).shape());
            for (int s = 0; s < towers; s++) {
                sum.addi(outputGradients.get(s).mul(alpha(parameters, s, t, towers, sum.rank())));
            }
            gradients.add(sum);
        }
        UnitArrays ofAlpha = UnitArrays.none();
        for (int s = 0; s < towers; s++) {
            INDArray row = Nd4j.zeros(
                    inputs.get(s).dataType(), parameters.get(ALPHA, s).shape());
            long perPair = row.length() / towers;
            for (int t = 0; t < towers; t++) {
                INDArray product = outputGradients.get(s).mul(inputs.get(t));
                INDArray sum = granularity == Granularity.PER_LAYER
                        ? product.sum()
                        : product.sum(IntStream.range(0, product.rank())
                                .filter(dimension -> dimension != 1)
                                .toArray());
                row.get(NDArrayIndex.all(), NDArrayIndex.interval(t * perPair, (t + 1) * perPair))
                        .assign(sum.reshape('c', 1, perPair));
            }
            ofAlpha = ofAlpha.with(ALPHA, s, row);
        }
        return new UnitGradients(gradients, ofAlpha);
    }

    /** What weighs one input in one output, as an array that is multiplied with it number by number. */
    private static INDArray alpha(UnitArrays parameters, int s, int t, int towers, int rank) {
        INDArray row = parameters.get(ALPHA, s);
        long perPair = row.length() / towers;
        long[] shape = new long[rank];
        Arrays.fill(shape, 1);
        shape[1] = perPair;
        return row.get(NDArrayIndex.all(), NDArrayIndex.interval(t * perPair, (t + 1) * perPair))
                .dup('c')
                .reshape('c', shape);
    }

    /** {@return for each pair of towers mean, least and largest α over the channels} */
    @Override
    public List<UnitReading> readings(List<String> towers, UnitArrays parameters) {
        ImmutableList.Builder<UnitReading> readings = ImmutableList.builder();
        for (int s = 0; s < towers.size(); s++) {
            for (int t = 0; t < towers.size(); t++) {
                INDArray pair = alpha(parameters, s, t, towers.size(), 2);
                readings.add(UnitReading.of(ALPHA, towers.get(s), towers.get(t), pair));
            }
        }
        return readings.build();
    }

    /** {@return a short phrase for tables, such as {@code per channel, 0.9 own}} */
    @Override
    public String describe() {
        return (granularity == Granularity.PER_CHANNEL ? "per channel, " : "per layer, ")
                + start.describe()
                + (learningRateFactor == 1 ? "" : ", rate x" + learningRateFactor)
                + (frozenEpochs == 0 ? "" : ", frozen for " + frozenEpochs + " epochs")
                + (towers.isEmpty() ? "" : ", between " + String.join(", ", towers));
    }

    @Override
    public String toString() {
        return "CrossStitchUnit[" + describe() + "]";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CrossStitchUnit unit
                && granularity == unit.granularity
                && start.equals(unit.start)
                && learningRateFactor == unit.learningRateFactor
                && frozenEpochs == unit.frozenEpochs
                && towers.equals(unit.towers);
    }

    @Override
    public int hashCode() {
        return Objects.hash(granularity, start, learningRateFactor, frozenEpochs, towers);
    }

    /** Where α starts. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.PROPERTY, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = OwnShare.class, name = "own-share"),
        @JsonSubTypes.Type(value = SameDifferent.class, name = "same-different"),
        @JsonSubTypes.Type(value = Matrix.class, name = "matrix"),
        @JsonSubTypes.Type(value = Tensor.class, name = "per-channel-matrices")
    })
    private sealed interface Start extends Serializable {
        void check(int towers, int channels);

        double alpha(int s, int t, int c, int towers);

        String describe();
    }

    private record OwnShare(@JsonProperty("ownShare") double ownShare) implements Start {
        OwnShare {
            Check.finite(ownShare, "CrossStitchUnit: own share");
        }

        @Override
        public void check(int towers, int channels) {}

        @Override
        public double alpha(int s, int t, int c, int towers) {
            return s == t ? ownShare : (1 - ownShare) / (towers - 1);
        }

        @Override
        public String describe() {
            return ownShare == 1 ? "identity" : ownShare + " own";
        }
    }

    private record SameDifferent(
            @JsonProperty("same") double same,
            @JsonProperty("different") double different) implements Start {
        SameDifferent {
            Check.finite(same, "CrossStitchUnit: alpha same");
            Check.finite(different, "CrossStitchUnit: alpha different");
        }

        @Override
        public void check(int towers, int channels) {
            double sum = same + (towers - 1) * different;
            if (Math.abs(sum - 1) > ROW_SUM_TOLERANCE) {
                throw new IllegalArgumentException(
                        ("CrossStitchUnit: with %d towers the rows of alpha sum to %s + %d * %s = %s, not"
                                        + " 1; give one number (the"
                                        + " own share) to have the rest shared, or the whole matrix for a"
                                        + " start that is not convex")
                                .formatted(towers, same, towers - 1, different, sum));
            }
        }

        @Override
        public double alpha(int s, int t, int c, int towers) {
            return s == t ? same : different;
        }

        @Override
        public String describe() {
            return same + "/" + different;
        }
    }

    private record Matrix(@JsonProperty("rows") List<List<Double>> rows) implements Start {
        Matrix {
            requireSquare(rows.size(), rows.stream().mapToInt(List::size));
            rows.forEach(row -> row.forEach(value -> Check.finite(value, "CrossStitchUnit: alpha")));
        }

        static Matrix of(double[][] alpha) {
            requireSquare(alpha.length, Arrays.stream(alpha).mapToInt(row -> row.length));
            return new Matrix(Arrays.stream(alpha).map(Matrix::row).collect(Collectors.toUnmodifiableList()));
        }

        private static List<Double> row(double[] values) {
            return Arrays.stream(values)
                    .map(v -> Check.finite(v, "CrossStitchUnit: alpha"))
                    .boxed()
                    .collect(Collectors.toUnmodifiableList());
        }

        @Override
        public void check(int towers, int channels) {
            requireTowers(rows.size(), towers);
        }

        @Override
        public double alpha(int s, int t, int c, int towers) {
            return rows.get(s).get(t);
        }

        @Override
        public String describe() {
            return rows.toString();
        }
    }

    private record Tensor(@JsonProperty("matrices") List<Matrix> perChannel) implements Start {
        Tensor {
            if (perChannel.stream()
                            .map(matrix -> matrix.rows().size())
                            .distinct()
                            .count()
                    != 1) {
                throw new IllegalArgumentException(
                        "CrossStitchUnit: alpha must have the same number of towers for each channel, at least one");
            }
        }

        static Tensor of(double[][][] alpha) {
            requireSquare(alpha.length, Arrays.stream(alpha).mapToInt(row -> row.length));
            int channels = alpha[0][0].length;
            for (double[][] row : alpha) {
                for (double[] values : row) {
                    if (values.length != channels || channels == 0) {
                        throw new IllegalArgumentException(
                                "CrossStitchUnit: alpha must be [towers][towers][channels] with at least"
                                        + " one channel, but pairs have " + channels + " and " + values.length);
                    }
                }
            }
            ImmutableList.Builder<Matrix> matrices = ImmutableList.builder();
            for (int c = 0; c < channels; c++) {
                double[][] matrix = new double[alpha.length][alpha.length];
                for (int s = 0; s < alpha.length; s++) {
                    for (int t = 0; t < alpha.length; t++) {
                        matrix[s][t] = alpha[s][t][c];
                    }
                }
                matrices.add(Matrix.of(matrix));
            }
            return new Tensor(matrices.build());
        }

        @Override
        public void check(int towers, int channels) {
            requireTowers(perChannel.get(0).rows().size(), towers);
            if (perChannel.size() != channels) {
                throw new IllegalArgumentException("CrossStitchUnit: alpha was given for %d channels, the layer has %d"
                        .formatted(perChannel.size(), channels));
            }
        }

        @Override
        public double alpha(int s, int t, int c, int towers) {
            return perChannel.get(c).alpha(s, t, 0, towers);
        }

        @Override
        public String describe() {
            return "given for " + perChannel.size() + " channels";
        }
    }

    private static void requireSquare(int rows, IntStream lengths) {
        if (rows < 2 || lengths.anyMatch(length -> length != rows)) {
            throw new IllegalArgumentException(
                    ("CrossStitchUnit: alpha must be a square matrix of at least 2 rows, row = output"
                                            + " tower; got %d rows, not")
                                    .formatted(rows)
                            + " all of that length");
        }
    }

    private static void requireTowers(int given, int actual) {
        if (given != actual) {
            throw new IllegalArgumentException(
                    "CrossStitchUnit: alpha was given for %d towers, the unit joins %d".formatted(given, actual));
        }
    }
}
