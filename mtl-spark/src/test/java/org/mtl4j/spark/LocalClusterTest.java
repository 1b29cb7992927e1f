package org.mtl4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.ProgressListener;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.slf4j.LoggerFactory;

/**
 * Spark with executors that are processes of their own, and Kryo, which takes no class that it was not told of. What
 * works with Java's serialisation in one process is in {@link SparkTest}.
 */
@Tag("slow")
class LocalClusterTest {
    private static final int ROWS = 203;

    private static JavaSparkContext context;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        context = new JavaSparkContext(LocalCluster.conf("LocalClusterTest")
                .set("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
                .set("spark.kryo.registrationRequired", "true")
                .set("spark.kryo.registrator", KryoClasses.class.getName()));
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static JavaRDD<TrainingShard> shards(JavaRDD<byte[]> rows, int count) {
        return DealtRows.deal(rows, TableRows::batch, count, 32, 7);
    }

    private static INDArray trained(JavaRDD<TrainingShard> shards, ProgressListener listener) throws IOException {
        return trained(shards, Averaging.gradients(), listener);
    }

    private static INDArray trained(JavaRDD<TrainingShard> shards, Averaging averaging, ProgressListener listener)
            throws IOException {
        Dl4jModel model = TableRows.model();
        try (SparkWorkers workers = SparkWorkers.of(context, model, shards)) {
            model.fit(workers, averaging, FitOptions.epochs(2).withListener(listener));
        }
        assertThat(model.graph().getIterationCount()).isEqualTo(2 * 7); // 203 rows, 32 in a step
        return model.graph().params();
    }

    /**
     * One executor is killed in the middle; and the rows lie in another order, in other partitions, some of them empty.
     */
    @Test
    void the_model_is_the_same_to_the_bit_whatever_happens_to_executors_and_however_the_rows_lie() throws IOException {
        List<byte[]> rows = TableRows.drawn(ROWS);
        INDArray expected = trained(shards(context.parallelize(rows, 3), 2), new ProgressListener() {});

        List<byte[]> shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, new Random(1));
        JavaRDD<byte[]> skewed = context.parallelize(shuffled.subList(0, 200), 1)
                .union(context.parallelize(List.<byte[]>of(), 2))
                .union(context.parallelize(shuffled.subList(200, ROWS), 1));
        List<ProcessHandle> killed = new ArrayList<>();
        INDArray found = trained(shards(skewed, 2), new ProgressListener() {
            @Override
            public void onStep(int epoch, int step, int examples, double score) {
                if (epoch == 1 && step == 2) {
                    ProcessHandle executor = LocalCluster.executor(context);
                    executor.destroyForcibly();
                    killed.add(executor);
                }
            }
        });
        assertThat(killed).hasSize(1);
        assertThat(found).isEqualTo(expected);
    }

    /** A shard with which, once, something happens in the middle of a step of the second epoch. */
    private static final class Accident implements TrainingShard {
        private static final long serialVersionUID = 1L;
        private static final int STEP = 4;

        private final TrainingShard shard;
        private final String marker;
        private final boolean fatal;
        private transient boolean counted;

        Accident(TrainingShard shard, String marker, boolean fatal) {
            this.shard = shard;
            this.marker = marker;
            this.fatal = fatal;
        }

        @Override
        public OptionalInt steps(int epoch) throws IOException {
            return shard.steps(epoch);
        }

        @Override
        public Optional<MultiDataSet> batch(int epoch, int step) throws IOException {
            if (epoch == 2 && step == STEP) {
                if (counted) {
                    happen();
                }
                counted = true; // the labels of the epoch, before it is trained on
            }
            return shard.batch(epoch, step);
        }

        private void happen() throws IOException {
            try {
                Files.createFile(Path.of(marker));
            } catch (FileAlreadyExistsException e) {
                return; // it has
            }
            if (fatal) {
                Runtime.getRuntime().halt(1);
            }
            throw new IllegalStateException("an accident");
        }
    }

    /**
     * Where parameters are averaged the step is the second of a task with three; those that the task has made are made
     * again.
     */
    @ParameterizedTest(name = "{0}, fatal: {1}")
    @CsvSource({"1, false", "3, true"})
    void a_task_that_fails_or_ends_its_executor_in_a_step_is_made_again_to_the_same_bits(int steps, boolean fatal)
            throws IOException {
        Averaging averaging = steps == 1 ? Averaging.gradients() : Averaging.parameters(steps);
        JavaRDD<TrainingShard> shards = shards(context.parallelize(TableRows.drawn(ROWS), 3), 2);
        INDArray expected = trained(shards, averaging, new ProgressListener() {});
        String marker = folder.resolve("accident" + steps).toString();
        INDArray found =
                trained(shards.map(shard -> new Accident(shard, marker, fatal)), averaging, new ProgressListener() {});
        assertThat(Path.of(marker)).exists();
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void one_job_makes_all_steps_of_a_round() throws IOException {
        Dl4jModel model = TableRows.model();
        try (SparkWorkers workers =
                SparkWorkers.of(context, model, shards(context.parallelize(TableRows.drawn(ROWS), 3), 2))) {
            int before = context.sc().dagScheduler().numTotalJobs();
            model.fit(workers, Averaging.parameters(3), FitOptions.epochs(2));
            // labels are summed, and in each epoch counted; seven steps are three rounds
            assertThat(context.sc().dagScheduler().numTotalJobs() - before).isEqualTo(1 + 2 * (1 + 3));
        }
        assertThat(model.graph().getIterationCount()).isEqualTo(2 * 7);
    }

    /** Holds megabytes of rows. */
    private record Heavy(byte[] rows, int seed) implements TrainingShard {
        @Override
        public Optional<MultiDataSet> batch(int epoch, int step) {
            if (step > 2) {
                return Optional.empty();
            }
            return Optional.of(
                    TableRows.batch(TableRows.drawn(60).subList(20 * step, 20 * step + 10 + rows.length % 2 + seed)));
        }
    }

    @Test
    void rows_go_to_executors_once_and_not_with_each_question() throws IOException {
        byte[] megabytes = new byte[5 << 20];
        new Random(1).nextBytes(megabytes); // not to be compressed
        Logger log = (Logger) LoggerFactory.getLogger("org.apache.spark.scheduler.TaskSetManager");
        ListAppender<ILoggingEvent> heard = new ListAppender<>();
        heard.start();
        Level level = log.getLevel();
        log.addAppender(heard);
        log.setLevel(Level.INFO);
        log.setAdditive(false);
        Dl4jModel model = TableRows.model();
        try (SparkWorkers workers =
                SparkWorkers.of(context, model, List.of(new Heavy(megabytes, 0), new Heavy(megabytes, 1)))) {
            model.fit(workers, Averaging.gradients(), FitOptions.epochs(1));
        } finally {
            log.detachAppender(heard);
            log.setLevel(level);
            log.setAdditive(true);
        }
        List<Integer> sizes = new ArrayList<>();
        for (ILoggingEvent event : heard.list) {
            Matcher started =
                    Pattern.compile("Starting task .* ([0-9]+) bytes\\).*").matcher(event.getFormattedMessage());
            if (started.matches()) {
                sizes.add(Integer.valueOf(started.group(1)));
            }
        }
        assertThat(sizes).hasSizeGreaterThanOrEqualTo(2 * (1 + 2 + 3)); // made; labels summed and counted; three steps
        assertThat(Collections.max(sizes)).isLessThan(100_000);
    }

    private record Refuse() implements Workers.Question<String> {
        @Override
        public String answer(MultiTaskModel model, TrainingShard shard) {
            if (shard instanceof Heavy heavy && heavy.seed == 1) {
                throw new IllegalArgumentException("task 'price', row 3 of the batch, counted from 0: no price");
            }
            return "fine";
        }
    }

    @Test
    void what_data_are_refused_for_is_said_with_their_shard() throws IOException {
        List<Heavy> shards = List.of(new Heavy(new byte[2], 0), new Heavy(new byte[2], 1), new Heavy(new byte[2], 2));
        Dl4jModel model = TableRows.model();
        try (SparkWorkers workers = SparkWorkers.of(context, model, shards)) {
            assertThat(workers.count()).isEqualTo(3);
            assertThatThrownBy(() -> workers.ask(new Refuse()))
                    .isExactlyInstanceOf(IllegalArgumentException.class)
                    .hasMessage("shard 2 of 3: task 'price', row 3 of the batch, counted from 0: no price")
                    .hasStackTraceContaining("LocalClusterTest$Refuse.answer");
        }
        // shards that executors make, some partitions without one, and one with two
        JavaRDD<TrainingShard> made = context.parallelize(List.of(0, 1, 2, 3), 4)
                .flatMap(i -> i % 2 == 0
                        ? Collections.emptyIterator()
                        : List.<TrainingShard>of(new Heavy(new byte[i], 0), new Heavy(new byte[i], 2))
                                .iterator());
        try (SparkWorkers workers = SparkWorkers.of(context, model, made)) {
            assertThat(workers.count()).isEqualTo(4);
            assertThat(workers.ask(new Refuse())).containsExactly("fine", "fine", "fine", "fine");
        }
    }
}
