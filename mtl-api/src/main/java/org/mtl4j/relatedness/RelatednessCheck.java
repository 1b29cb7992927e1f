package org.mtl4j.relatedness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Checks the gradients of a {@link Relatedness} against central differences, in double precision, on every entry of
 * both weight arrays and every learned coefficient; and that its other methods agree with {@link Relatedness#evaluate}.
 *
 * <pre>{@code
 * RelatednessCheck.of(new MyRelatedness()).assertGradients();
 * }</pre>
 *
 * The weights are drawn from a seed, close enough to each other for exponential forms. A function with kinks can fail
 * at a kink; give another seed then.
 */
public final class RelatednessCheck {
    private static final double STEP = 1e-5;
    private static final double ABSOLUTE = 1e-8; // second-order error of the difference for r of order 1, and rounding
    private static final double RELATIVE = 1e-6;

    /** By what gradients are multiplied to see whether they are. */
    private static final double ADDED = 2;

    private final Relatedness relatedness;
    private final long seed;

    private RelatednessCheck(Relatedness relatedness, long seed) {
        this.relatedness = relatedness;
        this.seed = seed;
    }

    /** {@return a check of this function with seed 1} */
    public static RelatednessCheck of(Relatedness relatedness) {
        return new RelatednessCheck(relatedness, 1);
    }

    /** {@return the same check on other random weights} */
    public RelatednessCheck withSeed(long seed) {
        return new RelatednessCheck(relatedness, seed);
    }

    /**
     * Compares all gradients for convolution weights {@code [2, 3, 2, 2]} and dense weights {@code [4, 5]}.
     *
     * @return one line per gradient that is wrong, such as {@code theta1[3]: analytic 0.4170, numeric 0.4213}; empty if
     *     all are right
     */
    public List<String> failures() {
        List<String> failures = new ArrayList<>();
        for (long[] shape : new long[][] {{2, 3, 2, 2}, {4, 5}}) {
            compare(shape, failures);
        }
        return failures;
    }

    /**
     * Asserts that there are no {@link #failures()}.
     *
     * @throws AssertionError if a gradient is wrong; the message lists every one
     */
    public void assertGradients() {
        List<String> failures = failures();
        if (!failures.isEmpty()) {
            throw new AssertionError("Relatedness '%s': %d wrong gradients%n%s"
                    .formatted(relatedness.name(), failures.size(), String.join(System.lineSeparator(), failures)));
        }
    }

    private void compare(long[] shape, List<String> failures) {
        INDArray theta1 = draw(shape, 0, 0.5);
        INDArray theta2 = theta1.add(draw(shape, 1, 0.1));
        double[] coefficients = relatedness.initialCoefficients();
        for (int i = 0; i < coefficients.length; i++) {
            coefficients[i] += 0.05 * (i + 1); // away from a start at which a gradient may vanish
        }
        String at = "shape " + Arrays.toString(shape) + ", ";
        if (relatedness.coefficientNames().size() != coefficients.length) {
            failures.add(at
                    + "coefficientNames() has %s entries, initialCoefficients() %s"
                            .formatted(relatedness.coefficientNames().size(), coefficients.length));
            return;
        }
        INDArray before1 = theta1.dup();
        INDArray before2 = theta2.dup();
        Relatedness.Evaluation analytic = relatedness.evaluate(theta1, theta2, coefficients);
        if (!theta1.equals(before1) || !theta2.equals(before2)) {
            failures.add(at + "evaluate changed its arguments");
            return;
        }
        if (analytic.coefficientGradients().length != coefficients.length) {
            failures.add(at
                    + "%s coefficient gradients for %s coefficients"
                            .formatted(analytic.coefficientGradients().length, coefficients.length));
            return;
        }
        compareArray(at + "theta1", theta1, analytic.gradient1(), theta1, theta2, coefficients, failures);
        compareArray(at + "theta2", theta2, analytic.gradient2(), theta1, theta2, coefficients, failures);
        compareOthers(at, analytic, theta1, theta2, coefficients, failures);
        for (int i = 0; i < coefficients.length; i++) {
            double middle = coefficients[i];
            coefficients[i] = middle + STEP;
            double up = relatedness.evaluate(theta1, theta2, coefficients).value();
            coefficients[i] = middle - STEP;
            double down = relatedness.evaluate(theta1, theta2, coefficients).value();
            coefficients[i] = middle;
            compareOne(
                    at + relatedness.coefficientNames().get(i),
                    analytic.coefficientGradients()[i],
                    (up - down) / (2 * STEP),
                    failures);
        }
    }

    /** The other methods against {@code evaluate}. */
    private void compareOthers(
            String at,
            Relatedness.Evaluation analytic,
            INDArray theta1,
            INDArray theta2,
            double[] coefficients,
            List<String> failures) {
        compareOne(at + "value()", relatedness.value(theta1, theta2, coefficients), analytic.value(), failures);
        INDArray added1 = Nd4j.ones(DataType.DOUBLE, theta1.shape());
        INDArray added2 = Nd4j.ones(DataType.DOUBLE, theta2.shape());
        INDArray before1 = theta1.dup();
        INDArray before2 = theta2.dup();
        double[] added = new double[coefficients.length];
        Arrays.fill(added, 1);
        relatedness.addGradients(theta1, theta2, coefficients, ADDED, added1, null, added.clone());
        double value = relatedness.addGradients(theta1, theta2, coefficients, ADDED, null, added2, added);
        compareOne(at + "addGradients, value", value, analytic.value(), failures);
        if (!theta1.equals(before1) || !theta2.equals(before2)) {
            failures.add(at + "addGradients changed the weights");
        }
        compareSums(at + "addGradients, theta1", analytic.gradient1(), added1, failures);
        compareSums(at + "addGradients, theta2", analytic.gradient2(), added2, failures);
        for (int i = 0; i < added.length; i++) {
            String name = at + "addGradients, " + relatedness.coefficientNames().get(i);
            compareOne(name, added[i], 1 + ADDED * analytic.coefficientGradients()[i], failures);
        }
    }

    private static void compareSums(String name, INDArray gradient, INDArray added, List<String> failures) {
        if (!gradient.equalShapes(added)) {
            return; // reported elsewhere
        }
        INDArray expected = gradient.dup('c'); // whose numbers are counted row by row
        INDArray found = added.dup('c');
        for (long i = 0; i < found.length(); i++) {
            compareOne(name + "[" + i + "]", found.getDouble(i), 1 + ADDED * expected.getDouble(i), failures);
        }
    }

    private void compareArray(
            String name,
            INDArray moved,
            INDArray gradient,
            INDArray theta1,
            INDArray theta2,
            double[] coefficients,
            List<String> failures) {
        if (!Arrays.equals(gradient.shape(), moved.shape())) {
            failures.add("%s: gradient has shape %s".formatted(name, Arrays.toString(gradient.shape())));
            return;
        }
        INDArray flatGradient = gradient.dup('c').reshape(gradient.length());
        INDArray flat = moved.reshape(moved.length()); // a view: moved is in c order
        for (long i = 0; i < flat.length(); i++) {
            double middle = flat.getDouble(i);
            flat.putScalar(i, middle + STEP);
            double up = relatedness.evaluate(theta1, theta2, coefficients).value();
            flat.putScalar(i, middle - STEP);
            double down = relatedness.evaluate(theta1, theta2, coefficients).value();
            flat.putScalar(i, middle);
            compareOne(name + "[" + i + "]", flatGradient.getDouble(i), (up - down) / (2 * STEP), failures);
        }
    }

    private static void compareOne(String name, double analytic, double numeric, List<String> failures) {
        double allowed = ABSOLUTE + RELATIVE * Math.abs(numeric);
        if (!(Math.abs(analytic - numeric) <= allowed)) { // true for NaN as well
            failures.add(String.format(
                    Locale.ROOT,
                    "%s: analytic %s, numeric %s, difference %.1e, allowed %.1e",
                    name,
                    analytic,
                    numeric,
                    Math.abs(analytic - numeric),
                    allowed));
        }
    }

    private INDArray draw(long[] shape, int stream, double scale) {
        java.util.Random random = new java.util.Random(seed * 31 + stream);
        long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        double[] values = random.doubles(length, -scale, scale).toArray();
        return Nd4j.createFromArray(values).castTo(DataType.DOUBLE).reshape('c', shape);
    }
}
