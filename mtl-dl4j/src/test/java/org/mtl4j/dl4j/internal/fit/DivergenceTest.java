package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingDivergedException;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.mtl4j.train.history.EpochResult;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

class DivergenceTest {
    @TempDir
    private Path directory;

    private static Dl4jModel model(double rate) {
        return Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(2))
                        .tower(
                                "a",
                                SplitHead.of(
                                        Task.regression("x", 1).withStart(OutputStart.RANDOM),
                                        Task.regression("y", 1).withStart(OutputStart.RANDOM)))
                        .dense("fc", 4)
                        .build(),
                TrainingPlan.of(new Sgd(rate)));
    }

    private static MultiDataSet batch(float label) {
        INDArray x = Nd4j.createFromArray(new float[][] {{1, 2}, {3, -1}});
        INDArray good = Nd4j.createFromArray(new float[][] {{1}, {2}});
        return new MultiDataSet(
                new INDArray[] {x}, new INDArray[] {good, Nd4j.createFromArray(new float[][] {{label}, {0}})});
    }

    @Test
    void a_label_that_is_no_number_is_found_by_task_epoch_and_step() {
        Dl4jModel model = model(0.01);
        ListBatches data = ListBatches.of(List.of(batch(1), batch(1), batch(Float.NaN)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(data, FitOptions.epochs(2)))
                .withMessageContainingAll("epoch 1, step 3", "task 'y', row 0", "finite numbers, got NaN")
                .withMessageNotContainingAny("task 'x'", "features");
    }

    @Test
    void a_label_whose_square_is_no_number_is_found_by_task_epoch_and_step() {
        Dl4jModel model = model(0.01);
        ListBatches data = ListBatches.of(List.of(batch(1), batch(1), batch(1e30f)));
        assertThatExceptionOfType(TrainingDivergedException.class)
                .isThrownBy(() -> model.fit(data, FitOptions.epochs(2)))
                .withMessageContainingAll("epoch 1, step 3", "loss of task 'y' (Infinity)")
                .withMessageNotContainingAny("task 'x'", "features");
    }

    @Test
    void the_checkpoint_before_it_is_kept() throws IOException {
        MultiDataSet batch = batch(1);
        Path checkpoints = directory.resolve("checkpoints");
        FitOptions options = FitOptions.epochs(10)
                .withCheckpoints(Checkpoints.in(checkpoints).withKept(1))
                .withListener(new ProgressListener() {
                    @Override
                    public void onEpoch(EpochResult result) {
                        if (result.epoch() == 3) {
                            batch.getFeatures(0).putScalar(0, 0, Float.POSITIVE_INFINITY);
                        }
                    }
                });
        assertThatExceptionOfType(TrainingDivergedException.class)
                .isThrownBy(() -> model(0.01).fit(ListBatches.of(List.of(batch)), options))
                .withMessageContainingAll(
                        "epoch 5, step 1", "features of the batch (the first in row 0, counted from 0)");
        try (Stream<Path> files = Files.list(checkpoints)) {
            Path last = files.filter(file -> file.toString().endsWith(".zip"))
                    .reduce((a, b) -> b)
                    .orElseThrow();
            assertThat(last).hasFileName("checkpoint-000004.zip");
            INDArray kept = Dl4jModel.load(last).graph().params();
            assertThat(Double.isFinite(kept.sumNumber().doubleValue())).isTrue();
        }
    }
}
