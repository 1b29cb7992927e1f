package org.mtl4j.dl4j.internal.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.Shape;
import org.mtl4j.loss.ElementwiseLoss;
import org.mtl4j.loss.WingLoss;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** What the message shows is what differs. */
class DescriptionDifferencesTest {
    private static final Task Y = Task.regression("y", 1);
    private static final Task K = Task.classification("k", 2);
    private static final CrossStitchUnit UNIT = CrossStitchUnit.perChannel();
    private static final TrainingPlan PLAN = TrainingPlan.adam(1e-2);

    @TempDir
    private Path directory;

    private static MultiTaskNetwork network(Task y, Task k, CrossStitchUnit unit, UnaryOperator<NetworkBuilder> more) {
        return more.apply(MultiTaskNetwork.builder(Shape.vector(4))
                        .tower("a", SplitHead.of(y))
                        .tower("b", SplitHead.of(k))
                        .dense("fc", 4)
                        .stitch(unit))
                .build();
    }

    private static MultiTaskNetwork network(Task y, Task k, CrossStitchUnit unit) {
        return network(y, k, unit, UnaryOperator.identity());
    }

    private static MultiTaskNetwork network(UnaryOperator<NetworkBuilder> more) {
        return network(Y, K, UNIT, more);
    }

    private static INDArray weights(double... values) {
        return Nd4j.createFromArray(values);
    }

    private static WeightRelatednessRegularizer tied() {
        return WeightRelatednessRegularizer.over("fc");
    }

    static Stream<Arguments> networks() {
        MultiTaskNetwork plain = network(Y, K, UNIT);
        Task weighted = K.withLoss(new LossMCXENT(weights(1, 2)));
        return Stream.of(
                Arguments.of(
                        plain,
                        network(Y.withLoss(new LossMAE()), K, UNIT),
                        "towers[a].head[y].task.loss.type \"mean-squared-error\"",
                        "towers[a].head[y].task.loss.type \"mean-absolute-error\""),
                Arguments.of(
                        network(Y, weighted, UNIT),
                        network(Y, K.withLoss(new LossMCXENT(weights(1, 3))), UNIT),
                        "towers[b].head[k].task.loss.outputWeights.values [1.0,2.0]",
                        "values [1.0,3.0]"),
                Arguments.of(plain, network(Y, weighted, UNIT), "outputWeights nothing", "\"values\":[1.0,2.0]"),
                Arguments.of(
                        network(Y.withLoss(new WingLoss(0.1, 0.01)), K, UNIT),
                        network(Y.withLoss(new WingLoss(0.1, 0.02)), K, UNIT),
                        "loss.epsilon 0.01",
                        "loss.epsilon 0.02"),
                Arguments.of(
                        plain,
                        network(Y.withStart(OutputStart.RANDOM), K, UNIT),
                        "start \"target-mean\"",
                        "start \"random\""),
                Arguments.of(plain, network(Y.withWeight(2), K, UNIT), "weight 1.0", "weight 2.0"),
                Arguments.of(
                        plain, network(Y, Task.classification("k", "no", "yes"), UNIT), "task.classNames", "\"yes\""),
                Arguments.of(
                        plain,
                        network(Y, K, UNIT.withLearningRateFactor(10)),
                        "learningRateFactor 1.0",
                        "learningRateFactor 10.0"),
                Arguments.of(plain, network(Y, K, UNIT.withFrozenEpochs(2)), "frozenEpochs 0", "frozenEpochs 2"),
                Arguments.of(plain, network(Y, K, CrossStitchUnit.perLayer()), "\"per-channel\"", "\"per-layer\""),
                Arguments.of(
                        plain,
                        network(n -> n.initializer(Initializer.GLOROT)),
                        "initializer \"he\"",
                        "initializer \"glorot\""),
                Arguments.of(
                        plain,
                        network(n -> n.startTowersEqual(true)),
                        "startTowersEqual nothing",
                        "startTowersEqual true"),
                Arguments.of(plain, network(n -> n.dense("fc2", 3)), "body[fc2] nothing", "body[fc2] {"),
                Arguments.of(
                        network(n -> n.layer("fc2", new Dense(3, Activation.RELU, true))),
                        network(n -> n.layer("fc2", new Dense(3, Activation.RELU, false))),
                        "layer.bias true",
                        "layer.bias false"),
                Arguments.of(
                        network(n -> n.layer("x", new Activate(Activation.TANH))),
                        network(n -> n.layer("x", new Activate(Activation.ELU))),
                        "\"tanh\"",
                        "\"elu\""),
                Arguments.of(
                        network(n -> n.layer("n", new BatchNormalization(0.9, 1e-5))),
                        network(n -> n.layer("n", new BatchNormalization(0.8, 1e-5))),
                        "decay 0.9",
                        "decay 0.8"),
                Arguments.of(
                        network(n -> n.regularize(tied())),
                        network(n -> n.regularize(tied().withLearningRateFactor(3))),
                        "regularizer.learningRateFactor 1.0",
                        "regularizer.learningRateFactor 3.0"),
                Arguments.of(
                        network(n -> n.regularize(tied())),
                        network(n -> n.regularize(tied().withRelatedness(Relatedness.l2Linear()))),
                        "regularizer.relatedness",
                        "\"l2-linear\""),
                Arguments.of(
                        network(n -> n.layer("d", dense(0.1))),
                        network(n -> n.layer("d", dense(0.2))),
                        "layer.configuration.activationFn.alpha 0.1",
                        "alpha 0.2"),
                Arguments.of(sequence(3), sequence(4), "nout 3", "nout 4"));
    }

    private static Dl4jLayer dense(double slope) {
        return Dl4jLayer.of(new org.deeplearning4j.nn.conf.layers.DenseLayer.Builder()
                .nOut(4)
                .activation(new org.nd4j.linalg.activations.impl.ActivationLReLU(slope))
                .build());
    }

    private static MultiTaskNetwork sequence(int units) {
        return MultiTaskNetwork.builder(Shape.sequence(2, 3))
                .tower("a", SplitHead.of(Y))
                .layer(
                        "lstm",
                        Dl4jLayer.of(
                                new LastTimeStep(new LSTM.Builder().nOut(units).build())))
                .build();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void the_difference_of_networks_is_named(MultiTaskNetwork there, MultiTaskNetwork here, String old, String now) {
        assertThat(there).isNotEqualTo(here);
        String text = DescriptionDifferences.of(there, here);
        assertThat(text).startsWith("There: ").contains(". Here: ");
        String[] sides = text.substring("There: ".length()).split("\\. Here: ", 2);
        assertThat(sides[0]).contains(old).isNotEqualTo(sides[1]);
        assertThat(sides[1]).contains(now);
        assertThat(text.length()).isLessThan(700);
    }

    static Stream<Arguments> plans() {
        return Stream.of(
                Arguments.of(PLAN.withSeed(7), "seed 1", "seed 7"),
                Arguments.of(PLAN.withL2(0.5), "l2 0.0", "l2 0.5"),
                Arguments.of(PLAN.withDataType(DataType.DOUBLE), "precision \"float\"", "precision \"double\""),
                Arguments.of(PLAN.withGradientClipping(3), "maxGradientNorm nothing", "maxGradientNorm 3.0"),
                Arguments.of(TrainingPlan.adam(2e-2), "updater.learningRate 0.01", "updater.learningRate 0.02"),
                Arguments.of(TrainingPlan.of(new Adam(1e-2, 0.8, 0.999, 1e-8)), "0.9", "0.8"),
                Arguments.of(
                        TrainingPlan.of(new Nesterovs(1e-2, 0.9)),
                        "updater.type \"adam\"",
                        "updater.type \"nesterovs\""),
                Arguments.of(PLAN.withCosineDecay(3), "updater.learningRateSchedule nothing", "\"cosine\""),
                Arguments.of(PLAN.withUpdater(ParameterGroup.ALPHA, new Sgd(0.5)), "ownUpdaters nothing", "0.5"));
    }

    @ParameterizedTest
    @MethodSource("plans")
    void the_difference_of_plans_is_named(TrainingPlan here, String old, String now) {
        String[] sides = DescriptionDifferences.of(PLAN, here).split("\\. Here: ", 2);
        assertThat(sides[0]).startsWith("There: ").contains(old);
        assertThat(sides[1]).contains(now);
    }

    @Test
    void a_checkpoint_of_another_run_says_in_what() {
        INDArray x = Nd4j.rand(8, 4);
        INDArray k = Nd4j.zeros(8, 2);
        k.putColumn(0, Nd4j.ones(8));
        ArrayBatches data = ArrayBatches.of(x, x.sum(true, 1), k);
        FitOptions options = FitOptions.epochs(1).withCheckpoints(Checkpoints.in(directory));
        Dl4jModel.create(network(Y, K, UNIT), PLAN).fit(data, options);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dl4jModel.create(network(Y.withLoss(new LossMAE()), K, UNIT), PLAN)
                        .fit(data, options))
                .withMessageEndingWith(
                        "is of another network, so the run in its directory is another one; give each run a"
                                + " directory of its own. There: towers[a].head[y].task.loss.type"
                                + " \"mean-squared-error\"."
                                + " Here: towers[a].head[y].task.loss.type \"mean-absolute-error\"");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Dl4jModel.create(network(Y, K, UNIT), PLAN.withL2(0.1)).fit(data, options))
                .withMessageEndingWith(
                        "another training plan, so the run in its directory is another one; give each run a"
                                + " directory of its own. There: l2 0.0. Here: l2 0.1");
    }

    /** One whose author forgot {@code equals}: the fields are the same, and yet it is another one. */
    public static final class WithoutEquals extends ElementwiseLoss {
        private static final long serialVersionUID = 1L;

        @Override
        protected INDArray value(INDArray error) {
            return error;
        }

        @Override
        protected INDArray slope(INDArray error) {
            return error;
        }
    }

    @Test
    void a_part_without_equals_is_named() {
        String text = DescriptionDifferences.of(
                network(Y.withLoss(new WithoutEquals()), K, UNIT), network(Y.withLoss(new WithoutEquals()), K, UNIT));
        assertThat(text)
                .startsWith("There: loss of task 'y' a " + WithoutEquals.class.getName())
                .contains("Here: loss of task 'y' another with the same fields, which its equals does not compare");
    }
}
