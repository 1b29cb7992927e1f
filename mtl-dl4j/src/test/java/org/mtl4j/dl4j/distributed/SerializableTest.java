package org.mtl4j.dl4j.distributed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.NotSerializableException;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.dl4j.testing.SerialForm;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.metric.TaskScores;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import own.HalfDistance;

/** What a user meets may be captured by what is sent to another process, and sent back. */
class SerializableTest {
    private static final Task PRICE = Task.regression("price", 1).withWeight(2);
    private static final Task KIND = Task.classification("kind", "a", "b", "c").withClassWeights(1, 2, 0.5);
    private static final Task TAGS = Task.multiLabel("tags", "x", "y");

    private static MultiTaskNetwork network(Relatedness relatedness) {
        return MultiTaskNetwork.builder(Shape.vector(4))
                .tower("one", SplitHead.of(PRICE))
                .tower("two", SplitHead.of(KIND, TAGS))
                .dense("fc", 5)
                .stitch(CrossStitchUnit.perChannel())
                .layer("own", Dl4jLayer.of(new DenseLayer.Builder().nOut(5).build()))
                .regularize(WeightRelatednessRegularizer.over("fc")
                        .withRelatedness(relatedness)
                        .withStrength(1e-3))
                .build();
    }

    private static TrainingPlan plan() {
        return TrainingPlan.adam(1e-2)
                .withExponentialDecay(0.9)
                .withGradientClipping(3)
                .withUpdater(ParameterGroup.ALPHA, new Sgd(0.1));
    }

    private static void assertSentWhole(Object object) throws IOException {
        Object received = SerialForm.sent(object);
        assertThat(received).isEqualTo(object).isNotSameAs(object);
        assertThat(received.toString()).isEqualTo(object.toString());
    }

    @Test
    void tasks_networks_and_plans_arrive_whole() throws IOException {
        for (Task task : List.of(PRICE, KIND, TAGS)) {
            assertSentWhole(task);
        }
        assertSentWhole(network(Relatedness.l2Linear()));
        assertSentWhole(network(new HalfDistance())); // a class of one's own, known there as here
        assertSentWhole(plan());
        assertSentWhole(Map.of("plan", plan(), "network", network(Relatedness.l2())));
    }

    @Test
    void histories_scores_and_predictions_arrive_whole() throws IOException {
        Dl4jModel model = Dl4jModel.create(network(Relatedness.l2Linear()), plan());
        INDArray features = Nd4j.rand(12, 4);
        INDArray kinds = Nd4j.zeros(12, 3);
        for (int row = 0; row < 12; row++) {
            kinds.putScalar(row, row % 3, 1);
        }
        ArrayBatches data = ArrayBatches.of(
                        features,
                        features.sum(true, 1),
                        kinds,
                        features.get(
                                        org.nd4j.linalg.indexing.NDArrayIndex.all(),
                                        org.nd4j.linalg.indexing.NDArrayIndex.interval(0, 2))
                                .gt(0.5)
                                .castTo(features.dataType()))
                .withBatchSize(6);
        model.fit(data, FitOptions.epochs(2).withValidation(data));
        TrainingHistory history = model.history();
        assertThat(history.epochs()).hasSize(2);
        assertThat(history.last().alphas()).isNotEmpty();
        assertSentWhole(history);
        for (EpochResult epoch : history.epochs()) {
            assertSentWhole(epoch);
            assertSentWhole(epoch.alphas().get(0));
            assertSentWhole(epoch.ties().get(0));
        }
        for (TrainingEvent event : history.events()) {
            assertSentWhole(event);
        }
        Map<String, TaskScore> scores = model.evaluate(data);
        assertThat(scores).hasSize(3);
        for (TaskScore score : scores.values()) {
            assertSentWhole(score);
        }
        Predictions predictions = model.predict(features);
        assertSentWhole(predictions);
        TaskScores counted = TaskScores.of(model.network().tasks());
        assertThat(SerialForm.sent(counted).result()).isEqualTo(counted.result());
    }

    /** It has no saved form, as it holds what Jackson cannot write. */
    public static final class Opaque implements Relatedness {
        private final Object hidden = new Object();

        @Override
        public String name() {
            return "opaque" + hidden.hashCode();
        }

        @Override
        public Evaluation evaluate(INDArray theta1, INDArray theta2, double[] coefficients) {
            throw new UnsupportedOperationException();
        }

        public Object getHidden() {
            throw new IllegalStateException("it is hidden");
        }
    }

    @Test
    void what_has_no_saved_form_is_named() {
        assertThatThrownBy(() -> SerialForm.sent(network(new Opaque())))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("Opaque");
    }

    /** As Kryo makes objects: without a constructor, what is transient left out. */
    @Test
    void copies_of_a_model_are_used_without_what_is_transient() throws Exception {
        Dl4jModel model = Dl4jModel.create(network(new HalfDistance()), plan());
        ModelCopies copies = ModelCopies.of(model, "own");
        for (String transientField : List.of("types", "unused")) {
            var field = ModelCopies.class.getDeclaredField(transientField);
            field.setAccessible(true);
            field.set(copies, null);
        }
        assertThat(copies.<MultiTaskNetwork>use(copy -> copy.network())).isEqualTo(model.network());
        assertThat(SerialForm.sent(copies).<MultiTaskNetwork>use(copy -> copy.network()))
                .isEqualTo(model.network());
    }
}
