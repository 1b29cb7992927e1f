package own;

import org.mtl4j.relatedness.Relatedness;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A relatedness function in a package of a user's own.
 *
 * @param factor times the squared distance
 * @param base what it is made of
 */
public record Distance(double factor, Relatedness base) implements Relatedness {
    @Override
    public String name() {
        return "distance";
    }

    @Override
    public Evaluation evaluate(INDArray theta1, INDArray theta2, double[] coefficients) {
        Evaluation one = base.evaluate(theta1, theta2, coefficients);
        return new Evaluation(
                factor * one.value(),
                one.gradient1().mul(factor),
                one.gradient2().mul(factor),
                one.coefficientGradients());
    }
}
