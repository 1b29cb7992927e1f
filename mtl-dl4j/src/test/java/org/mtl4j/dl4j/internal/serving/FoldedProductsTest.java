package org.mtl4j.dl4j.internal.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.internal.cpu.prepared.Plan;
import org.mtl4j.dl4j.internal.cpu.prepared.Products;
import org.mtl4j.dl4j.internal.program.Operation;
import org.mtl4j.dl4j.internal.program.Program;
import org.mtl4j.dl4j.internal.program.Step;
import org.mtl4j.dl4j.internal.program.Value;
import org.nd4j.linalg.factory.Nd4j;

/** Fully connected layers behind embeddings give what sums in double precision give, whichever tables are folded. */
class FoldedProductsTest {
    private static final double ROUNDING = 2e-6;

    private final SplittableRandom random = new SplittableRandom(4);
    private final List<Program.Input> inputs = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Program.Output> outputs = new ArrayList<>();

    @BeforeAll
    static void nativesAreLoaded() {
        Nd4j.zeros(1);
    }

    // ------------------------------------------------------------------ programs

    private Value codes(String name, int... sizes) {
        List<Integer> boxed = Arrays.stream(sizes).boxed().toList();
        Value value = new Value(name, List.of(sizes.length));
        inputs.add(new Program.Input(value, Program.Kind.CODES, boxed, name));
        return value;
    }

    private Value numbers(String name, int size) {
        Value value = new Value(name, List.of(size));
        inputs.add(new Program.Input(value, Program.Kind.NUMBERS, List.of(), name));
        return value;
    }

    private Value add(Operation operation, Value... read) {
        List<Integer> shape =
                operation.outputShape(Arrays.stream(read).map(Value::shape).toList());
        Value output = new Value("v" + steps.size(), shape);
        steps.add(new Step(operation, List.of(read), output, output.name()));
        return output;
    }

    private Value lookup(Value codes, int... dimensions) {
        Program.Input input = inputs.stream()
                .filter(each -> each.value().equals(codes))
                .findFirst()
                .orElseThrow();
        List<float[]> tables = new ArrayList<>();
        for (int t = 0; t < dimensions.length; t++) {
            tables.add(noise(input.codes().get(t) * dimensions[t]));
        }
        return add(
                new Operation.Lookup(
                        input.codes(), Arrays.stream(dimensions).boxed().toList(), tables),
                codes);
    }

    private Value dense(Value read, int out) {
        return add(new Operation.Dense(read.elements(), out, noise(read.elements() * out), noise(out)), read);
    }

    private Value join(Value... read) {
        return add(new Operation.Concatenate(0), read);
    }

    private Value relu(Value read) {
        return add(Operation.Rectify.RELU, read);
    }

    private void result(Value value) {
        outputs.add(new Program.Output("task" + outputs.size(), value));
    }

    private Program program() {
        return new Program(inputs, steps, outputs);
    }

    private float[] noise(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (random.nextDouble() - 0.5);
        }
        return numbers;
    }

    // ------------------------------------------------------------------ what they compute

    /** Compares the plan with sums in double precision, for fewer examples than a block has and for more. */
    private void check(Products products) {
        Program program = program();
        Plan plan = Preparation.of(program, products);
        for (int examples : new int[] {1, 13, Math.min(plan.block(), 40)}) {
            FloatBuffer[] in = program.inputs().stream()
                    .map(input -> FloatBuffer.wrap(drawn(input, examples)))
                    .toArray(FloatBuffer[]::new);
            FloatBuffer[] out = program.outputs().stream()
                    .map(output ->
                            FloatBuffer.allocate(examples * output.value().elements()))
                    .toArray(FloatBuffer[]::new);
            plan.run(plan.memory(), in, 0, examples, out);
            for (int e = 0; e < examples; e++) {
                Map<Value, double[]> values = new HashMap<>();
                for (int i = 0; i < in.length; i++) {
                    values.put(
                            program.inputs().get(i).value(),
                            row(in[i], e, program.inputs().get(i).value()));
                }
                program.steps().forEach(step -> values.put(step.output(), computed(step, values)));
                for (int t = 0; t < out.length; t++) {
                    Value value = program.outputs().get(t).value();
                    double[] expected = values.get(value);
                    double[] found = row(out[t], e, value);
                    double largest =
                            Arrays.stream(expected).map(Math::abs).max().orElseThrow();
                    for (int i = 0; i < expected.length; i++) {
                        assertThat(found[i])
                                .as("example %s of %s, number %s of %s", e, examples, i, value)
                                .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(ROUNDING * (1 + largest)));
                    }
                }
            }
        }
    }

    private float[] drawn(Program.Input input, int examples) {
        int size = input.value().elements();
        float[] numbers = noise(examples * size);
        for (int i = 0; i < numbers.length && input.kind() == Program.Kind.CODES; i++) {
            numbers[i] = random.nextInt(input.codes().get(i % size));
        }
        return numbers;
    }

    private static double[] row(FloatBuffer all, int example, Value value) {
        double[] row = new double[value.elements()];
        for (int i = 0; i < row.length; i++) {
            row[i] = all.get(example * row.length + i);
        }
        return row;
    }

    private static double[] computed(Step step, Map<Value, double[]> values) {
        double[] x = values.get(step.inputs().get(0));
        double[] y = new double[step.output().elements()];
        if (step.operation() instanceof Operation.Lookup lookup) {
            for (int table = 0, at = 0; table < x.length; table++) {
                int dimension = lookup.dimensions().get(table);
                for (int i = 0; i < dimension; i++) {
                    y[at++] = lookup.tables().get(table)[(int) x[table] * dimension + i];
                }
            }
        } else if (step.operation() instanceof Operation.Dense dense) {
            for (int j = 0; j < y.length; j++) {
                y[j] = dense.bias() == null ? 0 : dense.bias()[j];
                for (int i = 0; i < x.length; i++) {
                    y[j] += x[i] * dense.weights()[i * y.length + j];
                }
            }
        } else if (step.operation() instanceof Operation.Concatenate) {
            int at = 0;
            for (Value read : step.inputs()) {
                System.arraycopy(values.get(read), 0, y, at, read.elements());
                at += read.elements();
            }
        } else if (step.operation().equals(Operation.Rectify.RELU)) {
            Arrays.setAll(y, i -> Math.max(0, x[i]));
        } else if (step.operation() instanceof Operation.BatchNormalization normalization) {
            Arrays.setAll(
                    y,
                    i -> (x[i] - normalization.mean()[i]) * normalization.scale(i)
                            + normalization.beta()[i]);
        } else {
            throw new IllegalArgumentException(step.toString());
        }
        return y;
    }

    // ------------------------------------------------------------------ what is folded

    private FoldedLookups.@Nullable Folded folded(Value lookup) {
        Program program = program();
        return FoldedLookups.of(program, Preparation.readersOf(program)).ofLookup(lookup);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 8, 9})
    void a_layer_reads_any_number_of_tables(int count) {
        int[] sizes = random.ints(count, 2, 30).toArray();
        int[] dimensions = random.ints(count, 8, 20).toArray();
        Value rows = lookup(codes("codes", sizes), dimensions);
        result(relu(dense(rows, 37)));
        assertThat(folded(rows).others()).isEmpty();
        check(Products.here());
    }

    @ParameterizedTest
    @EnumSource(Products.class)
    void rows_are_joined_with_numbers_before_and_behind_them(Products products) {
        Value rows = lookup(codes("codes", 7, 12, 3), 16, 9, 8);
        Value joined = join(numbers("a", 5), rows, numbers("b", 3));
        result(dense(relu(dense(joined, 33)), 2));
        assertThat(folded(rows).others()).isEmpty();
        check(products);
    }

    @ParameterizedTest
    @EnumSource(Products.class)
    void one_vector_joined_to_rows_is_read_where_it_is(Products products) {
        Value rows = lookup(codes("codes", 7, 12), 16, 9);
        Value joined = join(rows, numbers("a", 5));
        result(dense(joined, 33));
        assertThat(folded(rows)).isNotNull();
        check(products);
    }

    @Test
    void several_layers_and_lookups_read_what_they_need() {
        Value first = lookup(codes("codes", 7, 12), 16, 9);
        Value second = lookup(codes("more", 4, 20, 6), 8, 8, 10);
        Value given = numbers("a", 5);
        Value made = relu(dense(given, 11));
        Value joined = join(first, made, second, given, first);
        result(relu(dense(joined, 20)));
        result(dense(joined, 3));
        result(dense(first, 4));
        assertThat(folded(first).others()).isEmpty();
        assertThat(folded(second).others()).isEmpty();
        check(Products.here());
    }

    @Test
    void normalisation_behind_the_layer_is_part_of_it() {
        Value rows = lookup(codes("codes", 7, 12), 16, 9);
        Value layer = dense(join(rows, numbers("a", 2)), 6);
        float[] variance = {1, 2, 3, 0.5f, 4, 1};
        Operation normalization = new Operation.BatchNormalization(noise(6), noise(6), noise(6), variance, 1e-5f);
        result(relu(add(normalization, layer)));
        assertThat(folded(rows)).isNotNull();
        check(Products.here());
    }

    @Test
    void large_tables_and_short_rows_stay_lookups_beside_others() {
        Value rows = lookup(codes("codes", 9, 5000, 11, 40), 8, 16, 7, 12);
        result(relu(dense(join(numbers("a", 4), rows), 64)));
        assertThat(folded(rows).tables()).containsExactly(true, false, false, true);
        check(Products.here());
    }

    @Test
    void tables_are_folded_as_long_as_their_products_are_few_small_ones_first() {
        Value rows = lookup(codes("codes", 300, 200, 400), 8, 8, 8);
        result(dense(rows, 64));
        result(dense(rows, 64));
        assertThat(folded(rows).tables()).containsExactly(true, true, false);
        check(Products.here());
    }

    @Test
    void rows_that_something_else_reads_are_not_folded() {
        Value rows = lookup(codes("codes", 7, 12), 16, 9);
        result(dense(join(rows, numbers("a", 2)), 6));
        result(relu(rows));
        assertThat(folded(rows)).isNull();
        check(Products.here());
    }

    @Test
    void rows_that_are_a_result_are_not_folded() {
        Value rows = lookup(codes("codes", 7, 12), 16, 9);
        result(dense(rows, 6));
        result(rows);
        assertThat(folded(rows)).isNull();
        check(Products.here());
    }

    @Test
    void a_joined_vector_that_is_a_result_or_read_by_something_else_is_not_folded() {
        Value rows = lookup(codes("codes", 7, 12), 16, 9);
        Value joined = join(rows, numbers("a", 2));
        result(dense(joined, 6));
        result(joined);
        assertThat(folded(rows)).isNull();
        outputs.remove(1);
        assertThat(folded(rows)).isNotNull();
        result(relu(joined));
        assertThat(folded(rows)).isNull();
        check(Products.here());
    }

    @Test
    void rows_that_nobody_reads_are_not_folded() {
        Value rows = lookup(codes("codes", 7, 12), 16, 9);
        result(dense(numbers("a", 2), 6));
        assertThat(folded(rows)).isNull();
    }
}
