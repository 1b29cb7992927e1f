package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/** Rows that are looked up, and steps of their gradients, against sums by hand. */
class EmbeddingTablesTest {
    /** Sizes 3 and 2, dimensions 2 and 1; the rows are [1, 2], [3, 4], [5, 6] and [7], [8]. */
    private static ComputationGraph columns(DataType type) {
        return graph(
                type,
                EmbeddingTablesLayer.ofColumns(new int[] {3, 2}, new int[] {2, 1}, 1),
                InputType.feedForward(2),
                8);
    }

    /** Rows [1, 2], [3, 4], [5, 6] for three steps. */
    private static ComputationGraph steps(DataType type) {
        return graph(type, EmbeddingTablesLayer.ofSteps(3, 2, 1), InputType.feedForward(3), 6);
    }

    private static ComputationGraph graph(DataType type, EmbeddingTablesLayer layer, InputType input, int parameters) {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .dataType(type)
                .updater(new Sgd(1))
                .graphBuilder()
                .addInputs("codes")
                .setInputTypes(input)
                .addLayer("rows", layer, "codes")
                .addLayer(
                        "out",
                        layer.isSequence()
                                ? new RnnLossLayer.Builder(LossFunctions.LossFunction.L2)
                                        .activation(Activation.IDENTITY)
                                        .build()
                                : new LossLayer.Builder(LossFunctions.LossFunction.L2)
                                        .activation(Activation.IDENTITY)
                                        .build(),
                        "rows")
                .setOutputs("out")
                .build());
        graph.init();
        graph.params().assign(Nd4j.arange(1, parameters + 1).reshape(1, parameters));
        return graph;
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF"})
    void each_column_has_a_table_and_rows_lie_side_by_side(DataType type) {
        INDArray codes = Nd4j.createFromArray(new float[][] {{2, 0}, {0, 1}, {2, 1}});
        INDArray rows = columns(type).outputSingle(codes.castTo(type));
        assertThat(rows.castTo(DataType.DOUBLE))
                .isEqualTo(Nd4j.createFromArray(new double[][] {{5, 6, 7}, {1, 2, 8}, {5, 6, 8}}));
        assertThat(columns(type).outputSingle(codes.castTo(DataType.INT))).isEqualTo(rows);
    }

    /** The loss is Σ (row − label)², its gradient 2 (row − label), a mean over three examples, and the rate 1. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF"})
    void a_step_moves_the_rows_that_were_looked_up_by_the_sum_of_their_gradients(DataType type) {
        ComputationGraph graph = columns(type);
        INDArray codes =
                Nd4j.createFromArray(new float[][] {{2, 0}, {0, 1}, {2, 1}}).castTo(type);
        // rows − labels: [3, 1.5, 6], [1.5, 0, 3], [0, 6, 0]
        INDArray labels = Nd4j.createFromArray(new float[][] {{2, 4.5f, 1}, {-0.5f, 2, 5}, {5, 0, 8}})
                .castTo(type);
        graph.fit(new MultiDataSet(codes, labels));
        double[] expected = {
            1 - 2 * 1.5 / 3,
            2, // row 0 by the second example
            3,
            4, // row 1 by none
            5 - 2 * 3. / 3,
            6 - 2 * 7.5 / 3, // row 2 by the first and the third
            7 - 2 * 6. / 3, // row 0 of the second table
            8 - 2 * 3. / 3 // row 1 by the second and the third
        };
        assertThat(graph.params().toDoubleVector())
                .containsExactly(expected, within(type == DataType.HALF ? 2e-3 : 1e-6));
        // what was touched before leaves nothing behind
        graph.fit(new MultiDataSet(
                Nd4j.createFromArray(new float[][] {{1, 0}}).castTo(type),
                Nd4j.createFromArray(new float[][] {{3, 3, 3}}).castTo(type)));
        expected[3] = 4 - 2 * (4 - 3);
        expected[6] = 3 - 2 * (3 - 3);
        assertThat(graph.params().toDoubleVector())
                .containsExactly(expected, within(type == DataType.HALF ? 4e-3 : 1e-6));
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE", "HALF"})
    void steps_have_one_table_and_masked_ones_are_zero_and_move_nothing(DataType type) {
        ComputationGraph graph = steps(type);
        INDArray codes =
                Nd4j.createFromArray(new float[][] {{2, 2, 1}, {1, 0, 0}}).castTo(type);
        INDArray mask =
                Nd4j.createFromArray(new float[][] {{1, 1, 1}, {1, 0, 0}}).castTo(type);
        INDArray rows = graph.output(false, new INDArray[] {codes}, new INDArray[] {mask}, null)[0];
        assertThat(rows.castTo(DataType.DOUBLE))
                .isEqualTo(Nd4j.createFromArray(new double[][][] {{{5, 5, 3}, {6, 6, 4}}, {{3, 0, 0}, {4, 0, 0}}}));
        assertThat(graph.output(codes)[0].castTo(DataType.DOUBLE))
                .isEqualTo(Nd4j.createFromArray(new double[][][] {{{5, 5, 3}, {6, 6, 4}}, {{3, 1, 1}, {4, 2, 2}}}));
        // labels are 1 less in the first feature at steps 0 and 1 of the first example, and 3 less in the second
        // feature at step 0 of the second
        INDArray labels = Nd4j.createFromArray(new float[][][] {{{4, 4, 3}, {6, 6, 4}}, {{3, 9, 9}, {1, 9, 9}}})
                .castTo(type);
        graph.fit(new MultiDataSet(
                new INDArray[] {codes}, new INDArray[] {labels}, new INDArray[] {mask}, new INDArray[] {mask}));
        double[] expected = {1, 2, 3, 4 - 2 * 3. / 2, 5 - 2 * (1. + 1) / 2, 6};
        assertThat(graph.params().toDoubleVector())
                .containsExactly(expected, within(type == DataType.HALF ? 2e-3 : 1e-6));
    }

    /** A start of variance 1/16: 4096 values tell the deviation to within 3 / sqrt(2 * 4096) = 3.4 %. */
    @Test
    void rows_start_about_as_long_as_asked_and_that_of_code_0_at_zero() {
        ComputationGraph graph = new ComputationGraph(new NeuralNetConfiguration.Builder()
                .seed(7)
                .graphBuilder()
                .addInputs("codes")
                .setInputTypes(InputType.feedForward(2))
                .addLayer("rows", EmbeddingTablesLayer.ofColumns(new int[] {257, 5}, new int[] {16, 4}, 0.5), "codes")
                .addLayer("out", new LossLayer.Builder(LossFunctions.LossFunction.MSE).build(), "rows")
                .setOutputs("out")
                .build());
        graph.init();
        double[] first = graph.getLayer("rows").getParam("W0").ravel().toDoubleVector();
        assertThat(Arrays.copyOf(first, 16)).containsOnly(0);
        assertThat(Math.sqrt(Arrays.stream(first).map(v -> v * v).sum() / 4096))
                .isCloseTo(0.5 / 4, within(0.034 * 0.125));
        assertThat(graph.getLayer("rows").getParam("W1").shape()).containsExactly(5, 4);
        assertThat(graph.getLayer("rows").getParam("W1").getRow(0).toDoubleVector())
                .containsOnly(0);
        assertThat(graph.getLayer("rows").getParam("W1").getRow(1).norm2Number().doubleValue())
                .isGreaterThan(0.05);
    }

    @Test
    void what_is_no_code_is_refused_where_nobody_has_looked_before() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> columns(DataType.FLOAT).output(Nd4j.createFromArray(new float[][] {{1, 1}, {0, 2}})))
                .withMessage("embedding 'rows', row 1, column 1: code 2.0, of 2 codes from 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> columns(DataType.FLOAT).output(Nd4j.createFromArray(new float[][] {{Float.NaN, 1}})))
                .withMessageContaining("column 0: code NaN");
        assertThatIllegalStateException()
                .isThrownBy(() -> graph(
                        DataType.FLOAT,
                        EmbeddingTablesLayer.ofColumns(new int[] {3, 2}, new int[] {2, 1}, 1),
                        InputType.feedForward(3),
                        8))
                .withMessageContaining("EmbeddingTablesLayer 'rows' reads codes [batch, 2]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddingTablesLayer.ofColumns(new int[] {3}, new int[] {2, 1}, 1))
                .withMessageContaining("sizes [3] and dimensions [2, 1]");
    }

    /** Small tables and large ones are summed in two ways; each row's sum is that of double precision, rounded once. */
    @ParameterizedTest
    @CsvSource({"50, 3", "40000, 3", "50, 1", "40000, 1"})
    void gradients_are_sums_in_double_precision(int size, int columns) {
        int dimension = 4;
        int[] sizes = {size, 7, 7};
        Random random = new Random(size + columns);
        Lookup lookup = columns > 1
                ? lookup(random, sizes, new int[] {dimension, dimension, dimension}, false)
                : lookup(random, new int[] {size}, new int[] {dimension}, true);
        int width = columns > 1 ? 3 * dimension : dimension;
        int numbers = 30 * width * (columns > 1 ? 1 : 3);
        float[] epsilon = new float[numbers];
        double[] wide = new double[numbers];
        for (int i = 0; i < numbers; i++) {
            epsilon[i] = random.nextFloat() - 0.5f;
            wide[i] = epsilon[i];
        }
        int rows = columns > 1 ? size + 14 : size;
        float[] gradient = new float[rows * dimension];
        Arrays.fill(gradient, Float.NaN); // of whatever was there before
        lookup.sumFloats(FloatBuffer.wrap(epsilon), FloatBuffer.wrap(gradient));
        float[] expected = new float[gradient.length];
        int start = 0;
        for (int table = 0; table < lookup.tables(); table++) {
            Lookup.Sums sums = lookup.sums(table, wide);
            for (int row = 0; row < sums.rows().length; row++) {
                for (int j = 0; j < dimension; j++) {
                    expected[start + sums.rows()[row] * dimension + j] = (float) sums.values()[row * dimension + j];
                }
            }
            start += lookup.sizes()[table] * dimension;
        }
        assertThat(gradient).isEqualTo(expected);
    }

    /** Thirty examples of three columns or steps, of few different codes; one step is not there. */
    private static Lookup lookup(Random random, int[] sizes, int[] dimensions, boolean sequence) {
        int[] codes = new int[90];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = random.nextInt(7);
        }
        if (sequence) {
            codes[5] = Lookup.NOT_THERE;
        }
        return new Lookup(codes, 30, 3, sizes, dimensions, sequence);
    }
}
