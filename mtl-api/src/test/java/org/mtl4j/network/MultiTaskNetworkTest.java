package org.mtl4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Residual;
import org.mtl4j.layer.Shape;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.Granularity;
import org.mtl4j.task.Task;

class MultiTaskNetworkTest {
    private static final Task POINTS = Task.regression("points", 10);
    private static final Task POSE = Task.classification("pose", 5).withWeight(0.2);

    private static NetworkBuilder two() {
        return MultiTaskNetwork.builder(Shape.image(1, 12, 12))
                .tower("a", SplitHead.of(POINTS))
                .tower("b", SplitHead.of(POSE));
    }

    private static NetworkBuilder stitched() {
        return two().convolution("conv1", 4, 3)
                .maxPool(2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 8)
                .stitch(CrossStitchUnit.perLayer());
    }

    @Test
    void shapes_and_parameters_are_counted() {
        MultiTaskNetwork network = stitched()
                .regularize(WeightRelatednessRegularizer.over("conv1", "fc").withRelatedness(Relatedness.l2Linear()))
                .build();
        assertThat(network.shapeAfter("a", "conv1")).isEqualTo(Shape.image(4, 10, 10)); // 12 - 3 + 1
        assertThat(network.shapeAfter("b", "pool1")).isEqualTo(Shape.image(4, 5, 5));
        long conv = 4 * 9 + 4;
        long fc = 4 * 5 * 5 * 8 + 8;
        long heads = (8 * 10 + 10) + (8 * 5 + 5);
        long alphas = 2 * 2 * 4 + 2 * 2;
        long coefficients = 2 * 2; // a and b for two layers and one pair
        assertThat(network.parameters()).isEqualTo(2 * (conv + fc) + heads + alphas + coefficients);
        assertThat(network.toString())
                .contains(
                        "conv1",
                        "pool1 *",
                        "[4, 5, 5]",
                        "cross-stitch per channel, 0.9 own",
                        "l2-linear",
                        "weight 0.2");
    }

    @Test
    void single_split_and_stitched_are_one_description() {
        MultiTaskNetwork split = MultiTaskNetwork.builder(Shape.vector(6))
                .tower("t", SplitHead.of(POINTS).with(POSE, new NamedLayer("pose-fc", Dense.of(7))))
                .dense("fc", 5)
                .build();
        assertThat(split.tasks()).containsExactly(POINTS, POSE);
        assertThat(split.stitches()).isEmpty();
        assertThat(split.parameters()).isEqualTo((6 * 5 + 5) + (5 * 10 + 10) + (5 * 7 + 7) + (7 * 5 + 5));
        // the first branch can have hidden layers as well
        SplitHead deep = SplitHead.of(POSE, new NamedLayer("a", Dense.of(7)), new NamedLayer("b", Dense.of(4)));
        assertThat(MultiTaskNetwork.builder(Shape.vector(6))
                        .tower("t", deep)
                        .build()
                        .parameters())
                .isEqualTo((6 * 7 + 7) + (7 * 4 + 4) + (4 * 5 + 5));
    }

    @Test
    void a_description_survives_json() {
        MultiTaskNetwork network = stitched()
                .in("b", tower -> tower.layer("more", Dense.of(3)).dropout(0.25))
                .regularize(WeightRelatednessRegularizer.over("fc")
                        .withRelatedness(Relatedness.averaged(Relatedness.exponentialLinear()))
                        .withPair("b", "a"))
                .build();
        MultiTaskNetwork read = MultiTaskNetwork.fromJson(network.toJson());
        assertThat(read).isEqualTo(network).hasToString(network.toString());
        assertThatThrownBy(() -> MultiTaskNetwork.fromJson("{\"towers\": 3}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not the JSON of a MultiTaskNetwork");
        String stitched = stitched().build().toJson();
        for (String[] change : new String[][] {
            {"\"learningRateFactor\"\\s*:\\s*1.0", "\"learningRateFactor\":-5"},
            {"\"frozenEpochs\"\\s*:\\s*0", "\"frozenEpochs\":-3"},
            {"\"granularity\"\\s*:\\s*\"[\\w-]+\"", "\"granularity\":null"}
        }) {
            String changed = stitched.replaceFirst(change[0], change[1]);
            assertThat(changed).isNotEqualTo(stitched);
            assertThatThrownBy(() -> MultiTaskNetwork.fromJson(changed))
                    .as(change[1])
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("CrossStitchUnit");
        }
    }

    @Test
    void a_builder_of_a_network_goes_on_where_it_was() {
        assertThat(stitched().build().toBuilder().build()).isEqualTo(stitched().build());
        WeightRelatednessRegularizer exponential =
                WeightRelatednessRegularizer.over("fc").withRelatedness(Relatedness.exponentialLinear());
        MultiTaskNetwork later =
                stitched().build().toBuilder().regularize(exponential).build();
        assertThat(MultiTaskNetwork.fromJson(stitched().build().toJson()).toBuilder()
                        .regularize(exponential)
                        .build())
                .as("and a file does not say it either")
                .isEqualTo(later);
        assertThat(later.equalStart())
                .as("nobody has said how the towers start, so the regularizer decides")
                .isTrue();
        assertThat(later.toBuilder()
                        .regularize(WeightRelatednessRegularizer.over("fc"))
                        .build()
                        .equalStart())
                .isFalse();
        assertThat(stitched().startTowersEqual(false).build().toBuilder()
                        .regularize(exponential)
                        .build()
                        .equalStart())
                .as("somebody has")
                .isFalse();
    }

    @Test
    void a_shortcut_has_the_stride_of_the_layers_beside_it() {
        Convolution same = Convolution.of(4, 3).withPadding(Padding.SAME);
        Residual twice = Residual.of(new NamedLayer("a", same.withStride(2)), new NamedLayer("b", same.withStride(2)));
        assertThat(shortcutStride(twice, 10)).isEqualTo(4); // 10 to 5 to 3
        for (int stride = 2; stride <= 4; stride++) {
            Residual block = Residual.of(new NamedLayer("a", same.withStride(stride)));
            for (int side = stride; side < 20; side++) {
                assertThat(shortcutStride(block, side)).isEqualTo(stride);
            }
        }
    }

    private static int shortcutStride(Residual block, int side) {
        return ((Convolution) block.shortcut(Shape.image(4, side, side)).orElseThrow()).stride();
    }

    @Test
    void residual_blocks_are_layers_with_shapes_parameters_and_names_inside() {
        Convolution same = Convolution.of(6, 3).withPadding(Padding.SAME);
        MultiTaskNetwork network = two().residual("block1", block -> block.layer("conv1", same.withStride(2))
                        .batchNormalization())
                .stitch(CrossStitchUnit.perChannel())
                .residual("block2", block -> block.layer("conv1", same))
                .softArgmax()
                .regularize(WeightRelatednessRegularizer.over("block1/conv1", "block1/shortcut", "block2/conv1"))
                .build();
        assertThat(network.shapeAfter("a", "block1")).isEqualTo(Shape.image(6, 6, 6));
        assertThat(network.shapeAfter("b", "softargmax1")).isEqualTo(Shape.vector(12));
        long block1 = 6 * 9 + 6 + 4 * 6 + 6; // convolution, normalisation, 1x1 shortcut from one channel without bias
        long block2 = 6 * 6 * 9 + 6;
        long heads = (12 * 10 + 10) + (12 * 5 + 5);
        assertThat(network.parameters()).isEqualTo(2 * (block1 + block2) + heads + 4 * 6);
        assertThat(network.toString())
                .contains("residual (conv 3x3, 6, stride 2, same, relu; batch normalisation), relu");
        assertThat(MultiTaskNetwork.fromJson(network.toJson())).isEqualTo(network);
        assertThat(PlacedLayer.of(network.tower("a").layers(), network.input()))
                .extracting(PlacedLayer::path)
                .containsExactly("block1/conv1", "block1/norm1", "block1/shortcut", "block2/conv1", "softargmax1");
    }

    @Test
    void residual_blocks_that_do_not_fit_are_refused() {
        refused(() -> Residual.of(), "at least one layer");
        NamedLayer fc = new NamedLayer("fc", Dense.of(3));
        refused(() -> Residual.of(fc, fc), "'fc' is taken twice");
        refused(() -> Residual.of(new NamedLayer("shortcut", Dense.of(3))), "'shortcut' is taken twice");
        refused(() -> Residual.of(new NamedLayer("inner", Residual.of(fc))), "'inner' is a residual block");
        refused(
                () -> two().residual("block", block -> block.convolution("conv", 4, 3))
                        .build(),
                "tower 'a', layer 'block'",
                "[4, 10, 10] of [1, 12, 12]",
                "padding SAME");
        refused(
                () -> two().residual("block", block -> block.convolution("conv", 4, 13))
                        .build(),
                "layer 'block'",
                "'conv' in the block",
                "a window of 13");
        refused(() -> two().dense("fc", 3).softArgmax().build(), "SoftArgmax needs feature maps", "[3]");
        refused(
                () -> two().residual("block", block -> block.layer("fc", Dense.of(3)))
                        .build(),
                "[3] of [1, 12, 12]");
        refused(
                () -> two().residual("block", block -> block.layer("c", Convolution.of(4, 1)))
                        .regularize(WeightRelatednessRegularizer.over("c"))
                        .build(),
                "has no layer 'c'",
                "block/c");
    }

    @Test
    void towers_start_equal_exactly_when_the_function_needs_it() {
        WeightRelatednessRegularizer over = WeightRelatednessRegularizer.over("fc");
        assertThat(stitched()
                        .regularize(over.withRelatedness(Relatedness.exponential()))
                        .build()
                        .equalStart())
                .isTrue();
        assertThat(stitched()
                        .regularize(over.withRelatedness(Relatedness.l2()))
                        .build()
                        .equalStart())
                .isFalse();
        assertThat(stitched().startTowersEqual(true).build().equalStart()).isTrue();
    }

    @Test
    void what_does_not_fit_is_refused_by_name() {
        refused(() -> MultiTaskNetwork.builder(Shape.vector(3)).build(), "at least one tower");
        refused(() -> two().tower("a", SplitHead.of(POSE)), "two towers are called 'a'");
        refused(
                () -> MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("a", SplitHead.of(POSE))
                        .tower("b", SplitHead.of(POSE))
                        .build(),
                "'a' and 'b' both have a task called 'pose'");
        refused(() -> SplitHead.of(), "at least one task");
        refused(() -> two().dense("fc", 3).dense("fc", 3).build(), "tower 'a': two layers are called 'fc'");
        refused(
                () -> two().convolution("conv1", 4, 13).build(),
                "tower 'a', layer 'conv1'",
                "a window of 13 does not fit into 12");
        refused(() -> two().dense("fc", 3).convolution("c", 4, 3).build(), "layer 'c'", "needs feature maps", "[3]");
        refused(() -> two().in("z", t -> t.dense("fc", 3)).build(), "no tower 'z'", "[a, b]");
    }

    @Test
    void stitches_that_do_not_fit_are_refused() {
        refused(
                () -> two().in("a", t -> t.dense("fa", 8))
                        .in("b", t -> t.dense("fb", 9))
                        .stitch("mid", CrossStitchUnit.perLayer())
                        .build(),
                "stitch 'mid'",
                "'a' after 'fa': [8]",
                "'b' after 'fb': [9]");
        refused(() -> two().stitch(CrossStitchUnit.perLayer()).build(), "tower 'a' has no layer yet");
        refused(
                () -> stitched()
                        .stitch(CrossStitchUnit.identity(Granularity.PER_LAYER))
                        .build(),
                "tower 'a' is stitched twice after layer 'fc'");
        refused(
                () -> MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("a", SplitHead.of(POSE))
                        .dense("fc", 3)
                        .stitch(CrossStitchUnit.perLayer())
                        .build(),
                "at least 2 towers");
        refused(
                () -> two().dense("fc", 3)
                        .stitch(CrossStitchUnit.perLayer().withTowers("a", "c"))
                        .build(),
                "no tower 'c'");
        refused(
                () -> two().dense("fc", 3)
                        .stitch(CrossStitchUnit.perLayer(0.9, 0.2))
                        .build(),
                "stitch 'fc'",
                "not 1");
    }

    @Test
    void regularizers_that_do_not_fit_are_refused() {
        refused(
                () -> stitched()
                        .regularize(WeightRelatednessRegularizer.over("conv7"))
                        .build(),
                "tower 'a' has no layer 'conv7'",
                "[conv1, pool1, fc]");
        refused(
                () -> stitched()
                        .regularize(WeightRelatednessRegularizer.over("pool1"))
                        .build(),
                "no weights to relate");
        refused(
                () -> stitched()
                        .regularize(WeightRelatednessRegularizer.over("fc").withPair("a", "x"))
                        .build(),
                "no tower 'x'");
        refused(() -> WeightRelatednessRegularizer.over("fc").withStrength(Double.NaN), "strength", "NaN");
        refused(() -> WeightRelatednessRegularizer.over(), "at least one layer");
        refused(
                () -> two().in("a", t -> t.layer("c", Convolution.of(4, 3)))
                        .in("b", t -> t.layer("c", Convolution.of(5, 3).withPadding(Padding.SAME)))
                        .regularize(WeightRelatednessRegularizer.over("c"))
                        .build(),
                "layer 'c'",
                "'a' has [4, 1, 3, 3]",
                "'b' has [5, 1, 3, 3]");
    }

    @Test
    void tasks_check_themselves() {
        refused(() -> Task.classification("pose", 1), "'pose'", "at least 2, got 1");
        refused(() -> Task.regression("points", 0), "at least 1, got 0");
        refused(() -> POINTS.withWeight(Double.NaN), "'points'", "NaN");
        refused(() -> POINTS.withWeight(0), "above 0");
        refused(() -> Task.regression("a/b", 1), "a/b");
        refused(() -> Task.classification("g", "x", "x"), "repeat");
        refused(
                () -> MultiTaskNetwork.builder(Shape.vector(2))
                        .tower("t", SplitHead.of(Task.regression("input", 1)))
                        .build(),
                "cannot be called 'input'");
    }

    private static void refused(ThrowingCallable call, String... parts) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll(parts);
    }
}
