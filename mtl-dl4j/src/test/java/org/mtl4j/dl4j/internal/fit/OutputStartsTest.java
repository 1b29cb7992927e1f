package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** Output layers start at the means of the targets where they are as they were made, and nowhere else. */
class OutputStartsTest {
    private static final INDArray X = Nd4j.createFromArray(new float[][] {{1, 2}, {-1, 0.5f}, {0.5f, -2}, {2, 1}});
    /** Rates so small that nothing moves but what is started. */
    private static final TrainingPlan STILL = TrainingPlan.of(new Sgd(1e-12));

    private static MultiTaskNetwork network(String... tasks) {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.vector(2));
        for (String task : tasks) {
            network.tower("of-" + task, SplitHead.of(Task.regression(task, 1)));
        }
        return network.dense("fc", 3).build();
    }

    /** Targets that are all one number; null for no labels. */
    private static ListBatches data(Float... targets) {
        INDArray[] labels = new INDArray[targets.length];
        for (int t = 0; t < targets.length; t++) {
            labels[t] = targets[t] == null ? null : Nd4j.valueArrayOf(new long[] {4, 1}, targets[t], DataType.FLOAT);
        }
        return ListBatches.of(List.of(new MultiDataSet(new INDArray[] {X}, labels)));
    }

    private static double bias(Dl4jModel model, String task) {
        return model.graph().getLayer(task).getParam("b").getDouble(0);
    }

    private static Dl4jModel trained() {
        Dl4jModel model = Dl4jModel.create(network("y"), TrainingPlan.adam(1e-2));
        model.fit(data(5f), FitOptions.epochs(3));
        return model;
    }

    private static Dl4jModel saved(Dl4jModel model) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        model.save(out, SavedTypes.none());
        return Dl4jModel.load(new ByteArrayInputStream(out.toByteArray()), SavedTypes.none());
    }

    private static void copy(Dl4jModel from, Dl4jModel to) {
        for (GraphVertex vertex : from.graph().getVertices()) {
            if (vertex.numParams() > 0) {
                to.graph().getVertex(vertex.getVertexName()).params().assign(vertex.params());
            }
        }
    }

    @Test
    void parameters_from_elsewhere_are_a_start() throws IOException {
        Dl4jModel old = trained();
        INDArray expected = old.predict(X).of("y");
        Dl4jModel set = Dl4jModel.create(network("y"), STILL);
        set.graph().setParams(old.graph().params().dup());
        Dl4jModel copied = Dl4jModel.create(network("y"), STILL);
        copy(old, copied);
        Dl4jModel stepped = Dl4jModel.create(network("y"), STILL);
        stepped.graph().getLayer("y").getParam("W").addi(0.25); // as any steps on the graph would
        INDArray ofSteps = stepped.predict(X).of("y").dup();
        for (Dl4jModel model : List.of(set, copied, saved(set), stepped)) {
            model.fit(data(-7f), FitOptions.epochs(1));
            assertThat(model.predict(X).of("y").distance2(model == stepped ? ofSteps : expected))
                    .isLessThan(1e-6); // a step at 1e-12
        }
    }

    @Test
    void a_task_that_is_added_starts_and_the_others_go_on() {
        Dl4jModel old = trained();
        Dl4jModel more = Dl4jModel.create(network("y", "z"), STILL);
        copy(old, more);
        more.fit(data(-7f, 2.5f), FitOptions.epochs(1));
        assertThat(bias(more, "y")).isEqualTo(bias(old, "y"));
        assertThat(bias(more, "z")).isCloseTo(2.5, within(1e-6));
    }

    @Test
    void it_starts_once_even_if_it_has_not_moved() {
        Dl4jModel model = Dl4jModel.create(network("y"), STILL);
        model.fit(data(0f), FitOptions.epochs(1)); // a mean of zero, which is what it was made with
        model.fit(data(3f), FitOptions.epochs(1));
        assertThat(bias(model, "y")).isCloseTo(0, within(1e-6));
    }

    @Test
    void a_task_waits_for_its_first_label_in_files_too() throws IOException {
        Dl4jModel model = Dl4jModel.create(network("y", "z"), STILL);
        model.fit(data(1f, null), FitOptions.epochs(1));
        assertThat(bias(model, "z")).isZero();
        for (Dl4jModel each : List.of(saved(model), model)) {
            each.fit(data(9f, 4f), FitOptions.epochs(1));
            assertThat(bias(each, "y")).isCloseTo(1, within(1e-6));
            assertThat(bias(each, "z")).isCloseTo(4, within(1e-6));
        }
    }

    @Test
    void a_tower_taken_out_has_started_as_far_as_it_had_before() {
        Dl4jModel whole = Dl4jModel.create(network("y", "z"), STILL);
        whole.fit(data(1f, null), FitOptions.epochs(1));
        Map.of("y", 1.0, "z", 4.0).forEach((task, start) -> {
            Dl4jModel tower = whole.tower("of-" + task);
            tower.fit(data(4f), FitOptions.epochs(1));
            assertThat(bias(tower, task)).as(task).isCloseTo(start, within(1e-6));
        });
    }

    @Test
    void towers_trained_alone_do_not_start_again_together() {
        Dl4jModel joined = Dl4jModel.fromSingleTasks(network("y", "z"), STILL, data(1f, null), FitOptions.epochs(1));
        joined.fit(data(9f, 4f), FitOptions.epochs(1));
        assertThat(bias(joined, "y")).isCloseTo(1, within(1e-6));
        assertThat(bias(joined, "z")).isCloseTo(4, within(1e-6));
    }
}
