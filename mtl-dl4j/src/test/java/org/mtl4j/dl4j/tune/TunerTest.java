package org.mtl4j.dl4j.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.tune.Search.Rung;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.stopping.EarlyStopping;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

class TunerTest {
    private static final SearchSpace SPACE = SearchSpace.of(
            Parameter.logUniform("rate", 1e-4, 1e-1),
            Parameter.uniform("share", 0.5, 1),
            Parameter.choice("units", 2, 8));

    @TempDir
    private Path directory;

    private final MultiDataSetIterator data = data();

    private static MultiDataSetIterator data() {
        Random random = new Random(3);
        INDArray x = Nd4j.create(32, 4);
        INDArray y = Nd4j.create(32, 1);
        for (int i = 0; i < 32; i++) {
            for (int j = 0; j < 4; j++) {
                x.putScalar(i, j, random.nextGaussian());
            }
            y.putScalar(i, 0, x.getDouble(i, 0) * x.getDouble(i, 1));
        }
        return ListBatches.of(List.of(new MultiDataSet(new INDArray[] {x}, new INDArray[] {y, y})));
    }

    private static Dl4jModel model(Hyperparameters configuration) {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(4))
                        .tower("a", SplitHead.of(Task.regression("one", 1)))
                        .tower("b", SplitHead.of(Task.regression("two", 1)))
                        .dense("fc", Integer.parseInt(configuration.text("units")))
                        .stitch(CrossStitchUnit.perLayer(configuration.number("share")))
                        .build(),
                TrainingPlan.adam(configuration.number("rate")));
    }

    private List<TrialResult> run(Tuner tuner) throws IOException {
        return tuner.run(TunerTest::model, data, model -> model.losses(data).get("one"));
    }

    @Test
    void rungs_halve_the_trials_and_double_the_epochs() {
        assertThat(Search.halving(27, 2, 18, 3).rungs())
                .containsExactly(new Rung(27, 2), new Rung(9, 6), new Rung(3, 18));
        assertThat(Search.halving(4, 1, 10, 2).rungs())
                .containsExactly(new Rung(4, 1), new Rung(2, 2), new Rung(1, 10));
        assertThat(Search.random(5, 7).rungs()).containsExactly(new Rung(5, 7));
    }

    @Test
    void draws_lie_in_their_ranges_and_reach_all_of_them() {
        Random random = new Random(1);
        Set<String> units = new HashSet<>();
        int low = 0;
        for (int i = 0; i < 400; i++) {
            Hyperparameters drawn = SPACE.draw(random);
            assertThat(drawn.number("rate")).isBetween(1e-4, 1e-1);
            assertThat(drawn.number("share")).isBetween(0.5, 1.0);
            units.add(drawn.text("units"));
            low += drawn.number("rate") < Math.sqrt(1e-5) ? 1 : 0;
        }
        assertThat(units).containsExactlyInAnyOrder("2", "8");
        assertThat(low).as("below the middle of the orders of magnitude").isBetween(160, 240);
    }

    @Test
    void a_search_finds_what_is_best_and_goes_on_where_it_was_cut_off() throws IOException {
        Search search = Search.halving(6, 2, 8, 2);
        Tuner tuner = new Tuner(SPACE, search, 5, directory.resolve("whole"));
        List<TrialResult> whole = run(tuner);
        assertThat(whole).hasSize(6);
        for (TrialResult trial : List.of(whole.get(0), whole.get(5))) {
            Dl4jModel model = tuner.modelOf(trial, TunerTest::model, data);
            assertThat(model.history().epochs()).hasSize(trial.epochs());
            assertThat(model.losses(data).get("one")).isCloseTo(trial.score().orElseThrow(), within(1e-6)); // float
        }
        assertThat(whole.get(0).epochs()).isEqualTo(8);
        assertThat(whole).extracting(TrialResult::epochs).containsExactly(8, 4, 4, 2, 2, 2);
        double atTwo = whole.stream()
                .mapToDouble(result -> result.scores().get(2))
                .sorted()
                .toArray()[2];
        assertThat(whole.subList(0, 3))
                .allSatisfy(kept -> assertThat(kept.scores().get(2)).isLessThanOrEqualTo(atTwo));

        // cut off after every third epoch of any trial
        Path cut = directory.resolve("cut");
        int cuts = 0;
        List<TrialResult> result = null;
        while (result == null) {
            int[] epochs = {0};
            try {
                result = run(new Tuner(SPACE, search, 5, cut)
                        .withFitOptions(FitOptions.epochs(1).withListener(new ProgressListener() {
                            @Override
                            public void onEpoch(org.mtl4j.train.history.EpochResult epoch) {
                                if (++epochs[0] == 3) {
                                    throw new IllegalStateException("cut off");
                                }
                            }
                        })));
            } catch (IllegalStateException e) {
                cuts++;
            }
        }
        assertThat(cuts).isGreaterThan(3);
        assertThat(result).isEqualTo(whole);
    }

    @Test
    void a_trial_that_fails_is_given_up_and_the_others_go_on() throws IOException {
        SearchSpace bad = SearchSpace.of(
                Parameter.choice("rate", 1e-2, 1e30), Parameter.uniform("share", 0.5, 1), Parameter.choice("units", 4));
        List<TrialResult> results = run(new Tuner(bad, Search.random(6, 4), 1, directory));
        assertThat(results).filteredOn(TrialResult::failed).isNotEmpty().allSatisfy(failed -> {
            assertThat(failed.hyperparameters().number("rate")).isEqualTo(1e30);
            assertThat(failed.failure()).contains("epoch");
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            new Tuner(bad, Search.random(6, 4), 1, directory).modelOf(failed, TunerTest::model, data))
                    .withMessageContaining("has no score");
        });
        assertThat(results.get(0).failed()).isFalse();
        assertThat(results.get(results.size() - 1).failed()).isTrue();
    }

    @Test
    void a_configuration_of_which_no_model_can_be_made_fails_and_mistakes_of_the_caller_do_not_count()
            throws IOException {
        Tuner wrong = new Tuner(SPACE, Search.random(2, 2), 1, directory)
                .withFitOptions(FitOptions.epochs(1).withEarlyStopping(EarlyStopping.onTotal(2)));
        assertThatIllegalArgumentException().isThrownBy(() -> run(wrong)).withMessageContaining("validation");
        assertThat(run(new Tuner(SPACE, Search.random(2, 2), 1, directory))).noneMatch(TrialResult::failed);
        assertThat(new Tuner(SPACE, Search.random(2, 2), 1, directory.resolve("none"))
                        .run(
                                configuration -> {
                                    throw new IllegalArgumentException("no such network");
                                },
                                data,
                                model -> 0))
                .allSatisfy(result -> assertThat(result.failure()).isEqualTo("no such network"));
    }

    /** Its checkpoint is of the epochs in which it failed. */
    @Test
    void the_model_of_a_score_is_that_of_its_epochs() throws IOException {
        Tuner tuner = new Tuner(SPACE, Search.halving(2, 2, 4, 2), 1, directory);
        List<TrialResult> results = tuner.run(
                TunerTest::model,
                data,
                model -> model.history().epochs().size() > 2
                        ? Double.NaN
                        : model.losses(data).get("one"));
        TrialResult failed =
                results.stream().filter(TrialResult::failed).findFirst().orElseThrow();
        assertThat(failed.epochs()).isEqualTo(2);
        Dl4jModel model = tuner.modelOf(failed, TunerTest::model, data);
        assertThat(model.history().epochs()).hasSize(2);
        assertThat(model.losses(data).get("one")).isEqualTo(failed.score().orElseThrow());
    }

    @Test
    void a_directory_belongs_to_one_search() throws IOException {
        run(new Tuner(SPACE, Search.random(1, 1), 1, directory));
        assertThatIOException()
                .isThrownBy(() -> run(new Tuner(SPACE, Search.random(2, 1), 1, directory)))
                .withMessageContaining("another search");
    }

    @Test
    void bad_spaces_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Parameter.logUniform("x", 0, 1))
                .withMessageContaining("'x'");
        assertThatIllegalArgumentException().isThrownBy(() -> Parameter.choice("x"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SearchSpace.of(Parameter.choice("x", 1), Parameter.choice("x", 2)))
                .withMessageContaining("'x'");
        assertThatIllegalArgumentException().isThrownBy(() -> Search.halving(3, 5, 4, 2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SPACE.draw(new Random()).number("depth"))
                .withMessageContaining("rate");
    }
}
