package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.internal.steps.PreparedStep;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Training by prepared steps beside Deeplearning4j's own training of the same graph. */
class PreparedTrainingTest {
    private static final int EXAMPLES = 40;

    private static Dl4jModel model() {
        MultiTaskNetwork network = MultiTaskNetwork.builder()
                .input("codes", Shape.categories(6, 4), layers -> layers.embedding(3))
                .input("numbers", Shape.vector(5))
                .tower("kind", SplitHead.of(Task.classification("kind", 3).withStart(OutputStart.RANDOM)))
                .tower("size", SplitHead.of(Task.regression("size", 2).withStart(OutputStart.RANDOM)))
                .dense("a", 12)
                .stitch(CrossStitchUnit.perChannel())
                .dense("b", 8)
                .build();
        return Dl4jModel.create(network, TrainingPlan.adam(0.01).withL2(0.001).withGradientClipping(1));
    }

    private static List<MultiDataSet> batches(int count) {
        Random random = new Random(2);
        List<MultiDataSet> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[][] codes = new float[EXAMPLES][2];
            float[][] numbers = new float[EXAMPLES][5];
            float[][] kinds = new float[EXAMPLES][3];
            float[][] sizes = new float[EXAMPLES][2];
            for (int n = 0; n < EXAMPLES; n++) {
                codes[n] = new float[] {random.nextInt(6), random.nextInt(4)};
                for (int j = 0; j < 5; j++) {
                    numbers[n][j] = (float) random.nextGaussian();
                }
                kinds[n][random.nextInt(3)] = 1;
                sizes[n] = new float[] {numbers[n][0] - codes[n][0], numbers[n][1]};
            }
            batches.add(new org.nd4j.linalg.dataset.MultiDataSet(
                    new INDArray[] {Nd4j.createFromArray(codes), Nd4j.createFromArray(numbers)},
                    new INDArray[] {Nd4j.createFromArray(kinds), Nd4j.createFromArray(sizes)}));
        }
        return batches;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void steps_are_those_of_the_graph_to_rounding(int workers) {
        Dl4jModel model = model();
        assertThat(PreparedStep.of(model.graph())).isPresent();
        ComputationGraph stock = model().graph();
        assertThat(stock.params()).isEqualTo(model.graph().params());
        INDArray start = stock.params().dup();
        List<Double> scores = new ArrayList<>();
        model.graph().addListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model graph, int iteration, int epoch) {
                scores.add(graph.score());
            }
        });
        model.fit(ListBatches.of(batches(4)), FitOptions.epochs(1).withWorkers(workers));
        List<Double> expected = new ArrayList<>();
        for (var batch : batches(4)) {
            stock.fit(batch);
            expected.add(stock.score());
        }
        double moved = stock.params().sub(start).amaxNumber().doubleValue();
        double difference =
                stock.params().sub(model.graph().params()).amaxNumber().doubleValue();
        assertThat(moved).isGreaterThan(0.01);
        assertThat(difference).isLessThan(1e-3 * moved); // Adam divides small gradients by their size
        assertThat(scores).hasSize(4);
        for (int i = 0; i < 4; i++) {
            assertThat(scores.get(i)).isCloseTo(expected.get(i), withPercentage(0.003));
        }
        assertThat(model.graph().getIterationCount()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_model_that_was_saved_goes_on_to_the_same_bits(int workers, @TempDir Path folder) throws IOException {
        FitOptions options = FitOptions.epochs(2).withWorkers(workers);
        Dl4jModel whole = model();
        whole.fit(ListBatches.of(batches(3)), options);
        whole.fit(ListBatches.of(batches(3)), options);
        Dl4jModel first = model();
        first.fit(ListBatches.of(batches(3)), options);
        first.save(folder.resolve("model"));
        Dl4jModel second = Dl4jModel.load(folder.resolve("model"));
        second.fit(ListBatches.of(batches(3)), options);
        assertThat(second.graph().params()).isEqualTo(whole.graph().params());
    }

    @Test
    void listeners_to_activations_have_the_step_of_the_graph() {
        Dl4jModel model = model();
        List<Set<String>> seen = new ArrayList<>();
        model.graph().addListeners(new BaseTrainingListener() {
            @Override
            public void onForwardPass(Model graph, Map<String, INDArray> activations) {
                seen.add(activations.keySet());
            }
        });
        model.fit(ListBatches.of(batches(2)), FitOptions.epochs(1).withWorkers(1));
        assertThat(seen).hasSize(2).allSatisfy(names -> assertThat(names).contains("kind/a", "size/b"));
    }

    @Test
    void a_code_that_no_table_has_is_named() {
        var batches = batches(1);
        batches.get(0).getFeatures(0).putScalar(3, 1, 4);
        Dl4jModel model = model();
        assertThatThrownBy(() ->
                        model.fit(ListBatches.of(batches), FitOptions.epochs(1).withWorkers(1)))
                .hasMessageContaining("code")
                .hasMessageContaining("4");
    }
}
