package org.mtl4j.examples.programs;

import java.util.Locale;
import java.util.Random;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A table, not pictures: what a house costs, and how fast it sells. Few houses have been sold; all have been priced.
 */
public final class Houses {
    /** Area in 100 m², rooms / 10, age in centuries, distance to the centre in 10 km, garden 0 or 1. */
    static final int COLUMNS = 5;

    private Houses() {}

    /**
     * What came out on houses that were not trained on.
     *
     * @param model the trained model
     * @param price of the prices, in millions
     * @param sale of the answers
     */
    public record Result(Dl4jModel model, RegressionScore price, ClassificationScore sale) {}

    /** {@return a tower for prices and one for sales} */
    public static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.vector(COLUMNS))
                .tower("price", SplitHead.of(Task.regression("price", 1).withWeight(10)))
                .tower("sale", SplitHead.of(Task.classification("sale", "slow", "fast")))
                .dense("fc1", 24)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 24)
                .stitch(CrossStitchUnit.perChannel())
                .regularize(WeightRelatednessRegularizer.over("fc1", "fc2").withStrength(1e-3))
                .build();
    }

    /** Trains on so many houses, of which one in {@code soldOneIn} has the label "sale". */
    public static Result run(int houses, int soldOneIn, int epochs) {
        MultiTaskNetwork network = network();
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(5e-3).withCosineDecay(epochs));
        model.fit(
                table(houses, soldOneIn, 1).withNaNAsMissing().withBatchSize(32).withShuffling(1),
                FitOptions.epochs(epochs));
        var scores = model.evaluate(table(1000, 1, 2));
        return new Result(model, (RegressionScore) scores.get("price"), (ClassificationScore) scores.get("sale"));
    }

    /** Houses as they might be. A house sells fast if it is cheap for what it is: the price matters for both tasks. */
    static ArrayBatches table(int houses, int soldOneIn, long seed) {
        Random random = new Random(seed);
        INDArray columns = Nd4j.create(houses, COLUMNS);
        INDArray prices = Nd4j.create(houses, 1);
        INDArray sales = Nd4j.create(houses, 2);
        for (int i = 0; i < houses; i++) {
            double area = 0.4 + 1.6 * random.nextDouble();
            double rooms = area * (0.25 + 0.15 * random.nextDouble());
            double age = random.nextDouble();
            double distance = 2 * random.nextDouble();
            double garden = random.nextInt(2);
            double price = 0.3 * area * (2 - age) / (0.5 + distance) + 0.05 * garden + 0.02 * random.nextGaussian();
            boolean fast = price < 0.25 * area + 0.3 * rooms + 0.03 * random.nextGaussian();
            columns.putRow(i, Nd4j.createFromArray((float) area, (float) rooms, (float) age, (float) distance, (float)
                    garden));
            prices.putScalar(i, 0, price);
            double missing = i % soldOneIn == 0 ? 0 : Double.NaN; // a label that is not there is NaN in a table
            sales.putScalar(i, 0, (fast ? 0 : 1) + missing).putScalar(i, 1, (fast ? 1 : 0) + missing);
        }
        return ArrayBatches.of(columns, prices, sales);
    }

    /** Prints the scores. */
    public static void main(String[] args) {
        Result result = run(2000, 10, 30);
        System.out.printf(
                Locale.ROOT,
                "price: mean absolute error %.3f million%n",
                result.price().absoluteError());
        System.out.println(result.sale());
    }
}
