package org.mtl4j.sharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CrossStitchUnitTest {

    @Test
    void one_number_is_the_own_share_and_the_rest_is_shared() {
        assertThat(CrossStitchUnit.perLayer(0.7).initialRows(4, 1)[1])
                .containsExactly(
                        new double[] {0.1, 0.7, 0.1, 0.1}, org.assertj.core.data.Offset.offset(1e-15)); // (1 - 0.7) / 3
    }

    @Test
    void rows_hold_the_channel_fastest() {
        double[][][] alpha = {{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}};
        assertThat(CrossStitchUnit.perChannel(alpha).initialRows(2, 2))
                .isDeepEqualTo(new double[][] {{1, 2, 3, 4}, {5, 6, 7, 8}});
    }

    @Test
    void two_numbers_must_make_convex_rows() {
        assertThat(CrossStitchUnit.perLayer(0.8, 0.05).initialRows(5, 1)[0])
                .containsExactly(0.8, 0.05, 0.05, 0.05, 0.05);
        assertThatThrownBy(() -> CrossStitchUnit.perLayer(0.9, 0.1).initialRows(3, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 towers")
                .hasMessageContaining("sum to 0.9 + 2 * 0.1");
    }

    @Test
    void a_matrix_may_be_anything_finite_but_must_fit() {
        CrossStitchUnit unit = CrossStitchUnit.perLayer(new double[][] {{2, -1}, {0.5, 0}});
        assertThat(unit.initialRows(2, 1)).isDeepEqualTo(new double[][] {{2, -1}, {0.5, 0}});
        assertThatThrownBy(() -> unit.initialRows(3, 1)).hasMessageContaining("given for 2 towers, the unit joins 3");
        assertThatThrownBy(() -> CrossStitchUnit.perLayer(new double[][] {{1, Double.NaN}, {0, 1}}))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> CrossStitchUnit.perLayer(new double[][] {{1, 0, 0}, {0, 1, 0}}))
                .hasMessageContaining("square");
        assertThatThrownBy(() -> CrossStitchUnit.perChannel(new double[2][2][3]).initialRows(2, 4))
                .hasMessageContaining("given for 3 channels, the layer has 4");
    }

    @Test
    void the_given_array_is_copied() {
        double[][] alpha = {{1, 0}, {0, 1}};
        CrossStitchUnit unit = CrossStitchUnit.perLayer(alpha);
        alpha[0][0] = 9;
        assertThat(unit.initialRows(2, 1)[0][0]).isEqualTo(1);
    }

    @Test
    void numbers_out_of_range_are_refused() {
        assertThatThrownBy(() -> CrossStitchUnit.perLayer(Double.NaN)).hasMessageContaining("own share");
        assertThatThrownBy(() -> CrossStitchUnit.perLayer().withLearningRateFactor(-1))
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> CrossStitchUnit.perLayer().withTowers("a")).hasMessageContaining("at least 2");
        assertThatThrownBy(() -> CrossStitchUnit.perLayer().withTowers("a", "a"))
                .hasMessageContaining("twice");
    }
}
