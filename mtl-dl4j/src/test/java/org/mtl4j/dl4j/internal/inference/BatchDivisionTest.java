package org.mtl4j.dl4j.internal.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
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

    @Test
    void many_rows_of_a_table_are_one_piece() {
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(4))
                .tower("a", SplitHead.of(Task.regression("y", 1)))
                .dense("fc", 4)
                .build();
        assertThat(divided(network, Nd4j.ones(DataType.FLOAT, 1000, 4))).containsExactly(new Rows(0, 1000, 1000, 1));
    }
}
