package org.mtl4j.dl4j.internal.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.internal.cpu.Gemm;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class BatchDivisionTest {
    private record Rows(long from, long to, long rows, double first) {}

    private static List<Rows> divided(MultiTaskNetwork network, INDArray features) {
        BatchDivision division = new BatchDivision(ModelState.create(network, TrainingPlan.adam(1e-3)));
        return division.divide(
                new INDArray[] {features},
                null,
                (graph, rows, from, to) -> new Rows(from, to, rows[0].size(0), rows[0].getDouble(0)));
    }

    /** Memory for what lies between layers is that of a piece, of however many examples a batch is. */
    @Test
    void batches_of_images_are_predicted_piece_by_piece() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 32, 32))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .convolution("c", 64, 7)
                .build(); // two million multiplications
        INDArray features = Nd4j.arange(0, 333L * 1024).castTo(DataType.FLOAT).reshape(333, 1, 32, 32);
        List<Rows> pieces = divided(network, features);
        long next = 0;
        for (Rows piece : pieces) {
            assertThat(piece.from()).isEqualTo(next);
            assertThat(piece.rows()).isEqualTo(piece.to() - piece.from()).isBetween(32L, 100L);
            assertThat(piece.first()).isEqualTo(piece.from() * 1024.0);
            next = piece.to();
        }
        assertThat(next).isEqualTo(333);
    }

    /** Its memory for what lies between layers would be there twice. */
    @Test
    void the_thread_that_has_trained_predicts_itself_and_others_have_it_done() throws Exception {
        assumeThat(Replicas.best()).as("threads of ND4J").isGreaterThan(1);
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 32, 32))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .convolution("c", 64, 7)
                .build();
        BatchDivision division = new BatchDivision(ModelState.create(network, TrainingPlan.adam(1e-3)));
        INDArray[] features = {Nd4j.ones(DataType.FLOAT, 70, 1, 32, 32)};
        String own = Thread.currentThread().getName();
        assertThat(threads(division, features)).containsOnly("mtl-replica");
        division.forTraining(OptionalInt.empty());
        assertThat(threads(division, features)).contains(own).doesNotContain("mtl-replica");
        CompletableFuture<Set<String>> ofAnother = new CompletableFuture<>();
        Thread another = new Thread(() -> ofAnother.complete(threads(division, features)));
        another.start();
        assertThat(ofAnother.get(20, TimeUnit.SECONDS)).containsOnly("mtl-replica");
    }

    private static Set<String> threads(BatchDivision division, INDArray[] features) {
        return Set.copyOf(division.divide(features, null, (graph, rows, from, to) -> Thread.currentThread()
                .getName()));
    }

    private static MultiTaskNetwork table(int width) {
        return MultiTaskNetwork.builder(Shape.vector(40))
                .tower("a", SplitHead.of(Task.regression("y", 3).withStart(OutputStart.RANDOM)))
                .tower("b", SplitHead.of(Task.classification("z", 4).withStart(OutputStart.RANDOM)))
                .dense("fc", width)
                .dense("top", width)
                .build();
    }

    /** Some 27,000 multiplications a row, of which 2 million are worth a thread. */
    @Test
    void rows_of_a_table_are_predicted_in_parts_that_are_prepared() {
        assumeThat(Gemm.available()).as("products of the BLAS library").isTrue();
        ModelState model = ModelState.create(table(128), TrainingPlan.adam(1e-3).withSeed(1));
        BatchDivision division = new BatchDivision(model);
        for (int examples : new int[] {1, 3, 70, 301, 2000}) {
            INDArray[] features = {Nd4j.rand(DataType.FLOAT, examples, 40)};
            INDArray[] found = division.preparedOutputs(features, null);
            INDArray[] expected = model.graph().output(false, features);
            assertThat(found).hasSize(2);
            for (int t = 0; t < 2; t++) {
                assertThat(found[t].shape()).containsExactly(expected[t].shape());
                assertThat(found[t].sub(expected[t]).amaxNumber().doubleValue())
                        .isLessThan(1e-5 * expected[t].amaxNumber().doubleValue());
            }
            assertThat(division.preparedOutputs(features, null)[0])
                    .as("the same again")
                    .isEqualTo(found[0]);
        }
    }

    /** Predictions wait for nobody, so that who is told to stop can go on with what it has begun. */
    @Test
    void rows_of_a_table_are_predicted_by_a_thread_that_is_interrupted() {
        assumeThat(Gemm.available()).as("products of the BLAS library").isTrue();
        BatchDivision division = new BatchDivision(ModelState.create(table(128), TrainingPlan.adam(1e-3)));
        INDArray[] features = {Nd4j.rand(DataType.FLOAT, 500, 40)};
        INDArray[] expected = division.preparedOutputs(features, null);
        Thread.currentThread().interrupt();
        INDArray[] found;
        try {
            found = division.preparedOutputs(features, null);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(found[0]).isEqualTo(expected[0]);
    }

    @Test
    void networks_and_batches_of_other_kinds_are_left_to_the_graph() {
        assumeThat(Gemm.available()).as("products of the BLAS library").isTrue();
        BatchDivision tables = new BatchDivision(ModelState.create(table(5), TrainingPlan.adam(1e-3)));
        assertThat(tables.preparedOutputs(new INDArray[] {Nd4j.ones(DataType.FLOAT, 9, 40)}, null))
                .isNotNull();
        assertThat(tables.preparedOutputs(new INDArray[] {Nd4j.ones(DataType.DOUBLE, 9, 40)}, null))
                .isNull();
        MultiTaskNetwork images = MultiTaskNetwork.builder(Shape.image(1, 8, 8))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .convolution("c", 4, 3)
                .build();
        assertThat(new BatchDivision(ModelState.create(images, TrainingPlan.adam(1e-3)))
                        .preparedOutputs(new INDArray[] {Nd4j.ones(DataType.FLOAT, 9, 1, 8, 8)}, null))
                .isNull();
    }

    @Test
    void many_rows_of_a_table_are_one_piece() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(4))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .dense("fc", 4)
                .build();
        assertThat(divided(network, Nd4j.ones(DataType.FLOAT, 1000, 4))).containsExactly(new Rows(0, 1000, 1000, 1));
    }
}
