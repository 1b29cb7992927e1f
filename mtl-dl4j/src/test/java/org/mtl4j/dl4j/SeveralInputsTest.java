package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Networks with several named inputs train, predict, are saved and measured as those with one are. */
class SeveralInputsTest {
    private static final int ROWS = 64;

    @TempDir
    private Path directory;

    /** Numbers and a picture; one tower reads both, the other the numbers alone. */
    private static MultiTaskNetwork some() {
        return MultiTaskNetwork.builder()
                .input("numbers", Shape.vector(3))
                .input(
                        "picture",
                        Shape.image(1, 6, 6),
                        layers -> layers.convolution("conv", 2, 3).maxPool(2).dense("code", 5))
                .tower("both", SplitHead.of(Task.regression("sum", 1)))
                .tower("one", SplitHead.of(Task.classification("sign", "no", "yes")))
                .reads("one", "numbers")
                .dense("fc", 6)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 4)
                .regularize(WeightRelatednessRegularizer.over("fc2")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(1e-2))
                .build();
    }

    private static MultiTaskNetwork trunk() {
        return MultiTaskNetwork.builder()
                .input("numbers", Shape.vector(3))
                .input("picture", Shape.image(1, 6, 6), layers -> layers.dense("code", 5))
                .trunk(layers -> layers.dense("t1", 7).dropout(0.1))
                .tower("a", SplitHead.of(Task.regression("sum", 1)))
                .tower("b", SplitHead.of(Task.classification("sign", "no", "yes")))
                .dense("fc", 4)
                .build();
    }

    private static MultiDataSet batch(int rows, long seed) {
        Random random = new Random(seed);
        double[] numbers = random.doubles(rows * 3L, -1, 1).toArray();
        double[] pixels = random.doubles(rows * 36L).toArray();
        double[] sums = new double[rows];
        double[] signs = new double[rows * 2];
        for (int row = 0; row < rows; row++) {
            double sum = 0;
            for (int i = 0; i < 36; i++) {
                sum += pixels[row * 36 + i] / 36;
            }
            sums[row] = sum * 3 + numbers[row * 3];
            signs[row * 2 + (numbers[row * 3 + 1] > 0 ? 1 : 0)] = 1;
        }
        return new MultiDataSet(
                new INDArray[] {
                    floats(numbers, rows, 3), floats(pixels, rows, 1, 6, 6),
                },
                new INDArray[] {floats(sums, rows, 1), floats(signs, rows, 2)});
    }

    private static INDArray floats(double[] values, long... shape) {
        return Nd4j.createFromArray(values)
                .castTo(org.nd4j.linalg.api.buffer.DataType.FLOAT)
                .reshape(shape);
    }

    @Test
    void trains_predicts_and_is_saved() throws IOException {
        for (MultiTaskNetwork network : List.of(some(), trunk())) {
            System.out.println(network);
            Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-2).withSeed(3));
            assertThat(model.graph().params().length()).isEqualTo(network.parameters());
            ListBatches data = ListBatches.of(batch(ROWS, 1), batch(ROWS, 2));
            model.fit(data, FitOptions.epochs(30).withValidation(data));
            Map<String, Double> last = model.losses(data);
            System.out.println(model.history().epochs().get(0).validationLoss() + " -> " + last);
            MultiDataSet batch = batch(5, 9);
            Predictions predicted = model.predict(batch);
            Predictions byName = model.predict(Map.of("picture", batch.getFeatures(1), "numbers", batch.getFeatures(0)));
            assertThat(byName.of("sum")).isEqualTo(predicted.of("sum"));
            Path file = directory.resolve("model.zip");
            model.save(file);
            Dl4jModel loaded = Dl4jModel.load(file);
            assertThat(loaded.network()).isEqualTo(network);
            assertThat(loaded.predict(batch).of("sum")).isEqualTo(predicted.of("sum"));
            System.out.println(network.toJson());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.predict(batch.getFeatures(0)))
                    .withMessage("the network has the inputs [numbers, picture]; give an array for each:"
                            + " predict(Map.of(\"numbers\", ..., \"picture\", ...))");
        }
    }
}
