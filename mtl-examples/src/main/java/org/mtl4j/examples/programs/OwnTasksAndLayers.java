package org.mtl4j.examples.programs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import org.deeplearning4j.nn.conf.layers.Convolution1DLayer;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;
import org.mtl4j.loss.SmoothL1Loss;
import org.mtl4j.metric.MultiLabelScore;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Tasks and layers of your own: a vibrating machine is listened to, by a layer of Deeplearning4j's. */
public final class OwnTasksAndLayers {
    private static final int STEPS = 24;

    private OwnTasksAndLayers() {}

    /**
     * What the saved and loaded model does on signals that were not trained on.
     *
     * @param speed rotations per signal
     * @param faults two independent faults
     */
    public record Result(RegressionScore speed, MultiLabelScore faults) {}

    /** {@return a tower for the speed and one for the faults} */
    static MultiTaskNetwork network() {
        // A task is a name, a kind, a width, and any loss and weight. This one's loss is robust against outliers.
        Task speed = Task.regression("speed", 1).withLoss(new SmoothL1Loss(0.1)).withWeight(4);
        // Labels that do not exclude each other.
        Task faults = Task.multiLabel("faults", "unbalanced", "loose");

        return MultiTaskNetwork.builder(Shape.sequence(1, STEPS))
                .tower("speed", SplitHead.of(speed))
                // a branch of a head can have layers of its own
                .tower("faults", SplitHead.of(faults, new NamedLayer("hidden", Dense.of(16))))
                // any of Deeplearning4j's layers, or one that you have written, is a layer of a tower
                .layer(
                        "filters",
                        Dl4jLayer.of(new Convolution1DLayer.Builder(9)
                                .nOut(16)
                                .activation(Activation.RELU)
                                .build()))
                .stitch(CrossStitchUnit.perChannel())
                .globalAveragePool()
                .dense("fc", 16)
                .build();
    }

    /** Trains on signals drawn from a seed; saves the model to this file and loads it from there. */
    public static Result run(int signals, int epochs, Path file) throws IOException {
        MultiTaskNetwork network = network();
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-2).withCosineDecay(epochs));
        model.fit(signals(signals, 1).withBatchSize(32).withShuffling(1), FitOptions.epochs(epochs));

        model.save(file);
        Dl4jModel loaded = Dl4jModel.load(file); // a layer of your own: load(file, "the.package.of.your.layer")
        var scores = loaded.evaluate(signals(300, 2));
        return new Result((RegressionScore) scores.get("speed"), (MultiLabelScore) scores.get("faults"));
    }

    /** Draws signals of one to three rotations in 24 steps; an unbalanced machine swings wider, a loose one rattles. */
    private static ArrayBatches signals(int count, long seed) {
        Random random = new Random(seed);
        INDArray signals = Nd4j.create(count, 1, STEPS);
        INDArray speeds = Nd4j.create(count, 1);
        INDArray faults = Nd4j.create(count, 2);
        for (int i = 0; i < count; i++) {
            double speed = 1 + 2 * random.nextDouble();
            boolean unbalanced = random.nextBoolean();
            boolean loose = random.nextBoolean();
            for (int step = 0; step < STEPS; step++) {
                double swing = (unbalanced ? 1 : 0.6) * Math.sin(2 * Math.PI * speed * step / STEPS);
                double rattle = (loose ? 0.3 : 0.05) * random.nextGaussian();
                signals.putScalar(i, 0, step, swing + rattle);
            }
            speeds.putScalar(i, 0, speed);
            faults.putScalar(i, 0, unbalanced ? 1 : 0).putScalar(i, 1, loose ? 1 : 0);
        }
        return ArrayBatches.of(signals, speeds, faults);
    }

    /** Prints what the model does. */
    public static void main(String[] args) throws IOException {
        Result result = run(600, 30, Path.of("machine.zip"));
        System.out.printf(
                Locale.ROOT,
                "speed: mean absolute error %.3f of 1 to 3%n",
                result.speed().absoluteError());
        System.out.println(result.faults());
    }
}
