package org.mtl4j.examples.programs;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.RelatednessCheck;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.history.RelatednessState;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** A relatedness function r_w of your own: weights shall point in the same direction, whatever their length. */
public final class OwnRelatedness {
    private OwnRelatedness() {}

    /**
     * r_w = 1 - cos(θ1, θ2): 0 for the same direction, 2 for the opposite one. No fields, so it writes itself as JSON.
     */
    public static final class Cosine implements Relatedness {
        private static final long serialVersionUID = 1L;

        @Override
        public String name() {
            return "cosine";
        }

        @Override
        public Evaluation evaluate(INDArray theta1, INDArray theta2, double[] coefficients) {
            double norm1 = theta1.norm2Number().doubleValue();
            double norm2 = theta2.norm2Number().doubleValue();
            double cosine = theta1.mul(theta2).sumNumber().doubleValue() / (norm1 * norm2);
            // ∂cos/∂θ1 = θ2 / (|θ1| |θ2|) - cos θ1 / |θ1|²; r has the opposite sign
            INDArray gradient1 = theta1.mul(cosine / (norm1 * norm1)).subi(theta2.div(norm1 * norm2));
            INDArray gradient2 = theta2.mul(cosine / (norm2 * norm2)).subi(theta1.div(norm1 * norm2));
            return new Evaluation(1 - cosine, gradient1, gradient2, new double[0]);
        }
    }

    /** {@return two towers whose weights shall point in the same direction, at this strength} */
    static MultiTaskNetwork network(double strength) {
        return MultiTaskNetwork.builder(Shape.vector(8))
                .tower("left", SplitHead.of(Task.regression("sum", 1)))
                .tower("right", SplitHead.of(Task.regression("difference", 1)))
                .dense("fc", 16)
                .regularize(WeightRelatednessRegularizer.over("fc")
                        .withRelatedness(new Cosine())
                        .withStrength(strength))
                .build();
    }

    /** {@return the relatedness of the towers' layer after training with the term at this strength} */
    public static RelatednessState run(double strength, int epochs) {
        RelatednessCheck.of(new Cosine()).assertGradients(); // against differences; do this in a test of yours

        MultiTaskNetwork network = network(strength);
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-2));

        INDArray inputs = Nd4j.createFromArray(
                        new Random(1).doubles(400 * 8, -1, 1).toArray())
                .castTo(DataType.FLOAT)
                .reshape(400, 8);
        INDArray weights = Nd4j.linspace(-1, 1, 8).castTo(inputs.dataType()).reshape(8, 1);
        model.fit(
                ArrayBatches.of(inputs, inputs.sum(true, 1), Transforms.tanh(inputs.mmul(weights)))
                        .withShuffling(1),
                FitOptions.epochs(epochs));
        List<RelatednessState> states = model.relatedness(); // one per layer in Ω and pair of towers
        return states.get(0);
    }

    /** Prints how related the towers are at three strengths. */
    public static void main(String[] args) {
        for (double strength : new double[] {0, 0.01, 0.1}) {
            RelatednessState state = run(strength, 10);
            System.out.printf(
                    Locale.ROOT,
                    "strength %.2f: 1 - cos = %.3f in layer %s of %s%n",
                    strength,
                    state.value(),
                    state.layer(),
                    state.pair());
        }
    }
}
