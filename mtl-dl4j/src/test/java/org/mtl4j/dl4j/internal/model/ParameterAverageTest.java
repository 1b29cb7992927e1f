package org.mtl4j.dl4j.internal.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.LocalSteps;
import org.mtl4j.dl4j.internal.fit.OutputStarts;
import org.mtl4j.dl4j.internal.io.ModelFile;
import org.mtl4j.dl4j.testing.CheckpointedRun;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.stopping.EarlyStopping;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Parameters that are averaged over the steps; {@link CheckpointsTest} has runs that are killed meanwhile. */
class ParameterAverageTest {
    private static final double DECAY = 0.7;

    @TempDir
    private Path directory;

    /** Keeps the parameters after each step. */
    private static final class Steps implements ProgressListener {
        private final Dl4jModel model;
        private final List<double[]> parameters = new ArrayList<>();

        Steps(Dl4jModel model) {
            this.model = model;
        }

        @Override
        public void onStep(int epoch, int step, int examples, double score) {
            parameters.add(numbers(model));
        }
    }

    private static double[] numbers(Dl4jModel model) {
        return numbers(model.graph());
    }

    private static double[] numbers(ComputationGraph graph) {
        INDArray parameters = graph.params();
        return parameters.reshape(parameters.length()).toDoubleVector();
    }

    private static FitOptions options(int epochs) {
        return FitOptions.epochs(epochs).withParameterAveraging(DECAY);
    }

    @Test
    void the_model_is_left_with_the_average_that_the_formula_gives() {
        Dl4jModel model = CheckpointedRun.create();
        Steps steps = new Steps(model);
        model.fit(new CheckpointedRun.Shuffled(), options(12).withListener(steps));

        assertThat(steps.parameters).hasSize(36); // 3 batches an epoch; t / (9 + t) passes 0.7 at t = 21
        // the first d is 1 / 10, and what is averaged before the first step is the start
        double[] expected = new double[steps.parameters.get(0).length];
        Dl4jModel created = CheckpointedRun.create();
        GraphModel fresh = GraphModel.create(created.network(), created.plan());
        List<double[]> all = new ArrayList<>();
        all.add(numbersBeforeTheFirstStep(fresh));
        all.addAll(steps.parameters);
        for (int i = 0; i < expected.length; i++) {
            expected[i] = all.get(0)[i];
            for (int t = 1; t < all.size(); t++) {
                double d = Math.min(DECAY, t / (9.0 + t));
                expected[i] = d * expected[i] + (1 - d) * all.get(t)[i];
            }
        }
        assertThat(numbers(model)).containsExactly(expected, within(1e-5)); // 36 roundings of numbers around 1
        assertThat(numbers(model)).isNotEqualTo(all.get(all.size() - 1));
    }

    /** What is added in one step is less than what numbers of 16 bits tell apart. */
    @Test
    void parameters_in_half_precision_are_averaged_in_single_precision() throws IOException {
        Dl4jModel fresh = CheckpointedRun.create();
        ModelState model = ModelState.create(fresh.network(), fresh.plan().withDataType(DataType.HALF));
        model.graph().params().assign(1);
        ParameterAverage average = new ParameterAverage(model.graph());
        model.graph().params().assign(1.125);
        for (int step = 0; step < 2000; step++) {
            average.afterStep(0.998);
        }
        model.setAverage(average);
        Path file = directory.resolve("half.zip");
        ModelFile.write(model, file, SavedTypes.none(), model.average());
        assertThat(ModelFile.read(file, SavedTypes.none())
                        .average()
                        .orElseThrow()
                        .values())
                .isEqualTo(average.values());
        average.finish();
        assertThat(model.graph().params().meanNumber().doubleValue()).isCloseTo(1.125, within(5e-3));
    }

    /** The output layers' start is set before the first step. */
    private static double[] numbersBeforeTheFirstStep(GraphModel model) {
        OutputStarts.set(model.state(), new LocalSteps(model, new CheckpointedRun.Shuffled(), FitOptions.epochs(1)));
        return numbers(model.graph());
    }

    @Test
    void training_itself_goes_the_same_way_and_validation_is_of_the_average() {
        Dl4jModel plain = CheckpointedRun.create();
        Steps plainSteps = new Steps(plain);
        plain.fit(new CheckpointedRun.Shuffled(), FitOptions.epochs(3).withListener(plainSteps));
        Dl4jModel averaged = CheckpointedRun.create();
        Steps steps = new Steps(averaged);
        averaged.fit(
                new CheckpointedRun.Shuffled(),
                options(3).withValidation(new CheckpointedRun.Shuffled()).withListener(steps));

        for (int step = 0; step < 3; step++) { // later ones have other random numbers in dropout
            assertThat(steps.parameters.get(step)).isEqualTo(plainSteps.parameters.get(step));
        }
        EpochResult last = averaged.history().epochs().get(2);
        averaged.losses(new CheckpointedRun.Shuffled())
                .forEach((task, loss) ->
                        assertThat(last.validationLoss().get(task)).isCloseTo(loss, within(1e-6)));
    }

    @Test
    void a_run_taken_up_again_ends_with_the_same_average() throws IOException {
        Dl4jModel whole = CheckpointedRun.create();
        whole.fit(
                new CheckpointedRun.Shuffled(), options(6).withCheckpoints(Checkpoints.in(directory.resolve("whole"))));
        Path cut = directory.resolve("cut");
        Dl4jModel first = CheckpointedRun.create();
        first.fit(new CheckpointedRun.Shuffled(), options(4).withCheckpoints(Checkpoints.in(cut)));
        Dl4jModel resumed = CheckpointedRun.create();
        resumed.fit(new CheckpointedRun.Shuffled(), options(6).withCheckpoints(Checkpoints.in(cut)));

        assertThat(numbers(resumed)).isEqualTo(numbers(whole));
        Path saved = directory.resolve("saved.zip");
        resumed.save(saved);
        try (ZipFile zip = new ZipFile(saved.toFile());
                ZipFile checkpoint =
                        new ZipFile(cut.resolve("checkpoint-000006.zip").toFile())) {
            assertThat(namesOf(zip)).as("a finished model").noneMatch(name -> name.startsWith("average/"));
            assertThat(namesOf(checkpoint)).contains("average/tasks/sum/W.npy");
        }
        assertThat(numbers(Dl4jModel.load(saved))).isEqualTo(numbers(resumed));
    }

    private static List<String> namesOf(ZipFile zip) {
        return zip.stream().map(ZipEntry::getName).toList();
    }

    @Test
    void the_best_epoch_is_that_of_the_average() {
        Dl4jModel model = CheckpointedRun.create();
        List<double[]> parameters = new ArrayList<>();
        model.fit(
                new CheckpointedRun.Shuffled(),
                options(30)
                        .withValidation(new CheckpointedRun.Shuffled())
                        .withEarlyStopping(EarlyStopping.on("sign", 2))
                        .withCheckpoints(Checkpoints.in(directory.resolve("best")))
                        .withListener(new ProgressListener() {
                            @Override
                            public void onEpoch(EpochResult result) {
                                parameters.add(numbers(model));
                            }
                        }));
        double best = model.history().epochs().stream()
                .mapToDouble(result -> result.validationLoss().get("sign"))
                .min()
                .orElseThrow();
        assertThat(model.losses(new CheckpointedRun.Shuffled()).get("sign")).isCloseTo(best, within(1e-6));
        assertThat(Files.exists(directory.resolve("best"))).isTrue();
        assertThat(parameters).noneMatch(raw -> java.util.Arrays.equals(raw, numbers(model)));
    }

    @Test
    void decays_outside_of_0_to_1_are_refused() {
        for (double decay : new double[] {0, 1, -0.1, Double.NaN}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> FitOptions.epochs(1).withParameterAveraging(decay))
                    .withMessageContaining("in (0, 1), got " + decay);
        }
        assertThat(FitOptions.epochs(1).parameterAveraging()).isEqualTo(OptionalDouble.empty());
        assertThat(options(1).describe()).containsEntry("parameters averaged with decay", "0.7");
    }
}
