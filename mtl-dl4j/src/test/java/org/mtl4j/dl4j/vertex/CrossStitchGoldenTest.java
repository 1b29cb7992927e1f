package org.mtl4j.dl4j.vertex;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.graph.vertex.VertexIndices;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mtl4j.dl4j.internal.cpu.Kernels;
import org.mtl4j.dl4j.testing.Golden;
import org.mtl4j.sharing.CrossStitchUnit;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.shade.jackson.databind.JsonNode;

/** Units for two and three towers, conv and dense, per layer and per channel, with an unsymmetric alpha. */
@Kernels
class CrossStitchGoldenTest {
    private static final double ROUNDING = 1e-13; // sums of at most 40 products of order 1

    static Stream<JsonNode> cases() {
        return StreamSupport.stream(
                Golden.read("cross_stitch_forward_backward.json").get("cases").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void outputs_and_gradients_are_the_reference_s(JsonNode given) {
        for (char order : new char[] {'c', 'f'}) { // dense layers hand on arrays in f order
            int towers = given.get("tasks").asInt();
            INDArray[] inputs = arrays(given.get("x"), order);
            INDArray[] epsilons = arrays(given.get("gradY"), order);
            boolean perChannel = given.get("alphaMode").asText().equals("per_channel");
            int channels = (int) inputs[0].size(1);
            int perRow = perChannel ? towers * channels : towers;
            INDArray alpha = Golden.array(given.get("alpha")).reshape('c', towers, perRow);
            INDArray[] inputGradients = new INDArray[towers];
            INDArray alphaGradient = Nd4j.zeros(DataType.DOUBLE, towers, perRow);
            for (int s = 0; s < towers; s++) {
                CrossStitchUnit unit = perChannel ? CrossStitchUnit.perChannel() : CrossStitchUnit.perLayer();
                CrossStitchVertex vertex = new CrossStitchVertex(unit, towers, s, new Sgd(1), channels);
                assertThat(vertex.numParams(true)).isEqualTo(perRow);
                GraphVertex running =
                        vertex.instantiate(null, "unit-" + s, 0, alpha.getRow(s).dup(), false, DataType.DOUBLE);
                running.setInputVertices(new VertexIndices[towers]);
                INDArray gradient = Nd4j.create(DataType.DOUBLE, 1, perRow);
                running.setBackpropGradientsViewArray(gradient);
                running.setInputs(inputs);
                LayerWorkspaceMgr workspaces = LayerWorkspaceMgr.noWorkspaces();
                assertThat(Golden.difference(
                                running.doForward(true, workspaces),
                                Golden.array(given.get("y").get(s))))
                        .isLessThan(ROUNDING);
                running.setEpsilon(epsilons[s]);
                INDArray[] fromThis = running.doBackward(false, workspaces).getSecond();
                for (int t = 0; t < towers; t++) {
                    inputGradients[t] = s == 0 ? fromThis[t].dup() : inputGradients[t].add(fromThis[t]);
                }
                alphaGradient.putRow(s, gradient);
            }
            for (int t = 0; t < towers; t++) {
                assertThat(Golden.difference(
                                inputGradients[t],
                                Golden.array(given.get("gradX").get(t))))
                        .isLessThan(ROUNDING);
            }
            assertThat(Golden.difference(alphaGradient, Golden.array(given.get("gradAlpha"))))
                    .isLessThan(10 * ROUNDING);
        }
    }

    private static INDArray[] arrays(JsonNode list, char order) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(node -> Golden.array(node).dup(order))
                .toArray(INDArray[]::new);
    }
}
