package org.mtl4j.dl4j.internal.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.testing.WorkersHere;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.TrainingEvent;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** By a clock that workers move, so that what is chosen does not depend on the machine. */
class AveragingByCostTest {
    private static final int STEPS = 20;
    private static final long MILLISECOND = 1_000_000;

    @TempDir
    Path directory;

    /** Workers for which a round takes a time, and the work on a step another one. */
    private static final class TimedWorkers implements Workers {
        private final WorkersHere here;
        private final long round;
        private final long arithmetic;
        private final Map<String, Integer> asked = new HashMap<>();
        private long now;
        private int left = Integer.MAX_VALUE;

        TimedWorkers(GraphModel model, double roundMillis, double stepMillis) throws IOException {
            here = new WorkersHere(model, List.of(shard(1), shard(2)));
            round = (long) (roundMillis * MILLISECOND);
            arithmetic = (long) (stepMillis * MILLISECOND);
        }

        /** Is lost after so many questions. */
        TimedWorkers lostAfter(int questions) {
            left = questions;
            return this;
        }

        @Override
        public int count() {
            return here.count();
        }

        @Override
        public <A extends Serializable> List<A> ask(Question<A> question) {
            if (left-- == 0) {
                throw new IllegalStateException("the workers are lost");
            }
            asked.merge(question.getClass().getSimpleName(), 1, Integer::sum);
            now += round + (question instanceof WorkerQuestions.ComputeGradient ? arithmetic : 0);
            return here.ask(question);
        }

        DistributedSteps steps(GraphModel model, Averaging averaging, FitOptions options) {
            return new DistributedSteps(model, this, averaging, options, () -> now);
        }
    }

    private static TrainingShard shard(int seed) {
        Random random = new Random(seed);
        List<MultiDataSet> batches = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            INDArray features =
                    Nd4j.createFromArray(random.doubles(4 * 3, -1, 1).toArray()).reshape(4, 3);
            batches.add(new MultiDataSet(
                    new INDArray[] {features}, new INDArray[] {features.sum(true, 1), features.mean(true, 1)}));
        }
        return TrainingShard.of(batches);
    }

    private static GraphModel model() {
        return GraphModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("both", SplitHead.of(Task.regression("sum", 1), Task.regression("mean", 1)))
                        .dense("fc", 5)
                        .build(),
                TrainingPlan.adam(1e-2));
    }

    private static Dl4jModel read(GraphModel model) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        model.save(file, SavedTypes.none());
        return Dl4jModel.load(new ByteArrayInputStream(file.toByteArray()), SavedTypes.none());
    }

    private static List<TrainingEvent> choices(GraphModel model) {
        return model.history().events().stream()
                .filter(event -> event.kind() == TrainingEvent.Kind.AVERAGING_CHOSEN)
                .toList();
    }

    /** A round of 10 ms, steps of the arithmetic given. */
    @ParameterizedTest(name = "{0} ms of arithmetic, {1} steps an epoch: {2}")
    @CsvSource({
        "30, 64, gradients averaged",
        "10, 64, gradients averaged", // half
        "9.9, 64, parameters averaged every 2 steps",
        "5, 64, parameters averaged every 2 steps", // with two, it is half of a round
        "3, 64, parameters averaged every 4 steps", // 12 ms of 22
        "0.5, 64, parameters averaged every 16 steps", // and not 20
        "0.5, 30, parameters averaged every 7 steps", // four averages an epoch
        "0.5, 7, gradients averaged", // not four averages of two steps
        "-1, 64, parameters averaged every 16 steps", // a clock is no exact thing
        "0.5, 1, gradients averaged"
    })
    void as_many_steps_are_made_in_a_round_as_make_arithmetic_half_of_it(double arithmetic, int steps, String chosen) {
        RoundCosts costs = new RoundCosts(steps);
        for (int i = 0; !costs.areKnown(); i++) {
            long slow = i < Math.min(steps, 32) / 2 ? 1000 : i % 5 == 0 ? 40 : 0; // at first, and now and then
            costs.add(
                    (long) ((2 * 10 + 2 * arithmetic + slow) * MILLISECOND),
                    2, // as where losses are asked for first
                    () -> 10 * MILLISECOND);
        }
        // arithmetic of two rounds
        assertThat(costs.chosen()).hasToString(chosen);
    }

    @Test
    void a_run_begins_with_gradients_and_goes_on_with_what_is_chosen() throws IOException {
        GraphModel model = model();
        TimedWorkers workers = new TimedWorkers(model, 10, 4);
        FitOptions options = FitOptions.epochs(2);
        model.fit(workers.steps(model, Averaging.byCost(), options), options);
        assertThat(choices(model))
                .containsExactly(new TrainingEvent(
                        -1,
                        TrainingEvent.Kind.AVERAGING_CHOSEN,
                        "parameters averaged every 3 steps",
                        "a step with gradients averaged takes 14.0 ms, of which 10.0 ms for what goes to workers and"
                                + " comes back, and 29 % for arithmetic (medians of 10 steps; epochs have 20)"));
        assertThat(workers.asked)
                .containsEntry("ComputeGradient", STEPS)
                .containsEntry("Echo", STEPS / 2)
                .containsEntry("MakeSteps", 7); // of three steps each, the last of two
        assertThat(model.graph().getIterationCount()).isEqualTo(2 * STEPS);
        assertThat(model.history().last().score())
                .isLessThan(model.history().epochs().get(0).score());
        Dl4jModel read = read(model);
        assertThat(read.describe(workers, Averaging.byCost(), options))
                .containsEntry("workers", "2 shards, averaging chosen by what a round costs")
                .containsEntry("averaging chosen by cost", "parameters averaged every 3 steps");
        assertThat(read.describe(workers, Averaging.gradients(), options))
                .containsEntry("workers", "2 shards, gradients averaged")
                .doesNotContainKey("averaging chosen by cost");

        // a later call of fit is measured anew
        TimedWorkers quick = new TimedWorkers(model, 1, 4);
        model.fit(quick.steps(model, Averaging.byCost(), options), options);
        assertThat(choices(model)).extracting(TrainingEvent::subject).last().isEqualTo("gradients averaged");
        assertThat(quick.asked).containsEntry("ComputeGradient", 2 * STEPS).doesNotContainKey("MakeSteps");
    }

    @Test
    void gradients_that_are_chosen_train_as_gradients_that_are_named() throws IOException {
        GraphModel chosen = model();
        FitOptions options = FitOptions.epochs(2);
        chosen.fit(new TimedWorkers(chosen, 1, 4).steps(chosen, Averaging.byCost(), options), options);
        GraphModel named = model();
        named.fit(new TimedWorkers(named, 1, 4).steps(named, Averaging.gradients(), options), options);
        assertThat(chosen.graph().params()).isEqualTo(named.graph().params());
        assertThat(chosen.history().epochs()).isEqualTo(named.history().epochs());
    }

    @Test
    void a_run_that_was_cut_off_keeps_to_what_it_has_chosen() throws IOException {
        GraphModel undisturbed = model();
        FitOptions four = FitOptions.epochs(4);
        undisturbed.fit(new TimedWorkers(undisturbed, 10, 4).steps(undisturbed, Averaging.byCost(), four), four);
        FitOptions kept = four.withCheckpoints(Checkpoints.in(directory));
        GraphModel cutOff = model();
        // sums of labels; counts and rounds of the first epoch, and of the second; in the middle of the third
        TimedWorkers lost = new TimedWorkers(cutOff, 10, 4).lostAfter(1 + 1 + STEPS + STEPS / 2 + 1 + 7 + 1 + 3);
        assertThatThrownBy(() -> cutOff.fit(lost.steps(cutOff, Averaging.byCost(), kept), kept))
                .hasMessage("the workers are lost");
        assertThat(cutOff.graph().getIterationCount()).isEqualTo(2 * STEPS + 9);

        GraphModel resumed = model();
        TimedWorkers others = new TimedWorkers(resumed, 1, 40); // by which it would choose gradients
        resumed.fit(others.steps(resumed, Averaging.byCost(), kept), kept);
        assertThat(others.asked).doesNotContainKeys("Echo", "ComputeGradient").containsEntry("MakeSteps", 2 * 7);
        assertThat(choices(resumed)).isEqualTo(choices(undisturbed)).hasSize(1);
        assertThat(resumed.graph().params()).isEqualTo(undisturbed.graph().params());
        assertThat(resumed.graph().getUpdater(false).getStateViewArray())
                .isEqualTo(undisturbed.graph().getUpdater(false).getStateViewArray());
        assertThat(resumed.history().epochs()).isEqualTo(undisturbed.history().epochs());
    }

    /** As of a later version. */
    @Test
    void a_choice_that_is_not_known_is_told() {
        assertThatThrownBy(() -> RoundCosts.chosenIn(
                        List.of(new TrainingEvent(-1, TrainingEvent.Kind.AVERAGING_CHOSEN, "something averaged", ""))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("the run that this goes on with has chosen 'something averaged', which is none")
                .hasMessageContaining("parameters averaged every 16 steps");
    }

    @Test
    void gradients_that_have_to_meet_are_averaged_whatever_a_round_costs() throws IOException {
        GraphModel model = model();
        TimedWorkers workers = new TimedWorkers(model, 10, 1);
        FitOptions options = FitOptions.epochs(1).withGradientBalance(GradientBalance.dbMtl());
        model.fit(workers.steps(model, Averaging.byCost(), options), options);
        assertThat(choices(model)).singleElement().satisfies(event -> assertThat(event.subject())
                .isEqualTo("gradients averaged"));
        assertThat(workers.asked).doesNotContainKeys("Echo", "MakeSteps");
    }
}
