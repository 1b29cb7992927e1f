package org.mtl4j.sharing.check;

import com.google.common.collect.ImmutableList;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.mtl4j.internal.json.JsonFields;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.layer.Shape;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitGradients;
import org.mtl4j.sharing.UnitParameter;
import org.mtl4j.sharing.UnitReading;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * Checks a {@link SharingUnit} in one call: its gradients against central differences, in double precision, on every
 * entry of every input and parameter; and that its parts agree with each other and with the interface:
 *
 * <ul>
 *   <li>outputs, gradients and initial values have the shapes, and parameters the names and numbers, that it declares;
 *   <li>the same arguments give the same numbers, bit for bit, and no argument is changed;
 *   <li>an example's output depends on other examples only where {@link SharingUnit#looksAtBatch} says so, and on
 *       whether the network is in training only then, too;
 *   <li>statistics get new values, and outputs in training do not depend on the old ones;
 *   <li>single precision gives about the same, in single precision;
 *   <li>it is written and read as JSON and by Java's serialisation, and what is read is equal and computes the same;
 *   <li>texts and {@linkplain SharingUnit#readings readings} are there.
 * </ul>
 *
 * <pre>{@code
 * SharingUnitCheck.of(unit).assertCorrect();
 * }</pre>
 *
 * It is tried on vectors, sequences and images of four channels between two towers, and on vectors between three, as
 * far as the unit joins them; {@link #on} has other shapes tried. Numbers are drawn from a seed; a unit with kinks,
 * such as ReLU, can fail at a kink: give another seed then.
 */
public final class SharingUnitCheck {
    private static final double STEP = 1e-5;
    private static final double ABSOLUTE =
            1e-7; // second-order error of the difference, and rounding of sums of order 10
    private static final double RELATIVE = 1e-6;
    private static final double SINGLE_PRECISION = 1e-3;
    private static final int EXAMPLES = 3;
    /** One example, and the others. */
    private static final long[][] PARTS = {{0, 1}, {1, EXAMPLES}};

    private static final int MOST_LINES_OF_A_KIND = 5;

    private final SharingUnit unit;
    private final long seed;
    private final SavedTypes types;
    private final List<List<Shape>> shapes;

    private SharingUnitCheck(SharingUnit unit, long seed, SavedTypes types, List<List<Shape>> shapes) {
        this.unit = unit;
        this.seed = seed;
        this.types = types;
        this.shapes = shapes;
    }

    /** {@return a check of this unit with seed 1} */
    public static SharingUnitCheck of(SharingUnit unit) {
        return new SharingUnitCheck(unit, 1, SavedTypes.none(), ImmutableList.of());
    }

    /** {@return the same check on other random numbers} */
    public SharingUnitCheck withSeed(long seed) {
        return new SharingUnitCheck(unit, seed, types, shapes);
    }

    /** {@return the same check with the unit saved by the name that it has here, and not by its class} */
    public SharingUnitCheck withTypes(SavedTypes types) {
        return new SharingUnitCheck(unit, seed, types, shapes);
    }

    /**
     * {@return the same check between towers of these shapes, in the place of those that are tried otherwise} Call it
     * again for more.
     *
     * @param towers shapes of one example, tower by tower; keep them small, as every number is moved by itself
     */
    public SharingUnitCheck on(Shape... towers) {
        List<Shape> one = ImmutableList.copyOf(towers);
        return new SharingUnitCheck(
                unit,
                seed,
                types,
                ImmutableList.<List<Shape>>builder().addAll(shapes).add(one).build());
    }

    /**
     * Asserts that there are no {@link #failures()}.
     *
     * @throws AssertionError if there is one; the message lists all
     */
    public void assertCorrect() {
        List<String> failures = failures();
        if (!failures.isEmpty()) {
            throw new AssertionError("SharingUnit '%s': %s failures%n%s"
                    .formatted(unit.kind(), failures.size(), String.join(System.lineSeparator(), failures)));
        }
    }

    /**
     * Makes all checks.
     *
     * @return one line for each thing that is wrong, such as {@code [4] x 2, input 0[3]: analytic 0.4170, numeric
     *     0.4213}; empty if all is right
     */
    public List<String> failures() {
        List<String> failures = new ArrayList<>();
        checkTexts(failures);
        checkCopies(failures);
        int joined = 0;
        String refusal = "";
        for (List<Shape> inputs : shapes.isEmpty() ? usual() : shapes) {
            String at = at(inputs);
            try {
                unit.outputs(inputs);
                unit.parameters(inputs);
            } catch (IllegalArgumentException e) {
                refusal = refusal.isEmpty() ? at + ": " + e.getMessage() : refusal;
                if (!shapes.isEmpty()) {
                    failures.add(at + ": the unit does not join such towers: " + e.getMessage());
                }
                continue;
            }
            joined++;
            try {
                new OnShapes(inputs, at, failures).check();
            } catch (RuntimeException e) {
                failures.add(at + ": throws " + e);
            }
        }
        if (joined == 0 && shapes.isEmpty()) {
            failures.add("the unit joins none of the shapes that are tried; say by on(...) which it joins: " + refusal);
        }
        return failures;
    }

    private List<List<Shape>> usual() {
        int towers = unit.towers().size();
        List<List<Shape>> all = new ArrayList<>();
        for (Shape shape : List.of(Shape.vector(4), Shape.sequence(4, 3), Shape.image(4, 2, 1))) {
            if (towers > 0) {
                all.add(Collections.nCopies(towers, shape));
            } else {
                all.add(Collections.nCopies(2, shape));
            }
        }
        if (towers == 0) {
            all.add(Collections.nCopies(3, Shape.vector(4)));
        }
        return all;
    }

    private static String at(List<Shape> inputs) {
        return inputs.stream().distinct().count() == 1
                ? "%s x %s".formatted(inputs.get(0), inputs.size())
                : inputs.toString();
    }

    private void checkTexts(List<String> failures) {
        if (unit.kind().isBlank()) {
            failures.add("kind() is empty");
        }
        if (unit.kind().contains("\n") || unit.describe().contains("\n")) {
            failures.add("kind() and describe() are to be one line each");
        }
        if (unit.frozenEpochs() < 0) {
            failures.add("frozenEpochs() is " + unit.frozenEpochs());
        }
    }

    private void checkCopies(List<String> failures) {
        try {
            SharingUnit read = throughJson();
            if (!read.equals(unit)) {
                failures.add(
                        ("JSON: what is read is not equal to what was written; a unit needs equals and hashCode, as"
                                        + " a record has them, and all of its fields in JSON: %s")
                                .formatted(written()));
            } else if (read.hashCode() != unit.hashCode()) {
                failures.add("hashCode() differs for equal units");
            }
        } catch (IllegalArgumentException e) {
            failures.add("JSON: " + e.getMessage());
        }
        try {
            if (!throughSerialization().equals(unit)) {
                failures.add("Java's serialisation: what is read is not equal to what was written");
            }
        } catch (IOException | ClassNotFoundException e) {
            failures.add("Java's serialisation: " + e);
        }
    }

    private ObjectNode written() {
        return new SavedForm(types).write(unit);
    }

    private SharingUnit throughJson() {
        ObjectNode fields = new SavedForm(types).object();
        fields.set("unit", written());
        SavedTypes trusting = types.trustingClasses(List.of(unit.getClass().getName()))
                .withLoader(unit.getClass().getClassLoader());
        return new SavedForm(trusting).readUnit(JsonFields.of(fields, "check"), "unit");
    }

    private Object throughSerialization() throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(unit);
        }
        try (ObjectInputStream in = new OwnClasses(new ByteArrayInputStream(bytes.toByteArray()))) {
            return in.readObject();
        }
    }

    /** Finds classes where the unit comes from. */
    private final class OwnClasses extends ObjectInputStream {
        OwnClasses(InputStream in) throws IOException {
            super(in);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            try {
                return Class.forName(
                        description.getName(), false, unit.getClass().getClassLoader());
            } catch (ClassNotFoundException e) {
                return super.resolveClass(description);
            }
        }
    }

    /** The checks for towers of some shapes. */
    private final class OnShapes {
        private final List<Shape> shapes;
        private final String at;
        private final List<String> failures;
        private final List<UnitParameter> described;
        private final List<INDArray> inputs = new ArrayList<>();
        private final List<INDArray> weights = new ArrayList<>();
        private UnitArrays parameters = UnitArrays.none();

        OnShapes(List<Shape> shapes, String at, List<String> failures) {
            this.shapes = shapes;
            this.at = at + ", ";
            this.failures = failures;
            this.described = unit.parameters(shapes);
            Random random = new Random(seed);
            for (Shape shape : shapes) {
                inputs.add(draw(random, shape.batch(EXAMPLES), 1));
            }
            for (Shape shape : unit.outputs(shapes)) {
                weights.add(draw(random, shape.batch(EXAMPLES), 1));
            }
        }

        private INDArray draw(Random random, long[] shape, double scale) {
            long length = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
            double[] values = random.doubles(length, -scale, scale).toArray();
            return Nd4j.createFromArray(values).castTo(DataType.DOUBLE).reshape('c', shape);
        }

        void check() {
            if (!drawParameters()) {
                return;
            }
            List<INDArray> before = copies(inputs);
            UnitArrays parametersBefore = copies(parameters);
            List<INDArray> outputs = unit.forward(inputs, parameters, true);
            if (!haveShapes(outputs)) {
                return;
            }
            List<INDArray> first = copies(outputs);
            requireSame("forward changed its inputs", before, inputs);
            requireSame("forward changed its parameters", arrays(parametersBefore), arrays(parameters));
            requireSame(
                    "forward gives other numbers for the same arguments when it is asked again",
                    first,
                    unit.forward(inputs, parameters, true));
            checkExamples(first);
            checkPrediction(first);
            checkSinglePrecision(first);
            checkReadings();
            checkGradients();
        }

        /** Moves the parameters off their initial values, at which gradients may vanish. */
        private boolean drawParameters() {
            Random random = new Random(seed + 1);
            Set<String> names = new HashSet<>();
            for (UnitParameter parameter : described) {
                if (parameter.output() >= shapes.size()) {
                    failures.add(at + "parameter %s is of an output that there is not".formatted(parameter));
                    return false;
                }
                if (!names.add(parameter.name() + " " + parameter.output())) {
                    failures.add(at + "two parameters are called " + parameter);
                    return false;
                }
                if (parameter.statistic() && !unit.looksAtBatch()) {
                    failures.add(at + "%s is a statistic, but looksAtBatch() is false".formatted(parameter));
                }
                INDArray start = Nd4j.createFromArray(parameter.initialValues(seed))
                        .castTo(DataType.DOUBLE)
                        .reshape('c', parameter.shape());
                INDArray moved = draw(random, parameter.shape(), 0.1);
                start.addi(parameter.statistic() ? Transforms.abs(moved) : moved);
                parameters = parameters.with(parameter.name(), parameter.output(), start);
            }
            if (!unit.parameters(shapes).toString().equals(described.toString())) {
                failures.add(at + "parameters(...) gives others when it is asked again");
            }
            return true;
        }

        private boolean haveShapes(List<INDArray> outputs) {
            List<Shape> expected = unit.outputs(shapes);
            if (expected.size() != shapes.size()) {
                failures.add(
                        at + "outputs(...) gives %s shapes for %s towers".formatted(expected.size(), shapes.size()));
                return false;
            }
            if (outputs.size() != expected.size()) {
                failures.add(at + "forward gives %s outputs for %s towers".formatted(outputs.size(), expected.size()));
                return false;
            }
            boolean right = true;
            for (int s = 0; s < outputs.size(); s++) {
                long[] shape = expected.get(s).batch(EXAMPLES);
                INDArray output = outputs.get(s);
                if (!Arrays.equals(output.shape(), shape)) {
                    failures.add(at
                            + "output %s has shape %s, outputs(...) says %s"
                                    .formatted(s, Arrays.toString(output.shape()), Arrays.toString(shape)));
                    right = false;
                } else if (output.dataType() != DataType.DOUBLE) {
                    failures.add(
                            at + "output %s is of type %s for inputs of type DOUBLE".formatted(s, output.dataType()));
                    right = false;
                }
            }
            return right;
        }

        private void requireSame(String otherwise, List<INDArray> expected, List<INDArray> found) {
            for (int i = 0; i < expected.size(); i++) {
                if (found.size() != expected.size()
                        || !Arrays.equals(numbers(expected.get(i)), numbers(found.get(i)))) {
                    failures.add(at + otherwise);
                    return;
                }
            }
        }

        private void checkExamples(List<INDArray> whole) {
            for (long[] part : PARTS) {
                if (!unit.looksAtBatch()
                        && !close(rows(whole, part), unit.forward(rows(inputs, part), parameters, true))) {
                    failures.add(at
                            + "in training an example's output depends on the other examples of the batch, but"
                            + " looksAtBatch() is false");
                    return;
                }
            }
        }

        private void checkPrediction(List<INDArray> inTraining) {
            List<INDArray> predicted = copies(unit.forward(inputs, parameters, false));
            requireSame(
                    "forward gives other numbers for the same arguments when it is asked again, in prediction",
                    predicted,
                    unit.forward(inputs, parameters, false));
            if (!unit.looksAtBatch() && !close(inTraining, predicted)) {
                failures.add(at + "outputs in training and in prediction differ, but looksAtBatch() is false");
            }
            for (long[] part : PARTS) {
                if (!close(rows(predicted, part), unit.forward(rows(inputs, part), parameters, false))) {
                    failures.add(at + "in prediction an example's output depends on the other examples of the batch");
                    return;
                }
            }
            UnitArrays moved = UnitArrays.none();
            for (UnitParameter parameter : described) {
                INDArray array = parameters.get(parameter.name(), parameter.output());
                moved = moved.with(
                        parameter.name(), parameter.output(), parameter.statistic() ? array.add(0.5) : array);
            }
            if (!close(inTraining, unit.forward(inputs, moved, true))) {
                failures.add(at + "outputs in training depend on a statistic, whose gradient nobody computes");
            }
        }

        private void checkSinglePrecision(List<INDArray> inDouble) {
            UnitArrays single = UnitArrays.none();
            for (UnitArrays.Named each : parameters.all()) {
                single = single.with(each.name(), each.output(), each.array().castTo(DataType.FLOAT));
            }
            List<INDArray> floats = new ArrayList<>();
            inputs.forEach(input -> floats.add(input.castTo(DataType.FLOAT)));
            List<INDArray> outputs = unit.forward(floats, single, true);
            for (int s = 0; s < outputs.size(); s++) {
                if (outputs.get(s).dataType() != DataType.FLOAT) {
                    failures.add(at
                            + "output %s is of type %s for inputs of type FLOAT"
                                    .formatted(s, outputs.get(s).dataType()));
                    return;
                }
            }
            if (!close(inDouble, outputs, SINGLE_PRECISION)) {
                failures.add(at + "outputs in single precision are far from those in double precision");
            }
            List<INDArray> gradients = new ArrayList<>();
            weights.forEach(weight -> gradients.add(weight.castTo(DataType.FLOAT)));
            UnitGradients found = unit.backward(floats, single, gradients);
            List<INDArray> all = new ArrayList<>(found.inputs());
            all.addAll(arrays(found.parameters()));
            if (all.stream().anyMatch(gradient -> gradient.dataType() != DataType.FLOAT)) {
                failures.add(at + "gradients are not of type FLOAT for inputs of type FLOAT");
            }
        }

        private void checkReadings() {
            List<String> towers = new ArrayList<>();
            for (int s = 0; s < shapes.size(); s++) {
                towers.add("tower" + s);
            }
            Set<String> told = new HashSet<>();
            for (UnitReading reading : unit.readings(towers, parameters)) {
                if (!Double.isFinite(reading.mean())
                        || !(reading.least() <= reading.mean() + SINGLE_PRECISION)
                        || !(reading.mean() <= reading.largest() + SINGLE_PRECISION)) {
                    failures.add(at + "%s: mean, least and largest do not agree".formatted(reading));
                }
                if (!told.add(reading.quantity() + " " + reading.to() + " " + reading.from())) {
                    failures.add(at
                            + "readings(...) tells '%s' of '%s' and '%s' twice"
                                    .formatted(reading.quantity(), reading.to(), reading.from()));
                }
            }
        }

        private void checkGradients() {
            List<INDArray> before = copies(inputs);
            List<INDArray> weightsBefore = copies(weights);
            UnitArrays parametersBefore = copies(parameters);
            UnitGradients found = unit.backward(inputs, parameters, weights);
            List<INDArray> ofInputs = copies(found.inputs());
            UnitArrays ofParameters = copies(found.parameters());
            requireSame("backward changed its inputs", before, inputs);
            requireSame("backward changed the output gradients", weightsBefore, weights);
            requireSame("backward changed its parameters", arrays(parametersBefore), arrays(parameters));
            UnitGradients again = unit.backward(inputs, parameters, weights);
            requireSame("backward gives other numbers when it is asked again", ofInputs, again.inputs());
            requireSame(
                    "backward gives other numbers when it is asked again",
                    arrays(ofParameters),
                    arrays(again.parameters()));
            if (ofInputs.size() != inputs.size()) {
                failures.add(at + "backward gives %s gradients of %s inputs".formatted(ofInputs.size(), inputs.size()));
                return;
            }
            for (int t = 0; t < inputs.size(); t++) {
                compare("input " + t, inputs.get(t), ofInputs.get(t));
            }
            for (UnitParameter parameter : described) {
                if (!ofParameters.has(parameter.name(), parameter.output())) {
                    failures.add(at + "backward gives nothing for parameter " + parameter);
                } else if (parameter.statistic()) {
                    checkStatistic(parameter, ofParameters.get(parameter.name(), parameter.output()));
                } else {
                    compare(
                            "parameter " + parameter,
                            parameters.get(parameter.name(), parameter.output()),
                            ofParameters.get(parameter.name(), parameter.output()));
                }
            }
            if (ofParameters.all().size() > described.size()) {
                failures.add(at + "backward gives more than the parameters: " + ofParameters);
            }
        }

        private void checkStatistic(UnitParameter parameter, INDArray value) {
            if (!Arrays.equals(value.shape(), parameter.shape())) {
                failures.add(at + "new value of %s has shape %s".formatted(parameter, Arrays.toString(value.shape())));
            } else if (Arrays.stream(numbers(value)).anyMatch(number -> !Double.isFinite(number))) {
                failures.add(at + "new value of %s is not finite".formatted(parameter));
            }
        }

        private void compare(String name, INDArray moved, INDArray gradient) {
            if (!Arrays.equals(gradient.shape(), moved.shape())) {
                failures.add(at
                        + "%s: gradient has shape %s, it %s"
                                .formatted(name, Arrays.toString(gradient.shape()), Arrays.toString(moved.shape())));
                return;
            }
            double[] analytic = numbers(gradient);
            INDArray flat = moved.reshape(moved.length()); // a view: moved is in c order
            int wrong = 0;
            for (int i = 0; i < analytic.length; i++) {
                double middle = flat.getDouble(i);
                flat.putScalar(i, middle + STEP);
                double up = loss();
                flat.putScalar(i, middle - STEP);
                double down = loss();
                flat.putScalar(i, middle);
                double numeric = (up - down) / (2 * STEP);
                double allowed = ABSOLUTE + RELATIVE * Math.abs(numeric);
                if (!(Math.abs(analytic[i] - numeric) <= allowed)) { // true for NaN as well
                    wrong++;
                    if (wrong <= MOST_LINES_OF_A_KIND) {
                        failures.add(at
                                + String.format(
                                        Locale.ROOT,
                                        "%s[%d]: analytic %.6f, numeric %.6f, difference %.1e, allowed %.1e",
                                        name,
                                        i,
                                        analytic[i],
                                        numeric,
                                        Math.abs(analytic[i] - numeric),
                                        allowed));
                    }
                }
            }
            if (wrong > MOST_LINES_OF_A_KIND) {
                failures.add(at + "%s: %s of %s gradients are wrong".formatted(name, wrong, analytic.length));
            }
        }

        private double loss() {
            List<INDArray> outputs = unit.forward(inputs, parameters, true);
            double sum = 0;
            for (int s = 0; s < outputs.size(); s++) {
                sum += outputs.get(s).mul(weights.get(s)).sumNumber().doubleValue();
            }
            return sum;
        }
    }

    private static List<INDArray> rows(List<INDArray> arrays, long[] part) {
        List<INDArray> some = new ArrayList<>();
        for (INDArray array : arrays) {
            some.add(array.get(NDArrayIndex.interval(part[0], part[1])).dup('c'));
        }
        return some;
    }

    private static boolean close(List<INDArray> expected, List<INDArray> found) {
        return close(expected, found, 1e-10);
    }

    private static boolean close(List<INDArray> expected, List<INDArray> found, double tolerance) {
        for (int i = 0; i < expected.size(); i++) {
            double[] a = numbers(expected.get(i));
            double[] b = numbers(found.get(i));
            if (a.length != b.length) {
                return false;
            }
            for (int j = 0; j < a.length; j++) {
                if (!(Math.abs(a[j] - b[j]) <= tolerance * (1 + Math.abs(a[j])))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static double[] numbers(INDArray array) {
        INDArray plain = array.castTo(DataType.DOUBLE).dup('c');
        return plain.reshape(plain.length()).toDoubleVector();
    }

    private static List<INDArray> copies(List<INDArray> arrays) {
        return arrays.stream().map(INDArray::dup).toList();
    }

    private static UnitArrays copies(UnitArrays arrays) {
        UnitArrays copies = UnitArrays.none();
        for (UnitArrays.Named each : arrays.all()) {
            copies = copies.with(each.name(), each.output(), each.array().dup());
        }
        return copies;
    }

    private static List<INDArray> arrays(UnitArrays arrays) {
        return arrays.all().stream().map(UnitArrays.Named::array).toList();
    }
}
