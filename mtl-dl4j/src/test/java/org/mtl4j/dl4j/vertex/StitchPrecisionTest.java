package org.mtl4j.dl4j.vertex;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * Single precision has loops of its own: against double precision, which the golden values and gradient checks hold.
 */
@Kernels
class StitchPrecisionTest {
    private static final LayerWorkspaceMgr NONE = LayerWorkspaceMgr.noWorkspaces();

    @ParameterizedTest(name = "{0} towers, per channel {1}, {2} channels, {3} by {4}, batch {5}")
    @CsvSource({
        "2, true, 3, 5, 4, 2",
        "3, true, 20, 18, 18, 40", // large enough to be divided among threads
        "2, false, 20, 18, 18, 40",
        "4, false, 3, 5, 4, 3",
        "2, true, 120, 0, 0, 9", // vectors
        "3, false, 120, 0, 0, 9"
    })
    void single_precision_is_double_precision_rounded(
            int towers, boolean perChannel, int channels, int height, int width, int batch) {
        CrossStitchUnit unit = perChannel ? CrossStitchUnit.perChannel(0.7) : CrossStitchUnit.perLayer(0.7);
        long[] shape = height == 0 ? new long[] {batch, channels} : new long[] {batch, channels, height, width};
        long parameters = perChannel ? (long) towers * channels : towers;
        Random random = new Random(2);
        INDArray alpha = uniform(random, 1, parameters);
        INDArray[] inputs =
                IntStream.range(0, towers).mapToObj(t -> uniform(random, shape)).toArray(INDArray[]::new);
        INDArray epsilon = uniform(random, shape);

        Result exact = run(unit, channels, alpha, inputs, epsilon, DataType.DOUBLE, 'c');
        Result single = run(unit, channels, alpha, inputs, epsilon, DataType.FLOAT, 'c');
        Result otherOrder = run(unit, channels, alpha, inputs, epsilon, DataType.FLOAT, 'f');

        // products below 1: an output has T of them, a gradient of α as many as there are numbers behind it
        double numbers = (double) epsilon.length() / (perChannel ? channels : 1);
        for (Result result : new Result[] {single, otherOrder}) {
            assertThat(difference(result.output, exact.output)).isLessThan(1e-6);
            assertThat(difference(result.alphaGradient, exact.alphaGradient)).isLessThan(1e-6 * Math.sqrt(numbers) * 4);
            for (int t = 0; t < towers; t++) {
                assertThat(difference(result.inputGradients[t], exact.inputGradients[t]))
                        .isLessThan(1e-6);
            }
        }
    }

    private record Result(INDArray output, INDArray alphaGradient, INDArray[] inputGradients) {}

    private static Result run(
            CrossStitchUnit unit,
            int channels,
            INDArray alpha,
            INDArray[] inputs,
            INDArray epsilon,
            DataType type,
            char order) {
        GraphVertex vertex = new CrossStitchVertex(unit, inputs.length, 0, new Sgd(1), channels)
                .instantiate((ComputationGraph) null, "unit", 0, alpha.castTo(type), false, type);
        INDArray gradients = Nd4j.create(type, 1, alpha.length());
        vertex.setBackpropGradientsViewArray(gradients);
        INDArray[] given = new INDArray[inputs.length];
        for (int t = 0; t < inputs.length; t++) {
            given[t] = inputs[t].castTo(type).dup(order);
        }
        vertex.setInputs(given);
        INDArray output = vertex.doForward(true, NONE).dup();
        vertex.setInputs(given);
        vertex.setEpsilon(epsilon.castTo(type).dup(order));
        INDArray[] inputGradients = vertex.doBackward(false, NONE).getSecond();
        return new Result(output, gradients, inputGradients);
    }

    private static INDArray uniform(Random random, long... shape) {
        int length = Math.toIntExact(java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b));
        return Nd4j.createFromArray(random.doubles(length, -1, 1).toArray()).reshape('c', shape);
    }

    private static double difference(INDArray a, INDArray b) {
        return a.castTo(DataType.DOUBLE)
                .sub(b.castTo(DataType.DOUBLE))
                .amaxNumber()
                .doubleValue();
    }
}
