package org.mtl4j.sharing;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.mtl4j.internal.check.Check;

/**
 * Describes one array of parameters of a {@link SharingUnit}: name, shape, initial values, and how it is trained.
 *
 * <pre>{@code
 * UnitParameter gate = UnitParameter.of("gate", 2, 64).startingAt(0.9);
 * UnitParameter matrix = UnitParameter.of("W", 64, 2 * 64).ofOutput(0).drawn(0.01).withLearningRateFactor(100);
 * }</pre>
 *
 * Immutable; arrays are copied in and out.
 */
public final class UnitParameter {
    /** The {@link #output()} of a parameter that all outputs may depend on. */
    public static final int ALL_OUTPUTS = -1;

    private static final String NAME = "[A-Za-z][A-Za-z0-9\\-]*";

    private final String name;
    private final int output;
    private final long[] shape;
    private final Start start;
    private final double learningRateFactor;
    private final double weightDecayFactor;
    private final boolean statistic;

    /** Where it starts: all at one value where there is one number, at the numbers one by one, or drawn. */
    private record Start(double[] values, double standardDeviation) {}

    private UnitParameter(
            String name,
            int output,
            long[] shape,
            Start start,
            double learningRateFactor,
            double weightDecayFactor,
            boolean statistic) {
        this.name = name;
        this.output = output;
        this.shape = shape;
        this.start = start;
        this.learningRateFactor = learningRateFactor;
        this.weightDecayFactor = weightDecayFactor;
        this.statistic = statistic;
    }

    /**
     * {@return a parameter that starts at zeros}
     *
     * @param name letters, digits and hyphens, beginning with a letter; unique within the unit, or for its output
     * @param shape at least one dimension, each at least 1
     * @throws IllegalArgumentException if the name is of another form, or the shape has none or a smaller dimension
     */
    public static UnitParameter of(String name, long... shape) {
        if (!Objects.requireNonNull(name, "name").matches(NAME)) {
            throw new IllegalArgumentException(
                    ("UnitParameter name '%s': a name is made of letters, digits and '-', and starts with a letter")
                            .formatted(name));
        }
        if (shape.length == 0) {
            throw new IllegalArgumentException(
                    "UnitParameter '%s': a shape has at least one dimension".formatted(name));
        }
        for (long size : shape) {
            Check.atLeast(1, size, "UnitParameter '%s': size of a dimension".formatted(name));
        }
        return new UnitParameter(name, ALL_OUTPUTS, shape.clone(), new Start(new double[] {0}, 0), 1, 0, false);
    }

    /**
     * {@return this parameter as one that only one output depends on} It rests when no task of that tower is trained
     * any more. Parameters of several outputs may have one name.
     *
     * @param output which of the outputs, counted from 0
     * @throws IllegalArgumentException if it is below 0
     */
    public UnitParameter ofOutput(int output) {
        Check.atLeast(0, output, "UnitParameter '%s': output".formatted(name));
        return new UnitParameter(name, output, shape, start, learningRateFactor, weightDecayFactor, statistic);
    }

    /**
     * {@return this parameter with these initial values}
     *
     * @param values one for all, or as many as there are numbers, in c order (last dimension fastest)
     * @throws IllegalArgumentException if there are more or fewer, or one is not finite
     */
    public UnitParameter startingAt(double... values) {
        if (values.length != 1 && values.length != length()) {
            throw new IllegalArgumentException("UnitParameter '%s': %d initial values for shape %s, which has %d"
                    .formatted(name, values.length, Arrays.toString(shape), length()));
        }
        for (double value : values) {
            Check.finite(value, "UnitParameter '%s': initial value".formatted(name));
        }
        Start given = new Start(values.clone(), 0);
        return new UnitParameter(name, output, shape, given, learningRateFactor, weightDecayFactor, statistic);
    }

    /**
     * {@return this parameter with initial values from a normal distribution around 0, by the plan's seed}
     *
     * @throws IllegalArgumentException if the standard deviation is negative or not finite
     */
    public UnitParameter drawn(double standardDeviation) {
        Check.finiteAtLeastZero(standardDeviation, "UnitParameter '%s': standard deviation".formatted(name));
        Start drawn = new Start(new double[0], standardDeviation);
        return new UnitParameter(name, output, shape, drawn, learningRateFactor, weightDecayFactor, statistic);
    }

    /**
     * {@return this parameter with a learning rate that is the updater's times this factor}
     *
     * @throws IllegalArgumentException if it is negative or not finite; 0 keeps the initial values
     */
    public UnitParameter withLearningRateFactor(double factor) {
        Check.finiteAtLeastZero(factor, "UnitParameter '%s': learningRateFactor".formatted(name));
        return new UnitParameter(name, output, shape, start, factor, weightDecayFactor, statistic);
    }

    /**
     * {@return this parameter with the plan's weight decay ({@code TrainingPlan.l2}) times this factor; 0 unless told
     * otherwise}
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public UnitParameter withWeightDecayFactor(double factor) {
        Check.finiteAtLeastZero(factor, "UnitParameter '%s': weightDecayFactor".formatted(name));
        return new UnitParameter(name, output, shape, start, learningRateFactor, factor, statistic);
    }

    /**
     * {@return this parameter as one that no gradient moves} {@link SharingUnit#backward} gives its new value, such as
     * that of a running mean, which holds after the step. A unit with statistics {@linkplain SharingUnit#looksAtBatch()
     * looks at the batch}.
     */
    public UnitParameter asStatistic() {
        return new UnitParameter(name, output, shape, start, 1, 0, true);
    }

    /** {@return what it is called} */
    public String name() {
        return name;
    }

    /** {@return the only output that depends on it, counted from 0, or {@link #ALL_OUTPUTS}} */
    public int output() {
        return output;
    }

    /** {@return its shape; a copy} */
    public long[] shape() {
        return shape.clone();
    }

    /** {@return how many numbers it has} */
    public long length() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** {@return its rate as a multiple of the updater's} */
    public double learningRateFactor() {
        return learningRateFactor;
    }

    /** {@return its weight decay as a multiple of the plan's} */
    public double weightDecayFactor() {
        return weightDecayFactor;
    }

    /** {@return whether no gradient moves it} */
    public boolean statistic() {
        return statistic;
    }

    /**
     * {@return the initial values, in c order}
     *
     * @param seed by which they are drawn, if they are
     */
    public double[] initialValues(long seed) {
        int length = Math.toIntExact(length());
        if (start.values().length == length) {
            return start.values().clone();
        }
        double[] values = new double[length];
        if (start.values().length == 1) {
            Arrays.fill(values, start.values()[0]);
        } else {
            Random random = new Random(seed);
            Arrays.setAll(values, i -> start.standardDeviation() * random.nextGaussian());
        }
        return values;
    }

    @Override
    public String toString() {
        return UnitArrays.key(name, output) + " " + Arrays.toString(shape);
    }
}
