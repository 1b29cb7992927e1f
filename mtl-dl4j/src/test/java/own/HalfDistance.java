package own;

import org.mtl4j.relatedness.Relatedness;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A relatedness function in a package of a user's own. */
public record HalfDistance() implements Relatedness {
    @Override
    public String name() {
        return "half";
    }

    @Override
    public Evaluation evaluate(INDArray theta1, INDArray theta2, double[] coefficients) {
        return Relatedness.l2().evaluate(theta1, theta2, coefficients);
    }
}
