package org.mtl4j.sharing.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.layer.Shape;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitGradients;
import org.mtl4j.sharing.UnitParameter;
import org.mtl4j.sharing.UnitReading;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SharingUnitCheckTest {

    static List<SharingUnit> right() {
        return List.of(
                CrossStitchUnit.perLayer(),
                CrossStitchUnit.perChannel(0.7),
                CrossStitchUnit.perChannel().withTowers("a", "b", "c"),
                NddrUnit.linear(),
                NddrUnit.linear().withActivation(Activation.TANH),
                NddrUnit.standard().withActivation(Activation.SIGMOID),
                NddrUnit.standard().withLearningRateFactor(100).withFrozenEpochs(2),
                SluiceUnit.of(1),
                SluiceUnit.of(2),
                SluiceUnit.of(4).withOwnShare(0.5),
                new Gain(Fault.NONE));
    }

    @ParameterizedTest
    @MethodSource("right")
    void units_that_are_right_pass(SharingUnit unit) {
        SharingUnitCheck.of(unit).assertCorrect();
    }

    enum Fault {
        NONE(""),
        INPUT_GRADIENT("[4] x 2, input 0[0]: analytic"),
        PARAMETER_GRADIENT("[4] x 2, parameter gain[1] [4][0]: analytic"),
        GRADIENT_LEFT_OUT("[4] x 2, backward gives nothing for parameter gain[1] [4]"),
        GRADIENT_TOO_MANY("[4] x 2, backward gives more than the parameters: UnitArrays[gain[0], gain[1], other]"),
        GRADIENT_SHAPE("[4] x 2, parameter gain[0] [4]: gradient has shape [1, 4], it [4]"),
        OUTPUT_SHAPE("[4, 3] x 2, output 0 has shape [3, 12], outputs(...) says [3, 4, 3]"),
        OUTPUT_COUNT("[4] x 2, forward gives 1 outputs for 2 towers"),
        CHANGES_INPUT("[4] x 2, forward changed its inputs"),
        CHANGES_PARAMETER("[4] x 2, forward changed its parameters"),
        CHANGES_OUTPUT_GRADIENT("[4] x 2, backward changed the output gradients"),
        REMEMBERS("[4] x 2, forward gives other numbers for the same arguments when it is asked again"),
        LOOKS_AT_BATCH("in training an example's output depends on the other examples of the batch, but"
                + " looksAtBatch() is false"),
        OTHER_IN_PREDICTION("[4] x 2, outputs in training and in prediction differ, but looksAtBatch() is false"),
        ALWAYS_DOUBLE("[4] x 2, output 0 is of type DOUBLE for inputs of type FLOAT"),
        STATISTIC("[4] x 2, gain[0] [4] is a statistic, but looksAtBatch() is false"),
        NAME_TWICE("[4] x 2, two parameters are called gain[0] [4]"),
        OUTPUT_NUMBER("[4] x 2, parameter gain[2] [4] is of an output that there is not"),
        START("say by on(...) which it joins: [4] x 2: UnitParameter 'gain': 3 initial values"),
        READING("mean, least and largest do not agree"),
        READING_TWICE("readings(...) tells 'gain' of 'tower0' and '' twice"),
        KIND("kind() is empty");

        private final String failure;

        Fault(String failure) {
            this.failure = failure;
        }
    }

    /** y = gain * x, channel by channel, with one fault. */
    record Gain(Fault fault) implements SharingUnit {
        private static final AtomicInteger CALLS = new AtomicInteger();

        @Override
        public String kind() {
            return fault == Fault.KIND ? " " : "gain";
        }

        @Override
        public String describe() {
            return fault.name();
        }

        @Override
        public List<UnitParameter> parameters(List<Shape> inputs) {
            List<UnitParameter> all = new ArrayList<>();
            for (int s = 0; s < inputs.size(); s++) {
                UnitParameter gain = UnitParameter.of("gain", inputs.get(s).channels())
                        .ofOutput(fault == Fault.NAME_TWICE ? 0 : fault == Fault.OUTPUT_NUMBER ? s + 2 : s);
                gain = gain.startingAt(fault == Fault.START ? new double[3] : new double[] {1});
                all.add(fault == Fault.STATISTIC ? gain.asStatistic() : gain);
            }
            return all;
        }

        @Override
        public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
            List<INDArray> outputs = new ArrayList<>();
            for (int s = 0; s < inputs.size(); s++) {
                INDArray x = inputs.get(s);
                INDArray y = x.mul(row(parameters.get("gain", s), x));
                switch (fault) {
                    case OUTPUT_SHAPE -> y = y.reshape(y.size(0), y.length() / y.size(0));
                    case CHANGES_INPUT -> x.addi(1);
                    case CHANGES_PARAMETER -> parameters.get("gain", s).addi(1);
                    case REMEMBERS -> y.addi(CALLS.incrementAndGet());
                    case LOOKS_AT_BATCH -> y.addi(x.sumNumber());
                    case OTHER_IN_PREDICTION -> y.addi(training ? 0 : 0.1);
                    case ALWAYS_DOUBLE -> y = y.castTo(org.nd4j.linalg.api.buffer.DataType.DOUBLE);
                    default -> {
                        // as it should be
                    }
                }
                outputs.add(y);
            }
            return fault == Fault.OUTPUT_COUNT ? outputs.subList(0, 1) : outputs;
        }

        @Override
        public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
            List<INDArray> ofInputs = new ArrayList<>();
            UnitArrays ofParameters = UnitArrays.none();
            for (int s = 0; s < inputs.size(); s++) {
                INDArray epsilon = outputGradients.get(s);
                ofInputs.add(epsilon.mul(row(parameters.get("gain", s), epsilon))
                        .addi(fault == Fault.INPUT_GRADIENT ? 1e-3 : 0));
                INDArray product = epsilon.mul(inputs.get(s));
                INDArray sum = product.rank() == 2
                        ? product.sum(0)
                        : product.sum(product.rank() == 3 ? new int[] {0, 2} : new int[] {0, 2, 3});
                if (s == 1 && fault == Fault.PARAMETER_GRADIENT) {
                    sum.muli(2);
                }
                if (fault == Fault.GRADIENT_SHAPE) {
                    sum = sum.reshape(1, sum.length());
                }
                if (s == 0 || fault != Fault.GRADIENT_LEFT_OUT) {
                    ofParameters = ofParameters.with("gain", s, sum);
                }
                if (fault == Fault.CHANGES_OUTPUT_GRADIENT) {
                    epsilon.addi(1);
                }
            }
            return new UnitGradients(
                    ofInputs,
                    fault == Fault.GRADIENT_TOO_MANY ? ofParameters.with("other", Nd4j.scalar(1.0)) : ofParameters);
        }

        private static INDArray row(INDArray gain, INDArray like) {
            long[] shape = new long[like.rank()];
            java.util.Arrays.fill(shape, 1);
            shape[1] = gain.length();
            return gain.dup().reshape('c', shape);
        }

        @Override
        public List<UnitReading> readings(List<String> towers, UnitArrays parameters) {
            List<UnitReading> readings = new ArrayList<>(SharingUnit.super.readings(towers, parameters));
            if (fault == Fault.READING) {
                readings.add(new UnitReading("x", "", "", 2, 3, 4));
            }
            if (fault == Fault.READING_TWICE) {
                readings.add(readings.get(0));
            }
            return readings;
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void a_fault_is_found(Fault fault) {
        SharingUnitCheck check = SharingUnitCheck.of(new Gain(fault));
        if (fault != Fault.START) {
            check = check.on(Shape.vector(4), Shape.vector(4)).on(Shape.sequence(4, 3), Shape.sequence(4, 3));
        }
        assertThat(check.failures()).anySatisfy(line -> assertThat(line).contains(fault.failure));
    }

    @Test
    void all_faults_are_told_at_once() {
        SharingUnitCheck check =
                SharingUnitCheck.of(new Gain(Fault.PARAMETER_GRADIENT)).on(Shape.vector(4), Shape.vector(4));
        assertThatThrownBy(check::assertCorrect)
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("SharingUnit 'gain': 4 failures")
                .hasMessageContaining("[4] x 2, parameter gain[1] [4][3]: analytic");
    }

    /** Has no equals, and a field that Jackson cannot read. */
    static final class Unequal extends Delegating {
        private static final long serialVersionUID = 1L;
    }

    abstract static class Delegating implements SharingUnit {
        private static final long serialVersionUID = 1L;

        @Override
        public String kind() {
            return "delegating";
        }

        @Override
        public String describe() {
            return "";
        }

        @Override
        public List<UnitParameter> parameters(List<Shape> inputs) {
            return CrossStitchUnit.perLayer().parameters(inputs);
        }

        @Override
        public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
            return CrossStitchUnit.perLayer().forward(inputs, parameters, training);
        }

        @Override
        public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
            return CrossStitchUnit.perLayer().backward(inputs, parameters, outputGradients);
        }
    }

    @Test
    void a_unit_that_does_not_come_back_from_json_is_found() {
        assertThat(SharingUnitCheck.of(new Unequal()).failures()).isNotEmpty().allSatisfy(line -> assertThat(line)
                .containsAnyOf("JSON", "serialisation"));
    }

    @Test
    void a_name_in_json_is_that_of_the_types() {
        SharingUnitCheck.of(new Gain(Fault.NONE))
                .withTypes(SavedTypes.none().with("gain", Gain.class))
                .withSeed(5)
                .on(Shape.vector(2), Shape.vector(2))
                .assertCorrect();
    }

    @Test
    void shapes_that_are_asked_for_are_to_be_joined() {
        assertThat(SharingUnitCheck.of(SluiceUnit.of(2))
                        .on(Shape.vector(3), Shape.vector(3))
                        .failures())
                .containsExactly(
                        "[3] x 2: the unit does not join such towers: SluiceUnit: 2 subspaces do not divide the 3"
                                + " channels of [3]");
        assertThat(SharingUnitCheck.of(SluiceUnit.of(3)).failures())
                .containsExactly(
                        "the unit joins none of the shapes that are tried; say by on(...) which it joins: [4] x 2:"
                                + " SluiceUnit: 3 subspaces do not divide the 4 channels of [4]");
    }
}
