package org.mtl4j.train.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

class MixedBatchesTest {
    private static final List<String> TASKS = List.of("y", "k", "z");
    private static final MultiTaskNetwork NETWORK = MultiTaskNetwork.builder(Shape.vector(1))
            .tower(
                    "a",
                    SplitHead.of(
                            TASKS.stream().map(name -> Task.regression(name, 1)).toArray(Task[]::new)))
            .build();

    /** So many batches of one row each, whose feature is the row's number. */
    private static ArrayBatches rows(int batches) {
        INDArray numbers = Nd4j.createFromArray(
                IntStream.range(0, batches).mapToDouble(i -> i).toArray());
        return ArrayBatches.of(numbers.reshape(batches, 1), numbers.reshape(batches, 1))
                .withBatchSize(1);
    }

    private static MixedBatches mixed(int... batches) {
        MixedBatches mixed = MixedBatches.of(NETWORK);
        for (int i = 0; i < batches.length; i++) {
            mixed = mixed.with(rows(batches[i]).withShuffling(7), TASKS.get(i));
        }
        return mixed;
    }

    /** Reads to the end of an epoch: whose batch it is, and which row. */
    private static List<String> rest(MixedBatches data) {
        List<String> seen = new ArrayList<>();
        while (data.hasNext()) {
            MultiDataSet batch = data.next();
            int task = IntStream.range(0, 3)
                    .filter(t -> batch.getLabels(t) != null)
                    .findFirst()
                    .orElseThrow();
            seen.add(TASKS.get(task) + batch.getFeatures(0).getInt(0));
        }
        return seen;
    }

    private static String order(List<String> seen) {
        return seen.stream().map(batch -> batch.substring(0, 1)).collect(Collectors.joining());
    }

    @ParameterizedTest
    @CsvSource({
        "8, 2, 0, yykyyyykyy",
        "2, 8, 0, kkykkkkykk",
        "3, 3, 0, ykykyk",
        "5, 1, 0, yyykyy",
        "6, 3, 2, ykyzykyyzky",
        "1, 0, 0, y"
    })
    void batches_of_each_corpus_are_spread_over_the_epoch(int y, int k, int z, String expected) {
        MixedBatches data = MixedBatches.of(NETWORK).with(ListBatches.of(list(y)), "y");
        data = k == 0 ? data : data.with(ListBatches.of(list(k)), "k");
        data = z == 0 ? data : data.with(ListBatches.of(list(z)), "z");
        assertThat(order(rest(data))).isEqualTo(expected);
        data.reset();
        assertThat(order(rest(data))).isEqualTo(expected);
    }

    private static List<MultiDataSet> list(int batches) {
        ArrayBatches rows = rows(batches);
        List<MultiDataSet> all = new ArrayList<>();
        rows.forEachRemaining(all::add);
        return all;
    }

    @Test
    void two_batches_beside_two_hundred_come_after_fifty_and_a_hundred_and_fifty() {
        String order = order(rest(mixed(200, 2)));
        assertThat(order).hasSize(202);
        assertThat(order.indexOf('k')).isEqualTo(50);
        assertThat(order.lastIndexOf('k')).isEqualTo(151);
    }

    /** 10 batches beside 3: three passes over these are nearest, and each row comes three times. */
    @Test
    void smaller_corpora_are_repeated_in_whole_passes_where_that_is_asked_for() {
        MixedBatches data = mixed(10, 3, 7).withRepetition();
        List<String> epoch = rest(data);
        assertThat(epoch).hasSize(10 + 9 + 7);
        assertThat(epoch.stream().filter(batch -> batch.startsWith("k")).sorted())
                .containsExactly("k0", "k0", "k0", "k1", "k1", "k1", "k2", "k2", "k2");
        assertThat(order(epoch)).startsWith("ykzyk").doesNotContain("yyy").doesNotContain("kk");
        assertThat(data.batchesPerEpoch()).isEqualTo(26);
        assertThat(rest(mixed(10, 3, 7))).hasSize(20);
    }

    /** Each pass of a repeated corpus has an order of its own, and no two epochs share one. */
    @Test
    void passes_are_epochs_of_the_corpus() {
        MixedBatches data = mixed(20, 10).withRepetition();
        ArrayBatches alone = rows(10).withShuffling(7);
        for (int epoch = 0; epoch < 3; epoch++) {
            data.startAt(epoch);
            List<String> expected = new ArrayList<>();
            for (int pass = 0; pass < 2; pass++) {
                alone.startAt(2 * epoch + pass);
                alone.forEachRemaining(
                        batch -> expected.add("k" + batch.getFeatures(0).getInt(0)));
            }
            assertThat(rest(data).stream().filter(batch -> batch.startsWith("k")))
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void an_epoch_is_the_same_wherever_it_is_gone_to_from(boolean repetition) {
        MixedBatches read = repetition ? mixed(11, 4, 2).withRepetition() : mixed(11, 4, 2);
        List<List<String>> epochs = new ArrayList<>();
        for (int epoch = 0; epoch < 4; epoch++) {
            epochs.add(rest(read));
            read.reset();
            read.reset(); // at the very start it skips no epoch
        }
        assertThat(epochs.get(1)).isNotEqualTo(epochs.get(0));
        MixedBatches gone = repetition ? mixed(11, 4, 2).withRepetition() : mixed(11, 4, 2);
        for (int epoch : new int[] {3, 1, 2, 0}) {
            gone.startAt(epoch);
            gone.next();
            gone.startAt(epoch);
            assertThat(rest(gone)).isEqualTo(epochs.get(epoch));
        }
    }

    /** Data that do not know how many batches they have, here a third each, are counted before the first. */
    @Test
    void data_of_any_kind_are_counted() {
        AbstractBatches unknown = new AbstractBatches() {
            private static final long serialVersionUID = 1L;
            private final ArrayBatches rows = rows(2);

            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            protected MultiDataSet read() {
                return rows.next();
            }

            @Override
            public void reset() {
                rows.startAt(0);
            }
        };
        MixedBatches data = MixedBatches.of(NETWORK).with(rows(8), "y").with(unknown, "k");
        assertThat(order(rest(data))).isEqualTo("yykyyyykyy");
        data.startAt(5);
        assertThat(order(rest(data))).isEqualTo("yykyyyykyy");
        MixedBatches nested = MixedBatches.of(NETWORK)
                .with(rows(8), "z")
                .with(MixedBatches.of(NETWORK).with(rows(2), "y").with(unknown, "k"), "y", "k", "z");
        assertThat(nested.batchesPerEpoch()).isEqualTo(12);
    }

    /** What can be read only once is taken in turn. */
    @Test
    void data_that_cannot_be_counted_are_taken_in_turn() {
        AbstractBatches once = new AbstractBatches() {
            private static final long serialVersionUID = 1L;
            private int left = 3;

            @Override
            public boolean hasNext() {
                return left > 0;
            }

            @Override
            protected MultiDataSet read() {
                left--;
                return rows(1).next();
            }

            @Override
            public void reset() {
                throw new UnsupportedOperationException();
            }

            @Override
            public boolean resetSupported() {
                return false;
            }
        };
        MixedBatches data = MixedBatches.of(NETWORK).with(rows(5), "y").with(once, "k");
        assertThat(order(rest(data))).isEqualTo("ykykykyy");
        assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(data::next);
    }

    @Test
    void rows_are_named_as_the_corpus_names_them() {
        MixedBatches data = MixedBatches.of(NETWORK).with(rows(3), "k");
        data.next();
        assertThat(Arrays.asList(data.next().getExampleMetaData().toArray())).containsExactly(1);
    }
}
