package org.mtl4j.examples.programs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitGradients;
import org.mtl4j.sharing.UnitParameter;
import org.mtl4j.sharing.check.SharingUnitCheck;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.history.UnitState;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A sharing unit of your own: each tower keeps what it has, and may add what all towers have in common. */
public final class OwnUnit {
    private OwnUnit() {}

    /**
     * {@code y_s = x_s + gain_s * mean of all x_t}, one number for each tower, which starts at 0: no sharing at all.
     */
    public record Common(double start) implements SharingUnit {
        @Override
        public String kind() {
            return "common";
        }

        @Override
        public String describe() {
            return "from " + start;
        }

        @Override
        public List<UnitParameter> parameters(List<Shape> inputs) {
            return IntStream.range(0, inputs.size())
                    .mapToObj(s -> UnitParameter.of("gain", 1).ofOutput(s).startingAt(start))
                    .toList();
        }

        @Override
        public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
            INDArray mean = sum(inputs).divi(inputs.size());
            List<INDArray> outputs = new ArrayList<>();
            for (int s = 0; s < inputs.size(); s++) {
                outputs.add(inputs.get(s).add(mean.mul(gain(parameters, s))));
            }
            return outputs;
        }

        @Override
        public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
            INDArray mean = sum(inputs).divi(inputs.size());
            INDArray intoMean = mean.mul(0); // the gradient that arrives at the mean
            UnitArrays ofGains = UnitArrays.none();
            for (int s = 0; s < inputs.size(); s++) {
                INDArray gradient = outputGradients.get(s);
                intoMean.addi(gradient.mul(gain(parameters, s)));
                ofGains = ofGains.with("gain", s, gradient.mul(mean).sum().reshape(1));
            }
            INDArray share = intoMean.divi(inputs.size());
            return new UnitGradients(
                    outputGradients.stream().map(g -> g.add(share)).toList(), ofGains);
        }

        private static double gain(UnitArrays parameters, int tower) {
            return parameters.get("gain", tower).getDouble(0);
        }

        private static INDArray sum(List<INDArray> inputs) {
            INDArray sum = inputs.get(0).dup();
            inputs.subList(1, inputs.size()).forEach(sum::addi);
            return sum;
        }
    }

    /** {@return two towers with the unit between them} */
    public static MultiTaskNetwork network() {
        return MultiTaskNetwork.builder(Shape.vector(8))
                .tower("left", SplitHead.of(Task.regression("sum", 1)))
                .tower("right", SplitHead.of(Task.regression("twice", 1)))
                .dense("fc", 16)
                .stitch(new Common(0))
                .build();
    }

    /** {@return what the unit has learned, tower by tower} */
    public static List<UnitState> run(int epochs) {
        SharingUnitCheck.of(new Common(0)).assertCorrect(); // against differences; do this in a test of yours

        Dl4jModel model = Dl4jModel.create(network(), TrainingPlan.adam(1e-2));

        INDArray inputs = Nd4j.createFromArray(
                        new Random(1).doubles(400 * 8, -1, 1).toArray())
                .castTo(DataType.FLOAT)
                .reshape(400, 8);
        INDArray sums = inputs.sum(true, 1);
        model.fit(ArrayBatches.of(inputs, sums, sums.mul(2)).withShuffling(1), FitOptions.epochs(epochs));
        return model.sharing(); // also in the history, epoch by epoch
    }

    /** Prints what each tower has come to take from all. */
    public static void main(String[] args) {
        for (UnitState state : run(10)) {
            System.out.printf(
                    Locale.ROOT, "after %s, %s: %s %.3f%n", state.place(), state.to(), state.quantity(), state.mean());
        }
    }
}
