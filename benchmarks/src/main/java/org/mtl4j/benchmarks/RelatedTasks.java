package org.mtl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Two tasks whose relation is a number: when does which way of sharing pay? {@code [SEEDS [PICTURE.svg]]}. Prints a
 * table in Markdown, and draws the gain over single tasks against the relation.
 *
 * <p>The data are those of the paper on MMoE (Ma et al., KDD 2018, section 3.2): x of {@value #SIZE} normal numbers,
 * {@code w1 = u1}, {@code w2 = p u1 + √(1 − p²) u2} with orthogonal unit vectors u1 and u2, and {@code y = wᵀx + Σ
 * sin(α_i wᵀx + β_i) + noise}, over {@value #WAVES} waves. p is the cosine between what the two tasks look for. The
 * networks have about as many parameters each: 8 experts of 16 as in the paper, one layer of 56 or 113 elsewhere, and
 * towers of 16 (8 there, of which all can die). There are few examples, as with many there is nothing to gain.
 */
public final class RelatedTasks {
    private static final int SIZE = 100;
    private static final int WAVES = 4;
    private static final double NOISE = 0.1;
    private static final int TRAINING = 2000;
    private static final int TEST = 4000;
    private static final int BATCH = 50;
    private static final int EPOCHS = 30;
    private static final double[] RELATIONS = {0, 0.5, 0.8, 1};

    /** What is compared with a network for each task. */
    private static final List<TwoTaskSharing> WAYS = List.of(
            TwoTaskSharing.HARD,
            TwoTaskSharing.CROSS_STITCH,
            TwoTaskSharing.CROSS_STITCH_L2,
            TwoTaskSharing.MMOE,
            TwoTaskSharing.NDDR);

    private static final List<Task> TASKS = List.of(Task.regression("one", 1), Task.regression("other", 1));

    private RelatedTasks() {}

    private static TwoTaskSharing.Sizes sizes(TwoTaskSharing sharing) {
        int[] bottom = {
            switch (sharing) {
                case HARD -> 113;
                case NDDR -> 46;
                default -> 56;
            }
        };
        return new TwoTaskSharing.Sizes(bottom, new int[] {16}, new int[] {16}, new int[] {16}, 8, 0, 0, 3e-3);
    }

    /** Examples of both tasks. */
    private record Data(INDArray features, INDArray[] labels) {}

    /** The two functions of one seed; examples are drawn from them. */
    private static final class Functions {
        private final Random random;
        private final double[][] weights;
        private final double[] frequencies = new double[WAVES];
        private final double[] phases = new double[WAVES];

        Functions(double relation, long seed) {
            random = new Random(seed);
            double[] first = direction(new double[SIZE]);
            double[] second = direction(first);
            double[] mixed = new double[SIZE];
            for (int i = 0; i < SIZE; i++) {
                mixed[i] = relation * first[i] + Math.sqrt(1 - relation * relation) * second[i];
            }
            weights = new double[][] {first, mixed};
            for (int wave = 0; wave < WAVES; wave++) {
                frequencies[wave] = 1 + random.nextDouble();
                phases[wave] = 2 * Math.PI * random.nextDouble();
            }
        }

        /** A unit vector that is orthogonal to another, or any if that is zero. */
        private double[] direction(double[] other) {
            double[] drawn = random.doubles(SIZE, -1, 1).toArray();
            double along = 0;
            for (int i = 0; i < SIZE; i++) {
                along += drawn[i] * other[i];
            }
            double squares = 0;
            for (int i = 0; i < SIZE; i++) {
                drawn[i] -= along * other[i];
                squares += drawn[i] * drawn[i];
            }
            for (int i = 0; i < SIZE; i++) {
                drawn[i] /= Math.sqrt(squares);
            }
            return drawn;
        }

        Data draw(int rows) {
            INDArray x = Nd4j.create(DataType.FLOAT, rows, SIZE);
            INDArray[] labels = {Nd4j.create(DataType.FLOAT, rows, 1), Nd4j.create(DataType.FLOAT, rows, 1)};
            for (int row = 0; row < rows; row++) {
                double[] sums = new double[2];
                for (int i = 0; i < SIZE; i++) {
                    double number = random.nextGaussian();
                    x.putScalar(row, i, number);
                    sums[0] += weights[0][i] * number;
                    sums[1] += weights[1][i] * number;
                }
                for (int task = 0; task < 2; task++) {
                    double y = sums[task] + NOISE * random.nextGaussian();
                    for (int wave = 0; wave < WAVES; wave++) {
                        y += Math.sin(frequencies[wave] * sums[task] + phases[wave]);
                    }
                    labels[task].putScalar(row, 0, y);
                }
            }
            return new Data(x, labels);
        }
    }

    /** The mean over both tasks of the squared error on examples that were not trained on. */
    private static double error(TwoTaskSharing sharing, Data training, Data test, long seed) {
        double sum = 0;
        List<MultiTaskNetwork> networks =
                sharing.networks(() -> MultiTaskNetwork.builder(Shape.vector(SIZE)), TASKS, sizes(sharing));
        for (MultiTaskNetwork network : networks) {
            Dl4jModel model = Dl4jModel.create(
                    network, TrainingPlan.adam(2e-3).withCosineDecay(EPOCHS).withSeed(seed));
            model.fit(
                    ArrayBatches.of(training.features(), labelsOf(network, training))
                            .withBatchSize(BATCH)
                            .withShuffling(seed),
                    FitOptions.epochs(EPOCHS));
            for (Task task : network.tasks()) {
                INDArray error = model.predict(test.features()).of(task.name()).sub(test.labels()[TASKS.indexOf(task)]);
                sum += error.norm2Number().doubleValue() * error.norm2Number().doubleValue() / TEST / TASKS.size();
            }
        }
        return sum;
    }

    private static INDArray[] labelsOf(MultiTaskNetwork network, Data data) {
        return network.tasks().stream()
                .map(task -> data.labels()[TASKS.indexOf(task)])
                .toArray(INDArray[]::new);
    }

    /** By way and relation the share of the single tasks' error that is gone, seed by seed. */
    static Map<TwoTaskSharing, List<Spread>> gains(double[] relations, int seeds) {
        Map<TwoTaskSharing, List<Spread>> all = new EnumMap<>(TwoTaskSharing.class);
        WAYS.forEach(way -> all.put(way, new ArrayList<>()));
        for (double relation : relations) {
            Map<TwoTaskSharing, List<Double>> gains = new LinkedHashMap<>();
            for (int seed = 1; seed <= seeds; seed++) {
                Functions functions = new Functions(relation, 1000L * seed);
                Data training = functions.draw(TRAINING);
                Data test = functions.draw(TEST);
                double alone = error(TwoTaskSharing.SINGLE, training, test, seed);
                for (TwoTaskSharing way : WAYS) {
                    gains.computeIfAbsent(way, w -> new ArrayList<>())
                            .add(100 * (1 - error(way, training, test, seed) / alone));
                }
            }
            gains.forEach((way, found) -> all.get(way).add(Spread.of(found)));
        }
        return all;
    }

    public static void main(String[] arguments) throws IOException {
        int seeds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
        Map<TwoTaskSharing, List<Spread>> gains = gains(RELATIONS, seeds);
        StringBuilder head = new StringBuilder("| squared error less than that of single tasks, % | parameters |");
        StringBuilder rule = new StringBuilder("| --- | --- |");
        for (double relation : RELATIONS) {
            head.append(String.format(Locale.ROOT, " p = %s |", relation));
            rule.append(" --- |");
        }
        System.out.println(head);
        System.out.println(rule);
        gains.forEach((way, found) -> {
            StringBuilder row = new StringBuilder(String.format(
                    Locale.ROOT,
                    "| %s | %,d |",
                    way,
                    TwoTaskSharing.parameters(
                            way.networks(() -> MultiTaskNetwork.builder(Shape.vector(SIZE)), TASKS, sizes(way)))));
            found.forEach(gain -> row.append(" ").append(gain.text(0)).append(" |"));
            System.out.println(row);
        });
        if (arguments.length > 1) {
            Files.writeString(Path.of(arguments[1]), GainPicture.svg(RELATIONS, gains));
        }
    }
}
