package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.testing.CheckpointedRun;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

class SingleTowerTrainingTest {
    private static final TrainingPlan PLAN = TrainingPlan.adam(1e-2).withSeed(4);

    private static MultiTaskNetwork network(double ownShare) {
        return MultiTaskNetwork.builder(Shape.vector(6))
                .tower("a", SplitHead.of(Task.regression("sum", 1)))
                .tower("b", SplitHead.of(Task.classification("sign", 2)))
                .dense("fc", 8)
                .stitch(CrossStitchUnit.perChannel(ownShare))
                .dense("fc2", 4)
                .build();
    }

    /** Joined by the identity, the towers predict what they learned alone. */
    @Test
    void joined_towers_are_those_that_were_trained_alone() {
        Dl4jModel joined = Dl4jModel.fromSingleTasks(
                network(1),
                PLAN,
                new CheckpointedRun.Shuffled(),
                FitOptions.epochs(3).withValidation(new CheckpointedRun.Shuffled()));
        Dl4jModel alone = Dl4jModel.create(network(1).alone("b"), PLAN);
        alone.fit(new SelectedLabels(new CheckpointedRun.Shuffled(), 1), 3);
        INDArray x = Nd4j.rand(20, 6).subi(0.5);
        assertThat(joined.predict(x).of("sign")).isEqualTo(alone.predict(x).of("sign"));
        assertThat(joined.history().epochs()).isEmpty();
        assertThat(joined.history().events())
                .extracting(TrainingEvent::kind)
                .containsExactly(Kind.TOWERS_JOINED, Kind.TOWERS_JOINED);
    }

    @Test
    void parameters_are_averaged_in_towers_alone() {
        Dl4jModel joined = Dl4jModel.fromSingleTasks(
                network(1),
                PLAN,
                new CheckpointedRun.Shuffled(),
                FitOptions.epochs(3).withParameterAveraging(0.9));
        Dl4jModel alone = Dl4jModel.create(network(1).alone("b"), PLAN);
        alone.fit(
                new SelectedLabels(new CheckpointedRun.Shuffled(), 1),
                FitOptions.epochs(3).withParameterAveraging(0.9));
        INDArray x = Nd4j.rand(20, 6).subi(0.5);
        assertThat(joined.predict(x).of("sign")).isEqualTo(alone.predict(x).of("sign"));
    }

    /** The way back: trained together with units that stay at the identity, and taken apart. */
    @Test
    void a_tower_that_is_taken_out_predicts_what_it_did_between_units_at_the_identity() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(6))
                .tower("a", SplitHead.of(Task.regression("sum", 1)))
                .tower("b", SplitHead.of(Task.classification("sign", 2)))
                .dense("fc", 8)
                .stitch(CrossStitchUnit.perChannel(1).withLearningRateFactor(0))
                .dense("fc2", 4)
                .regularize(WeightRelatednessRegularizer.over("fc"))
                .build();
        // not Adam, which moves a little even at a rate of 0
        Dl4jModel whole =
                Dl4jModel.create(network, TrainingPlan.of(new Sgd(0.05)).withSeed(4));
        whole.setProperty("crop", "39");
        whole.fit(new CheckpointedRun.Shuffled(), 30);
        Dl4jModel tower = whole.tower("b");
        INDArray x = Nd4j.rand(20, 6).subi(0.5);
        assertThat(tower.predict(x).of("sign").data().asFloat())
                .isEqualTo(whole.predict(x).of("sign").data().asFloat());
        assertThat(tower.graph().getConfiguration().getVertices().keySet()).containsExactly("b/fc", "b/fc2", "sign");
        assertThat(tower.properties()).containsEntry("crop", "39");
        assertThat(tower.history().events())
                .extracting(TrainingEvent::kind, TrainingEvent::subject)
                .containsExactly(tuple(Kind.TOWER_TAKEN, "b"));

        // its output layer has learned, and is not set to the mean of the targets again
        SelectedLabels signs = new SelectedLabels(new CheckpointedRun.Shuffled(), 1);
        double before = tower.losses(signs).get("sign");
        tower.fit(signs, 1);
        assertThat(1.1 * before).as("well below the loss of the mean").isLessThan(0.9 * Math.log(2));
        assertThat(tower.history().last().trainingLoss().get("sign")).isLessThan(1.1 * before);
        assertThat(whole.history().epochs()).hasSize(30);
        assertThatIllegalArgumentException().isThrownBy(() -> whole.tower("c")).withMessageContaining("'c'");
    }

    @Test
    void output_layers_that_have_learned_are_not_started_anew() {
        Dl4jModel joined =
                Dl4jModel.fromSingleTasks(network(0.9), PLAN, new CheckpointedRun.Shuffled(), FitOptions.epochs(20));
        double start = joined.losses(new CheckpointedRun.Shuffled()).get("sum");
        joined.fit(new CheckpointedRun.Shuffled(), 1);
        Dl4jModel scratch = Dl4jModel.create(network(0.9), PLAN);
        scratch.fit(new CheckpointedRun.Shuffled(), 1);
        assertThat(start)
                .isLessThan(scratch.losses(new CheckpointedRun.Shuffled()).get("sum") / 2);
        assertThat(joined.history().last().trainingLoss().get("sum")).isLessThan(2 * start);
    }

    @Test
    void what_only_a_joined_model_can_do_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dl4jModel.fromSingleTasks(
                        network(1),
                        PLAN,
                        new CheckpointedRun.Shuffled(),
                        FitOptions.epochs(1).withLossWeighting((tasks, run) -> new double[] {1})))
                .withMessageContaining("joined");
    }
}
