package org.mtl4j.dl4j.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.mtl4j.balance.BalanceScope;
import org.mtl4j.balance.DynamicWeightAverage;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Experts;
import org.mtl4j.network.Gate;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.HeldPart;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.EpochBatches;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.stopping.EarlyStopping;
import org.mtl4j.train.stopping.ValidationStopping;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A program whose run depends on everything that a checkpoint must keep: Adam's state, a decaying rate, experts with
 * gates and their shares, learned α, a and b, dropout, data in another order in each epoch, changing weights, a task
 * that is dropped on the way, the best epoch, and averaged parameters. Arguments: directory of the checkpoints, file
 * for the final parameters, epochs, and how tasks are weighed.
 */
public final class CheckpointedRun {
    private CheckpointedRun() {}

    /** What tasks are weighed by. */
    public enum Weighing {
        /** Once an epoch. */
        EPOCHS {
            @Override
            FitOptions of(FitOptions options) {
                return options.withLossWeighting(new DynamicWeightAverage(2));
            }
        },
        /** In each step, by numbers that are learned. */
        STEPS {
            @Override
            FitOptions of(FitOptions options) {
                return options.withStepWeighting(StepWeighting.famo());
            }
        },
        /** By gradients, of which rows are remembered, and once an epoch. */
        GRADIENTS {
            @Override
            FitOptions of(FitOptions options) {
                return EPOCHS.of(options)
                        .withGradientBalance(GradientBalance.moCo())
                        .withBalanceScope(BalanceScope.SHARED_LAYERS);
            }
        };

        abstract FitOptions of(FitOptions options);
    }

    public static void main(String[] arguments) throws Exception {
        Dl4jModel model = createWithExperts();
        model.fit(
                new Shuffled(),
                Weighing.valueOf(arguments[3])
                        .of(FitOptions.epochs(Integer.parseInt(arguments[2]))
                                .withCheckpoints(Checkpoints.in(Path.of(arguments[0])))
                                .withValidation(new Shuffled())
                                .withTaskStopping(ValidationStopping.of(4), "sum")
                                .withEarlyStopping(EarlyStopping.on("sum", 1000))
                                .withParameterAveraging(0.6)
                                .withListener(new ProgressListener() {
                                    @Override
                                    public void onEpoch(EpochResult result) {
                                        System.out.println("epoch " + result.epoch());
                                    }
                                })));
        StringBuilder text = new StringBuilder();
        for (float parameter : model.graph()
                .params()
                .dup()
                .reshape(model.graph().params().length())
                .toFloatVector()) {
            text.append(Integer.toHexString(Float.floatToRawIntBits(parameter))).append('\n');
        }
        text.append(model.history().epochs().size()).append(" epochs\n");
        for (EpochResult result : model.history().epochs()) {
            text.append("%s%n".formatted(result)); // validation losses, α and relatedness, too
        }
        text.append(model.history().stoppedTasks()).append(" stopped\n");
        model.history().events().forEach(event -> text.append(event).append('\n'));
        Files.writeString(Path.of(arguments[1]), text);
    }

    public static Dl4jModel create() {
        return Dl4jModel.create(network().build(), plan());
    }

    /** Has experts before the towers, which towers by themselves could not be trained with. */
    private static Dl4jModel createWithExperts() {
        return Dl4jModel.create(
                network()
                        .experts(Experts.cgc(2, 1, expert -> expert.dense(6)).withGate(Gate.dselect(2)))
                        .build(),
                plan());
    }

    private static NetworkBuilder network() {
        return MultiTaskNetwork.builder(Shape.vector(6))
                .tower("a", SplitHead.of(Task.regression("sum", 1)))
                .tower("b", SplitHead.of(Task.classification("sign", 2)))
                .dense("fc", 8)
                .dropout(0.3)
                .stitch(CrossStitchUnit.perChannel())
                .regularize(WeightRelatednessRegularizer.over("fc")
                        .withRelatedness(Relatedness.l2Linear())
                        .withStrength(1e-2));
    }

    private static TrainingPlan plan() {
        return TrainingPlan.adam(1e-2)
                .withExponentialDecay(0.99)
                .withHeld(HeldPart.layer("b", "fc").forEpochs(2))
                .withSeed(4);
    }

    /** 96 rows in batches of 32, in an order that the number of the epoch decides. */
    public static final class Shuffled extends EpochBatches {
        private static final long serialVersionUID = 1L;
        private static final int ROWS = 96;
        private static final int BATCH = 32;

        public Shuffled() {
            super(ROWS, BATCH);
        }

        @Override
        protected MultiDataSet read(int from, int count) {
            List<Integer> order = new ArrayList<>();
            for (int row = 0; row < ROWS; row++) {
                order.add(row);
            }
            java.util.Collections.shuffle(order, new Random(epoch()));
            INDArray x = Nd4j.create(count, 6);
            INDArray sum = Nd4j.create(count, 1);
            INDArray sign = Nd4j.create(count, 2);
            for (int i = 0; i < count; i++) {
                Random row = new Random(1000 + order.get(from + i));
                double total = 0;
                for (int j = 0; j < 6; j++) {
                    double value = row.nextGaussian();
                    x.putScalar(i, j, value);
                    total += value;
                }
                sum.putScalar(i, 0, total);
                sign.putScalar(i, total > 0 ? 1 : 0, 1);
            }
            return new MultiDataSet(new INDArray[] {x}, new INDArray[] {sum, sign});
        }
    }
}
