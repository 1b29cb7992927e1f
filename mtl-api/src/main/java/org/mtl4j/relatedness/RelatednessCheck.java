package org.mtl4j.relatedness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Checks the gradients of a {@link Relatedness}, or of a {@link GroupRelatedness} over three towers, against central
 * differences, in double precision, on every entry of all weight arrays and every learned coefficient; and that its
 * other methods agree with {@code evaluate}.
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

    /** Towers that a function of any number is checked with. */
    private static final int SEVERAL = 3;

    private final GroupRelatedness relatedness;
    private final long seed;

    private RelatednessCheck(GroupRelatedness relatedness, long seed) {
        this.relatedness = relatedness;
        this.seed = seed;
    }

    /** {@return a check of this function, of two towers or of any number, with seed 1} */
    public static RelatednessCheck of(GroupRelatedness relatedness) {
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
        List<INDArray> thetas = new ArrayList<>();
        thetas.add(draw(shape, 0, 0.5));
        for (int t = 1; t < (relatedness instanceof Relatedness ? 2 : SEVERAL); t++) {
            thetas.add(thetas.get(0).add(draw(shape, t, 0.1)));
        }
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
        List<INDArray> before = copies(thetas);
        GroupRelatedness.GroupEvaluation analytic = relatedness.evaluate(thetas, coefficients);
        if (!thetas.equals(before)) {
            failures.add(at + "evaluate changed its arguments");
            return;
        }
        if (analytic.coefficientGradients().length != coefficients.length) {
            failures.add(at
                    + "%s coefficient gradients for %s coefficients"
                            .formatted(analytic.coefficientGradients().length, coefficients.length));
            return;
        }
        if (analytic.gradients().size() != thetas.size()) {
            failures.add(at
                    + "%s gradients for the weights of %s towers"
                            .formatted(analytic.gradients().size(), thetas.size()));
            return;
        }
        for (int t = 0; t < thetas.size(); t++) {
            compareArray(at + theta(t), t, analytic.gradients().get(t), thetas, coefficients, failures);
        }
        compareOthers(at, analytic, thetas, coefficients, failures);
        for (int i = 0; i < coefficients.length; i++) {
            double middle = coefficients[i];
            coefficients[i] = middle + STEP;
            double up = relatedness.evaluate(thetas, coefficients).value();
            coefficients[i] = middle - STEP;
            double down = relatedness.evaluate(thetas, coefficients).value();
            coefficients[i] = middle;
            compareOne(
                    at + relatedness.coefficientNames().get(i),
                    analytic.coefficientGradients()[i],
                    (up - down) / (2 * STEP),
                    failures);
        }
    }

    private static String theta(int tower) {
        return "theta" + (tower + 1);
    }

    private static List<INDArray> copies(List<INDArray> arrays) {
        return arrays.stream().map(INDArray::dup).toList();
    }

    /** The other methods against {@code evaluate}. */
    private void compareOthers(
            String at,
            GroupRelatedness.GroupEvaluation analytic,
            List<INDArray> thetas,
            double[] coefficients,
            List<String> failures) {
        compareOne(at + "value()", relatedness.value(thetas, coefficients), analytic.value(), failures);
        List<INDArray> before = copies(thetas);
        List<INDArray> sums = new ArrayList<>();
        double[] added = new double[coefficients.length];
        double value = Double.NaN;
        for (int t = 0; t < thetas.size(); t++) { // one gradient wanted at a time
            INDArray sum = Nd4j.ones(DataType.DOUBLE, thetas.get(t).shape());
            List<@Nullable INDArray> wanted = new ArrayList<>(Collections.nCopies(thetas.size(), null));
            wanted.set(t, sum);
            Arrays.fill(added, 1);
            value = relatedness.addGradients(thetas, coefficients, ADDED, wanted, added);
            sums.add(sum);
        }
        compareOne(at + "addGradients, value", value, analytic.value(), failures);
        if (!thetas.equals(before)) {
            failures.add(at + "addGradients changed the weights");
        }
        for (int t = 0; t < thetas.size(); t++) {
            compareSums(at + "addGradients, " + theta(t), analytic.gradients().get(t), sums.get(t), failures);
        }
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
            int tower,
            INDArray gradient,
            List<INDArray> thetas,
            double[] coefficients,
            List<String> failures) {
        INDArray moved = thetas.get(tower);
        if (!Arrays.equals(gradient.shape(), moved.shape())) {
            failures.add("%s: gradient has shape %s".formatted(name, Arrays.toString(gradient.shape())));
            return;
        }
        INDArray flatGradient = gradient.dup('c').reshape(gradient.length());
        INDArray flat = moved.reshape(moved.length()); // a view: moved is in c order
        for (long i = 0; i < flat.length(); i++) {
            double middle = flat.getDouble(i);
            flat.putScalar(i, middle + STEP);
            double up = relatedness.evaluate(thetas, coefficients).value();
            flat.putScalar(i, middle - STEP);
            double down = relatedness.evaluate(thetas, coefficients).value();
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
