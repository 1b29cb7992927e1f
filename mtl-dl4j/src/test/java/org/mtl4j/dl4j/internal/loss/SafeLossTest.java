package org.mtl4j.dl4j.internal.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;

class SafeLossTest {
    private static final int ROWS = 9;
    private static final int OUTPUTS = 5;

    private static Stream<ILossFunction> weighted() {
        INDArray weights = Nd4j.createFromArray(0.3f, 1.7f, 2.1f, 0f, 13.7f);
        return Stream.of(
                new LossMSE(weights),
                new LossL2(weights),
                new LossMAE(weights),
                new LossL1(weights.castTo(DataType.DOUBLE).reshape(1, OUTPUTS)),
                new LossMAPE(weights),
                new LossMSLE(weights),
                new LossMCXENT(weights),
                new LossMCXENT(0, weights),
                new LossNegativeLogLikelihood(weights),
                new LossSparseMCXENT(weights),
                new LossBinaryXENT(weights),
                new LossBinaryXENT(0, weights));
    }

    /** Formulas are ND4J's: any other order of operations would round otherwise somewhere in these numbers. */
    @ParameterizedTest
    @MethodSource("weighted")
    void a_weighted_loss_is_that_of_nd4j_to_the_bit(ILossFunction stock) {
        ILossFunction safe = SafeLoss.of(stock);
        assertThat(safe).isNotSameAs(stock).isNotInstanceOf(stock.getClass());
        assertThat(safe.name()).isEqualTo(stock.name());
        Random random = new Random(5);
        for (IActivation activation :
                List.of(new ActivationIdentity(), new ActivationSigmoid(), new ActivationSoftmax())) {
            for (char order : new char[] {'c', 'f'}) {
                if (activation instanceof ActivationSoftmax && !(stock instanceof LossMCXENT)) {
                    continue; // ND4J's softmax_bp gives other numbers each time for arrays in f order
                }
                for (int rows : new int[] {1, ROWS}) {
                    INDArray labels = labels(stock, rows, random);
                    INDArray preOutput = numbers(rows, random).dup(order);
                    assertSame(stock, safe, labels, preOutput, activation, null);
                    assertSame(stock, safe, labels, preOutput.castTo(DataType.DOUBLE), activation, null);
                    if (!(activation instanceof ActivationSoftmax)) {
                        assertSame(
                                stock,
                                safe,
                                labels,
                                preOutput,
                                activation,
                                numbers(rows, random).gt(0.5));
                    }
                }
            }
        }
    }

    private static void assertSame(
            ILossFunction stock,
            ILossFunction safe,
            INDArray labels,
            INDArray preOutput,
            IActivation activation,
            INDArray mask) {
        INDArray labelsBefore = labels.dup();
        INDArray outputsBefore = preOutput.dup();
        for (boolean average : new boolean[] {true, false}) {
            assertThat(safe.computeScore(labels, preOutput, activation, mask, average))
                    .isEqualTo(Double.valueOf(stock.computeScore(labels, preOutput, activation, mask, average)));
        }
        assertThat(bits(safe.computeScoreArray(labels, preOutput, activation, mask)))
                .isEqualTo(bits(stock.computeScoreArray(labels, preOutput, activation, mask)));
        assertThat(bits(safe.computeGradient(labels, preOutput.dup(preOutput.ordering()), activation, mask)))
                .as("%s after %s, mask %s", stock, activation, mask)
                .isEqualTo(bits(stock.computeGradient(labels, preOutput.dup(preOutput.ordering()), activation, mask)));
        assertThat(safe.computeGradientAndScore(labels, preOutput.dup(preOutput.ordering()), activation, mask, true)
                        .getFirst())
                .isEqualTo(Double.valueOf(stock.computeScore(labels, preOutput, activation, mask, true)));
        assertThat(labels).isEqualTo(labelsBefore);
        assertThat(preOutput).isEqualTo(outputsBefore);
    }

    /** With the sign of zero, but NaN and NaN are equal: some losses are not defined for all activations. */
    private static String bits(INDArray array) {
        return array.dataType() + " " + Arrays.toString(array.shape()) + " "
                + Arrays.toString(array.dup('c').reshape(array.length()).toDoubleVector());
    }

    private static INDArray numbers(int rows, Random random) {
        INDArray numbers = Nd4j.zeros(DataType.FLOAT, rows, OUTPUTS);
        for (int row = 0; row < rows; row++) {
            for (int output = 0; output < OUTPUTS; output++) {
                numbers.putScalar(row, output, random.nextFloat() * 3);
            }
        }
        return numbers;
    }

    private static INDArray labels(ILossFunction stock, int rows, Random random) {
        if (stock instanceof LossSparseMCXENT) {
            INDArray classes = Nd4j.zeros(DataType.FLOAT, rows, 1);
            for (int row = 0; row < rows; row++) {
                classes.putScalar(row, 0, random.nextInt(OUTPUTS));
            }
            return classes;
        }
        return stock instanceof LossMCXENT || stock instanceof LossBinaryXENT
                ? numbers(rows, random).gt(1.5).castTo(DataType.FLOAT)
                : numbers(rows, random);
    }

    static Stream<Arguments> plain() {
        return Stream.of(
                Arguments.of(new LossMSE(), new ActivationIdentity()),
                Arguments.of(new LossMCXENT(), new ActivationSoftmax()),
                Arguments.of(new LossMCXENT(0, null), new ActivationSoftmax()),
                Arguments.of(new LossMCXENT(0.2, null), new ActivationSoftmax()));
    }

    /** Probabilities near 0 and 1 are clipped. */
    @ParameterizedTest
    @MethodSource("plain")
    void the_commonest_losses_are_those_of_nd4j_to_the_bit(ILossFunction stock, IActivation activation) {
        Random random = new Random(6);
        for (int rows : new int[] {1, ROWS, 200}) {
            INDArray labels = labels(stock, rows, random);
            INDArray preOutput = numbers(rows, random);
            preOutput.putScalar(0, 1, 60);
            INDArray before = preOutput.dup();
            assertThat(PlainLoss.score(stock, labels, preOutput, activation))
                    .hasValue(stock.computeScore(labels, preOutput, activation, null, false));
            INDArray gradient = stock.computeGradient(labels, preOutput.dup(), activation, null);
            assertThat(bits(PlainLoss.gradient(stock, labels, preOutput, activation, 0.7)))
                    .isEqualTo(bits(gradient.muli(0.7)));
            assertThat(preOutput).isEqualTo(before);
        }
    }

    @Test
    void other_losses_activations_and_arrays_are_not_plain() {
        INDArray labels = numbers(ROWS, new Random(7));
        INDArray preOutput = numbers(ROWS, new Random(8));
        ILossFunction squares = new LossMSE();
        IActivation identity = new ActivationIdentity();
        assertThat(PlainLoss.gradient(squares, labels, preOutput, identity, 1)).isNotNull();
        assertThat(PlainLoss.gradient(squares, labels, preOutput, new ActivationSigmoid(), 1))
                .isNull();
        assertThat(PlainLoss.gradient(new LossL2(), labels, preOutput, identity, 1))
                .isNull();
        assertThat(PlainLoss.gradient(new LossMSE() {}, labels, preOutput, identity, 1))
                .isNull();
        assertThat(PlainLoss.gradient(new LossNegativeLogLikelihood(), labels, preOutput, new ActivationSoftmax(), 1))
                .isNull();
        INDArray weights = Nd4j.ones(DataType.FLOAT, OUTPUTS);
        assertThat(PlainLoss.gradient(new LossMSE(weights), labels, preOutput, identity, 1))
                .isNull();
        assertThat(PlainLoss.gradient(squares, labels, preOutput.dup('f'), identity, 1))
                .isNull();
        INDArray wide = labels.castTo(DataType.DOUBLE);
        assertThat(PlainLoss.gradient(squares, wide, preOutput, identity, 1)).isNull();
        assertThat(PlainLoss.score(squares, wide, preOutput, identity)).isEmpty();
    }

    @Test
    void one_output_may_have_a_weight_too() {
        ILossFunction stock = new LossBinaryXENT(Nd4j.createFromArray(2.5f));
        INDArray labels = Nd4j.createFromArray(new float[][] {{1}, {0}, {1}});
        INDArray preOutput = Nd4j.createFromArray(new float[][] {{0.3f}, {-2}, {0.7f}});
        assertSame(stock, SafeLoss.of(stock), labels, preOutput, new ActivationSigmoid(), null);
    }

    @Test
    void a_loss_without_weights_is_computed_by_itself() {
        for (ILossFunction loss : List.of(new LossMSE(), new LossMCXENT(), new LossCosineProximity())) {
            assertThat(SafeLoss.of(loss)).isSameAs(loss);
        }
        ILossFunction own = new LossMSE(Nd4j.createFromArray(1f, 2f)) {};
        assertThat(SafeLoss.of(own)).isSameAs(own); // its methods may be others
    }

    @Test
    void another_number_of_weights_than_outputs_is_refused() {
        ILossFunction safe = SafeLoss.of(new LossMSE(Nd4j.createFromArray(1f, 2f)));
        INDArray rows = Nd4j.zeros(DataType.FLOAT, 4, 3);
        assertThatIllegalStateException()
                .isThrownBy(() -> safe.computeGradient(rows, rows, new ActivationIdentity(), null))
                .withMessageContaining("2 weights, one for each output, but there are 3 outputs");
    }
}
