package own;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.balance.LossWeighting;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.loss.ElementwiseLoss;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitGradients;
import org.mtl4j.sharing.UnitParameter;
import org.mtl4j.sharing.check.SharingUnitCheck;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.EpochBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.stopping.TaskStopping;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * Adds to the library from outside of it, by public types alone: what the first table of docs/extending.md promises.
 */
class ExtendingTest {
    @TempDir
    private Path folder;

    /** The logarithm of the hyperbolic cosine of the error: a square near zero, and linear far off. */
    public static final class LogCosh extends ElementwiseLoss {
        private static final long serialVersionUID = 1L;

        @Override
        protected INDArray value(INDArray error) {
            return Transforms.log(Transforms.cosh(error));
        }

        @Override
        protected INDArray slope(INDArray error) {
            return Transforms.tanh(error);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof LogCosh;
        }

        @Override
        public int hashCode() {
            return 17;
        }

        @Override
        public String toString() {
            return "LogCosh()";
        }
    }

    /** Halves the rate every so many epochs. */
    public record Halving(double first, int epochs) implements ISchedule {
        @Override
        public double valueAt(int iteration, int epoch) {
            return first / (1 << (epoch / epochs));
        }

        @Override
        public ISchedule clone() {
            return this;
        }
    }

    /** Data that are made as they are asked for: points, their sum and their difference. */
    private static final class Sums extends EpochBatches {
        private static final long serialVersionUID = 1L;

        Sums() {
            super(64, 16);
        }

        @Override
        protected MultiDataSet read(int from, int count) {
            double[][] points = new double[count][2];
            double[][] sums = new double[count][1];
            double[][] differences = new double[count][1];
            for (int i = 0; i < count; i++) {
                points[i][0] = ((from + i) * 7 + epoch() * 3) % 16 / 16.0;
                points[i][1] = (from + i) * 5 % 16 / 16.0;
                sums[i][0] = points[i][0] + points[i][1];
                differences[i][0] = points[i][0] - points[i][1];
            }
            return new MultiDataSet(
                    new INDArray[] {Nd4j.createFromArray(points).castTo(Nd4j.dataType())}, new INDArray[] {
                        Nd4j.createFromArray(sums).castTo(Nd4j.dataType()),
                        Nd4j.createFromArray(differences).castTo(Nd4j.dataType())
                    });
        }
    }

    private static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.vector(2))
                .tower("sum", SplitHead.of(Task.regression("sum", 1).withLoss(new LogCosh())))
                .tower("difference", SplitHead.of(Task.regression("difference", 1)))
                .dense("fc", 8)
                .layer("own", Dl4jLayer.of(new OwnLayer(8)))
                .stitch(CrossStitchUnit.perLayer())
                .build();
    }

    private static TrainingPlan plan() {
        return TrainingPlan.of(new Sgd(0.1)).withSchedule(new Halving(0.1, 10));
    }

    /** A loss: central differences of 1e-4 in double precision are right to about 1e-8. */
    @Test
    void a_loss_is_a_function_and_its_slope() {
        INDArray labels = Nd4j.createFromArray(new double[][] {{0.5, -1}, {2, 0.25}});
        INDArray outputs = Nd4j.createFromArray(new double[][] {{0.1, 0.7}, {-1, 0.3}});
        LogCosh loss = new LogCosh();
        INDArray gradient = loss.computeGradient(labels, outputs.dup(), new ActivationIdentity(), null);
        double step = 1e-4;
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                INDArray more = outputs.dup().putScalar(i, j, outputs.getDouble(i, j) + step);
                INDArray less = outputs.dup().putScalar(i, j, outputs.getDouble(i, j) - step);
                double slope = (loss.computeScore(labels, more, new ActivationIdentity(), null, false)
                                - loss.computeScore(labels, less, new ActivationIdentity(), null, false))
                        / (2 * step);
                assertThat(gradient.getDouble(i, j)).as("output %d, %d", i, j).isEqualTo(slope, within(1e-7));
            }
        }
    }

    /** A loss, a layer, a schedule and data of one's own; the model is saved by names and loaded again. */
    @Test
    void a_network_of_own_parts_is_trained_saved_and_loaded() throws IOException {
        SavedTypes types = SavedTypes.none().with("log-cosh", LogCosh.class).with("halving", Halving.class);
        Dl4jModel model = Dl4jModel.create(network(), plan());
        double before = model.losses(new Sums()).get("sum");
        model.fit(new Sums(), FitOptions.epochs(20));
        double after = model.losses(new Sums()).get("sum");
        assertThat(after).isLessThan(0.5 * before);

        Path file = folder.resolve("own.zip");
        model.save(file, types);
        Dl4jModel loaded = Dl4jModel.load(file, types.trusting("own"));
        assertThat(loaded.network()).isEqualTo(model.network());
        assertThat(loaded.plan()).isEqualTo(model.plan());
        INDArray features = new Sums().next().getFeatures(0);
        assertThat(loaded.predict(features).of("sum"))
                .isEqualTo(model.predict(features).of("sum"));
    }

    /** Adds to each tower the activation of the next one, times a number that is learned for each channel. */
    public record Neighbour(double start) implements SharingUnit {
        @Override
        public String kind() {
            return "neighbour";
        }

        @Override
        public String describe() {
            return "from " + start;
        }

        @Override
        public List<UnitParameter> parameters(List<Shape> inputs) {
            List<UnitParameter> all = new ArrayList<>();
            for (int s = 0; s < inputs.size(); s++) {
                all.add(UnitParameter.of("share", 1, inputs.get(s).channels())
                        .ofOutput(s)
                        .startingAt(start));
            }
            return all;
        }

        @Override
        public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
            List<INDArray> outputs = new ArrayList<>();
            for (int s = 0; s < inputs.size(); s++) {
                INDArray next = inputs.get((s + 1) % inputs.size());
                outputs.add(inputs.get(s).add(next.mul(parameters.get("share", s))));
            }
            return outputs;
        }

        @Override
        public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
            List<INDArray> ofInputs = new ArrayList<>();
            UnitArrays ofShares = UnitArrays.none();
            for (int s = 0; s < inputs.size(); s++) {
                int before = (s + inputs.size() - 1) % inputs.size();
                INDArray back = outputGradients.get(before).mul(parameters.get("share", before));
                ofInputs.add(outputGradients.get(s).add(back));
                INDArray next = inputs.get((s + 1) % inputs.size());
                ofShares = ofShares.with(
                        "share", s, outputGradients.get(s).mul(next).sum(true, 0));
            }
            return new UnitGradients(ofInputs, ofShares);
        }
    }

    /** A unit: checked in one call, trained, read, saved by its name and loaded again. */
    @Test
    void a_unit_is_a_pure_function_and_its_gradients() throws IOException {
        SavedTypes types = SavedTypes.none().with("neighbour", Neighbour.class);
        SharingUnitCheck.of(new Neighbour(0.2))
                .withTypes(types)
                .on(Shape.vector(3), Shape.vector(3))
                .on(Shape.vector(2), Shape.vector(2), Shape.vector(2))
                .assertCorrect();

        MultiTaskNetwork stitched = MultiTaskNetwork.builder(Shape.vector(2))
                .tower("sum", SplitHead.of(Task.regression("sum", 1)))
                .tower("difference", SplitHead.of(Task.regression("difference", 1)))
                .dense("fc", 8)
                .stitch(new Neighbour(0.2))
                .build();
        assertThat(stitched.toString()).contains("neighbour from 0.2");
        Dl4jModel model = Dl4jModel.create(stitched, TrainingPlan.of(new Sgd(0.1)));
        model.fit(new Sums(), FitOptions.epochs(5));
        assertThat(model.unitParameters("fc")).containsOnlyKeys("sum/share", "difference/share");
        assertThat(model.history().last().units())
                .extracting(state -> state.place() + " " + state.to() + " " + state.quantity())
                .containsExactly("fc sum share", "fc difference share");
        assertThat(model.sharing()).isEqualTo(model.history().last().units());

        Path file = folder.resolve("unit.zip");
        model.save(file, types);
        Dl4jModel loaded = Dl4jModel.load(file, types);
        assertThat(loaded.network()).isEqualTo(stitched);
        assertThat(loaded.history().last().units())
                .isEqualTo(model.history().last().units());
        model.fit(new Sums(), 1);
        loaded.fit(new Sums(), 1);
        assertThat(loaded.unitParameters("fc")).isEqualTo(model.unitParameters("fc"));
    }

    /** A metric: the largest error, after each epoch. */
    @Test
    void a_metric_is_a_function_of_predictions_that_a_listener_asks() {
        Dl4jModel model = Dl4jModel.create(network(), plan());
        MultiDataSet held = (MultiDataSet) new Sums().next();
        List<Double> largest = new ArrayList<>();
        ProgressListener measuring = new ProgressListener() {
            @Override
            public void onEpoch(EpochResult result) {
                INDArray error = model.predict(held.getFeatures(0)).of("sum").sub(held.getLabels(0));
                largest.add(error.amaxNumber().doubleValue());
            }
        };
        model.fit(new Sums(), FitOptions.epochs(12).withListener(measuring));
        assertThat(largest).hasSize(12);
        INDArray rows = held.getFeatures(0).get(NDArrayIndex.all(), NDArrayIndex.all());
        assertThat(largest.get(11))
                .isEqualTo(model.predict(rows)
                        .of("sum")
                        .sub(held.getLabels(0))
                        .amaxNumber()
                        .doubleValue())
                .isLessThan(largest.get(0));
    }

    /** Rules: one stops a task after two epochs, one weighs the losses by the number of epochs. */
    @Test
    void rules_are_functions_of_the_history() {
        TaskStopping afterTwo =
                (task, run) -> run.size() >= 2 ? Optional.of("two epochs are enough") : Optional.empty();
        LossWeighting byEpoch = (tasks, run) -> new double[] {1 + run.size(), 1};
        Dl4jModel model = Dl4jModel.create(network(), plan());
        model.fit(
                new Sums(),
                FitOptions.epochs(4)
                        .withValidation(new Sums())
                        .withTaskStopping(afterTwo, "sum")
                        .withLossWeighting(byEpoch));
        assertThat(model.history().stoppedTasks()).containsExactly("difference");
        assertThat(model.history().epochs())
                .extracting(epoch -> epoch.lossWeights().get("sum"))
                .startsWith(1.0, 2.0);
    }
}
