package org.mtl4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.ModelCopies;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.train.FitOptions;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

@Tag("slow")
class DealtRowsTest {
    private static final int ROWS = 203;
    private static final int BATCH = 32;

    private static JavaSparkContext context;

    @BeforeAll
    static void start() {
        context = new JavaSparkContext(new SparkConf()
                .setMaster("local[2]")
                .setAppName("DealtRowsTest")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1"));
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static List<TrainingShard> dealt(JavaRDD<byte[]> rows, int shards) {
        return DealtRows.deal(rows, TableRows::batch, shards, BATCH, 7).collect();
    }

    private static Dl4jModel trained(List<TrainingShard> shards) {
        Dl4jModel model = TableRows.model();
        model.fit(TrainingShard.joined(shards), FitOptions.epochs(2).withWorkers(1));
        return model;
    }

    @Test
    void a_step_has_the_same_rows_however_they_lay_and_among_however_many_shards_they_are_dealt() throws IOException {
        List<byte[]> rows = TableRows.drawn(ROWS);
        List<byte[]> shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, new Random(1));
        List<TrainingShard> three = dealt(context.parallelize(rows, 4), 3);
        List<TrainingShard> again = dealt(context.parallelize(shuffled, 7), 3);
        List<TrainingShard> one = dealt(context.parallelize(rows, 2), 1);
        for (int epoch = 0; epoch < 3; epoch++) {
            int seen = 0;
            for (int step = 0; step < 7; step++) {
                double sum = 0;
                for (int shard = 0; shard < 3; shard++) {
                    assertThat(three.get(shard).steps(epoch)).hasValue(7);
                    MultiDataSet part = three.get(shard).batch(epoch, step).orElseThrow();
                    assertThat(part.getFeatures(0))
                            .isEqualTo(again.get(shard)
                                    .batch(epoch, step)
                                    .orElseThrow()
                                    .getFeatures(0));
                    sum += part.getFeatures(0).sumNumber().doubleValue();
                    seen += (int) part.getFeatures(0).size(0);
                }
                INDArray whole = one.get(0).batch(epoch, step).orElseThrow().getFeatures(0);
                assertThat(whole.size(0)).isEqualTo(step < 6 ? BATCH : ROWS - 6 * BATCH);
                // single precision, sums of 160 numbers
                assertThat(sum)
                        .isCloseTo(whole.sumNumber().doubleValue(), org.assertj.core.api.Assertions.within(1e-4));
            }
            assertThat(seen).isEqualTo(ROWS);
        }
        assertThat(one.get(0).batch(1, 0).orElseThrow().getFeatures(0))
                .isNotEqualTo(one.get(0).batch(2, 0).orElseThrow().getFeatures(0));
        // a step adds up the same numbers in another order: fourteen steps of Adam, single precision
        assertThat(trained(three)
                        .graph()
                        .params()
                        .distance2(trained(one).graph().params()))
                .isLessThan(1e-3);
        Dl4jModel together = TableRows.model();
        try (SparkWorkers workers = SparkWorkers.of(
                context, together, DealtRows.deal(context.parallelize(shuffled, 5), TableRows::batch, 3, BATCH, 7))) {
            together.fit(workers, Averaging.gradients(), FitOptions.epochs(2));
        }
        assertThat(together.graph().params().distance2(trained(one).graph().params()))
                .isLessThan(1e-3);
    }

    /** Asks one after the other, in this thread. */
    private record InTurn(ModelCopies copies, List<TrainingShard> shards) implements Workers {
        @Override
        public int count() {
            return shards.size();
        }

        @Override
        public <A extends Serializable> List<A> ask(Question<A> question) {
            List<A> answers = new ArrayList<>();
            for (TrainingShard shard : shards) {
                try {
                    answers.add(copies.use(copy -> question.answer(copy, shard)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return answers;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void shards_on_fewer_cores_come_to_the_bits_of_shards_one_after_the_other(int steps) throws IOException {
        Averaging averaging = steps == 0 ? Averaging.gradients() : Averaging.parameters(steps);
        JavaRDD<TrainingShard> shards =
                DealtRows.deal(context.parallelize(TableRows.drawn(ROWS), 2), TableRows::batch, 3, BATCH, 7);
        Dl4jModel onTwoCores = TableRows.model();
        try (SparkWorkers workers = SparkWorkers.of(context, onTwoCores, shards)) {
            onTwoCores.fit(workers, averaging, FitOptions.epochs(2));
        }
        Dl4jModel inTurn = TableRows.model();
        inTurn.fit(new InTurn(ModelCopies.of(inTurn), shards.collect()), averaging, FitOptions.epochs(2));
        assertThat(onTwoCores.graph().params()).isEqualTo(inTurn.graph().params());
        assertThat(onTwoCores.history().epochs()).isEqualTo(inTurn.history().epochs());
    }

    @Test
    void equal_rows_are_dealt_as_evenly_as_others() {
        List<byte[]> rows = new ArrayList<>(Collections.nCopies(90, new byte[] {1, 2}));
        rows.addAll(TableRows.drawn(11));
        JavaRDD<TrainingShard> shards =
                DealtRows.deal(context.parallelize(rows, 3), all -> TableRows.batch(List.of()), 4, 8, 1);
        assertThat(shards.map(TrainingShard::toString).collect())
                .containsExactly(
                        "DealtShard[1 of 4, 26 of 101 rows]",
                        "DealtShard[2 of 4, 25 of 101 rows]",
                        "DealtShard[3 of 4, 25 of 101 rows]",
                        "DealtShard[4 of 4, 25 of 101 rows]");
    }

    @Test
    void too_few_rows_are_refused_before_they_are_dealt() {
        assertThatThrownBy(() -> dealt(context.parallelize(TableRows.drawn(5), 2), 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("5 rows are too few for 8 shards");
        assertThatThrownBy(() -> dealt(context.parallelize(List.of(), 2), 2))
                .hasMessage("there is no row to be dealt among 2 shards");
        assertThatThrownBy(() -> dealt(context.parallelize(TableRows.drawn(5), 2), 0))
                .hasMessageContaining("got 0 shards and 32 rows");
    }

    @Test
    void rows_that_are_other_ones_each_time_are_found_out() {
        JavaRDD<byte[]> random = context.parallelize(TableRows.drawn(200), 2).mapPartitions(rows -> {
            List<byte[]> some = new ArrayList<>();
            rows.forEachRemaining(row -> {
                if (Math.random() < 0.5) {
                    some.add(row);
                }
            });
            return some.iterator();
        });
        JavaRDD<TrainingShard> shards = DealtRows.deal(random, TableRows::batch, 1, 8, 1);
        String once = shards.first().toString();
        // Spark keeps what it has shuffled, so that they are the same ones as long as no executor is lost
        assertThat(shards.first().toString()).isEqualTo(once);
        assertThatThrownBy(() -> new DealtShard(new byte[3][], TableRows::batch, 1, 3, 11, 2, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("shard 2 of 3 has 3 rows, and 4 were dealt to it");
    }
}
