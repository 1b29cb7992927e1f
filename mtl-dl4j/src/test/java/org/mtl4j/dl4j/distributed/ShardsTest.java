package org.mtl4j.dl4j.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.testing.WorkersHere;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingDivergedException;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.TrainingEvent;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** What shards of the data may be, and what is said of those that are something else. */
class ShardsTest {
    private static final int COLUMNS = 3;

    private static Dl4jModel model() {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(COLUMNS))
                        .tower(
                                "both",
                                SplitHead.of(Task.regression("price", 1), Task.classification("sale", "slow", "fast")))
                        .dense("fc", 4)
                        .build(),
                TrainingPlan.of(new Sgd(0.1)).withDataType(DataType.DOUBLE));
    }

    private static MultiDataSet rows(int seed, int count) {
        Random random = new Random(seed);
        double[][] features = new double[count][COLUMNS];
        double[][] price = new double[count][1];
        double[][] sale = new double[count][2];
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < COLUMNS; i++) {
                features[row][i] = random.nextGaussian();
            }
            price[row][0] = features[row][0] - features[row][1];
            sale[row][features[row][2] > 0 ? 1 : 0] = 1;
        }
        return new MultiDataSet(
                new INDArray[] {Nd4j.createFromArray(features)},
                new INDArray[] {Nd4j.createFromArray(price), Nd4j.createFromArray(sale)});
    }

    private static void fit(Dl4jModel model, Averaging averaging, TrainingShard... shards) {
        model.fit(new WorkersHere(model, List.of(shards)), averaging, FitOptions.epochs(2));
    }

    /** Has what it has been counted to have only when it is first asked for a batch. */
    private static final class Liar implements TrainingShard {
        private final Optional<org.nd4j.linalg.dataset.api.MultiDataSet> then;
        private int asked;

        Liar(MultiDataSet then) {
            this.then = Optional.ofNullable(then);
        }

        @Override
        public Optional<org.nd4j.linalg.dataset.api.MultiDataSet> batch(int epoch, int step) {
            if (step > 1) {
                return Optional.empty();
            }
            boolean counting = epoch < 2 || step < 1 || asked++ == 0;
            return counting ? Optional.of(rows(10 * epoch + step, 6)) : then;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gradients", "parameters"})
    void data_that_change_between_counting_and_training_end_the_run(String averaging) {
        Averaging how = averaging.equals("gradients") ? Averaging.gradients() : Averaging.parameters(2);
        TrainingShard good = TrainingShard.of(List.of(rows(1, 6), rows(2, 6)));
        assertThatThrownBy(() -> fit(model(), how, good, new Liar(rows(5, 4)), good))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith(
                        "shard 2 of 3, epoch 2, step 2: counted were 6 examples (with a label of 'price':"
                                + " 6, 'sale': 6), and trained on 4 examples (with a label of 'price': 4, 'sale': 4).");
        assertThatThrownBy(() -> fit(model(), how, good, good, new Liar(null)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("shard 3 of 3, epoch 2, step 2: counted were 6 examples")
                .hasMessageContaining("trained on 0 examples");
        MultiDataSet unlabelled = rows(5, 6);
        unlabelled.setLabelsMaskArray(
                new INDArray[] {null, Nd4j.createFromArray(1.0, 0, 1, 0, 0, 0).reshape(6, 1)});
        assertThatThrownBy(() -> fit(model(), how, new Liar(unlabelled), good))
                .hasMessageContaining(
                        "counted were 6 examples (with a label of 'price': 6, 'sale': 6), and trained on 6"
                                + " examples (with a label of 'price': 6, 'sale': 2)");
    }

    @Test
    void workers_that_do_not_all_answer_are_no_workers() {
        Dl4jModel model = model();
        TrainingShard good = TrainingShard.of(List.of(rows(1, 6)));
        Workers half = new Workers() {
            @Override
            public int count() {
                return 2;
            }

            @Override
            public <A extends Serializable> List<A> ask(Question<A> question) {
                return new WorkersHere(model, List.of(good)).ask(question);
            }
        };
        assertThatThrownBy(() -> model.fit(half, Averaging.gradients(), FitOptions.epochs(1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("2 shards of the data were to answer, and 1 have");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gradients", "parameters"})
    void features_that_are_no_numbers_are_named_with_shard_and_row(String averaging) {
        Averaging how = averaging.equals("gradients") ? Averaging.gradients() : Averaging.parameters(2);
        MultiDataSet bad = rows(3, 6);
        bad.getFeatures(0).putScalar(4, 1, Double.NaN);
        TrainingShard good = TrainingShard.of(List.of(rows(1, 6), rows(2, 6)));
        assertThatThrownBy(() -> fit(model(), how, good, TrainingShard.of(List.of(bad))))
                .isInstanceOf(TrainingDivergedException.class)
                .hasMessageStartingWith(
                        "epoch 1, step 1: the score is NaN. Not finite: features of the batch (the first"
                                + " in row 4, counted from 0)")
                .hasMessageContaining("of shard 2 of 2; loss of task 'price'");
    }

    @Test
    void no_data_at_all_are_named_for_what_they_are() {
        assertThatThrownBy(() ->
                        fit(model(), Averaging.gradients(), TrainingShard.of(List.of()), TrainingShard.of(List.of())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the training data is empty: none of the 2 shards has an example in epoch 1");
        TrainingShard idle = new SomeSteps(List.of(), 2);
        assertThatThrownBy(() -> fit(model(), Averaging.gradients(), idle, TrainingShard.of(List.of(rows(1, 6)))))
                .hasMessage("epoch 1, step 2 of 2: none of the 2 shards has an example");
    }

    /** Has batches in some of its steps. */
    private record SomeSteps(List<Optional<MultiDataSet>> batches, int count) implements TrainingShard {
        @Override
        public Optional<org.nd4j.linalg.dataset.api.MultiDataSet> batch(int epoch, int step) {
            return step < batches.size() ? batches.get(step).map(rows -> rows) : Optional.empty();
        }

        @Override
        public OptionalInt steps(int epoch) {
            return OptionalInt.of(count);
        }
    }

    @Test
    void a_shard_may_have_nothing_in_a_step_and_go_on() {
        Optional<MultiDataSet> none = Optional.empty();
        TrainingShard first = new SomeSteps(List.of(Optional.of(rows(1, 4)), none, Optional.of(rows(2, 4))), 4);
        TrainingShard second = new SomeSteps(
                List.of(none, Optional.of(rows(3, 4)), Optional.of(rows(4, 2)), Optional.of(rows(5, 4))), 4);
        Dl4jModel alone = model();
        alone.fit(
                TrainingShard.joined(List.of(first, second)),
                FitOptions.epochs(2).withWorkers(1));
        assertThat(alone.graph().getIterationCount()).isEqualTo(2 * 4);
        Dl4jModel together = model();
        fit(together, Averaging.gradients(), first, second);
        // doubles, eight steps
        assertThat(together.graph().params().distance2(alone.graph().params())).isCloseTo(0, within(1e-12));
        Dl4jModel averaged = model();
        fit(averaged, Averaging.parameters(4), first, second);
        assertThat(averaged.graph().getIterationCount()).isEqualTo(2 * 4);
        assertThat(averaged.history().last().trainingLoss()).containsOnlyKeys("price", "sale");
    }

    @Test
    void uneven_shards_are_an_event_once_in_a_run() {
        TrainingShard long_ = TrainingShard.of(List.of(rows(1, 6), rows(2, 6), rows(3, 6), rows(4, 6)));
        Dl4jModel model = model();
        fit(model, Averaging.gradients(), long_, TrainingShard.of(List.of(rows(5, 6))));
        assertThat(model.history().events())
                .filteredOn(event -> event.kind() == TrainingEvent.Kind.SHARDS_UNEVEN)
                .singleElement()
                .extracting(TrainingEvent::text)
                .isEqualTo("the 2 shards have from 6 to 24 examples, so that batches of an epoch have from 6 to 12;"
                        + " deal the rows evenly for batches of one size");
        Dl4jModel even = model();
        fit(even, Averaging.gradients(), long_, TrainingShard.of(List.of(rows(5, 6), rows(6, 6), rows(7, 6))));
        assertThat(even.history().events()).noneMatch(event -> event.kind() == TrainingEvent.Kind.SHARDS_UNEVEN);
    }
}
