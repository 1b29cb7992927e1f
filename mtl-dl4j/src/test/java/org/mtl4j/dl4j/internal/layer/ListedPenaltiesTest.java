package org.mtl4j.dl4j.internal.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;

class ListedPenaltiesTest {
    private static ComputationGraph graph() {
        return Dl4jModel.create(
                        MultiTaskNetwork.builder()
                                .input("codes", Shape.categories(4, 3), layers -> layers.embedding(2))
                                .tower("one", SplitHead.of(Task.classification("one", 2)))
                                .tower("other", SplitHead.of(Task.classification("other", 2)))
                                .dense("a", 4)
                                .regularize(
                                        WeightRelatednessRegularizer.over("a").withStrength(0.5))
                                .build(),
                        TrainingPlan.adam(1e-3))
                .graph();
    }

    /** The term of weight relatedness says nothing of itself in a configuration. */
    @Test
    void only_layers_that_add_nothing_to_a_score_have_none() {
        ComputationGraph graph = graph();
        int none = 0;
        for (Layer layer : graph.getLayers()) {
            assertThat(ListedPenalties.areNone(layer)).isEqualTo(!(layer instanceof RelatednessPenalty));
            none += ListedPenalties.areNone(layer) ? 1 : 0;
        }
        assertThat(none).isEqualTo(graph.getLayers().length - 1).isGreaterThan(3);
        assertThat(graph.calcRegularizationScore(true)).isPositive();
    }

    @Test
    void penalties_of_weights_and_of_biases_are_seen() {
        ComputationGraph graph = graph();
        BaseLayer layer = (BaseLayer) graph.getLayer("one").conf().getLayer();
        List<Regularization> penalties = List.of(new L2Regularization(0.1));
        layer.setRegularization(penalties);
        assertThat(ListedPenalties.areNone(graph.getLayer("one"))).isFalse();
        assertThat(ListedPenalties.isNone(layer, "W")).isFalse();
        assertThat(ListedPenalties.isNone(layer, "b")).isTrue();
        layer.setRegularization(null);
        layer.setRegularizationBias(penalties);
        assertThat(ListedPenalties.areNone(graph.getLayer("one"))).isFalse();
        assertThat(ListedPenalties.isNone(layer, "W")).isTrue();
        assertThat(ListedPenalties.isNone(layer, "b")).isFalse();
    }

    /** A class that answers for each parameter by itself is asked. */
    @Test
    void what_a_configuration_says_itself_counts() {
        DenseLayer penalising = new DenseLayer() {
            private static final long serialVersionUID = 1L;

            @Override
            public List<Regularization> getRegularizationByParam(String parameter) {
                return parameter.equals("W") ? List.of(new L2Regularization(0.1)) : List.of();
            }
        };
        assertThat(ListedPenalties.areNone(penalising)).isFalse();
        assertThat(ListedPenalties.isNone(penalising, "W")).isFalse();
        assertThat(ListedPenalties.isNone(penalising, "b")).isTrue();
        FrozenLayer frozen =
                new FrozenLayer(new DenseLayer.Builder().nIn(2).nOut(2).l2(0.1).build());
        assertThat(ListedPenalties.areNone(frozen)).isFalse(); // which takes longer to tell
        assertThat(ListedPenalties.isNone(frozen, "W")).isTrue();
    }
}
