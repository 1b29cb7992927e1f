package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.Granularity;
import picocli.CommandLine;

class NetworkVariantTest {
    private static MultiTaskNetwork network(NetworkVariant variant, String... options) {
        TrainingOptions settings = new TrainingOptions();
        new CommandLine(settings).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(options);
        return settings.network(variant);
    }

    @Test
    void the_residual_backbone_has_the_same_variants_at_any_width() {
        MultiTaskNetwork single = network(NetworkVariant.SINGLE_TASK, "--backbone", "residual");
        assertThat(single.input()).isEqualTo(Shape.image(1, 64, 64));
        assertThat(single.shapeAfter("face", "block1")).isEqualTo(Shape.image(32, 32, 32));
        assertThat(single.shapeAfter("face", "block4")).isEqualTo(Shape.image(96, 8, 8));
        MultiTaskNetwork stitched = network(
                NetworkVariant.CROSS_STITCH_EXPONENTIAL, "--backbone", "residual", "--width", "0.5", "--size", "48");
        assertThat(stitched.shapeAfter("attributes", "block4")).isEqualTo(Shape.image(48, 6, 6));
        assertThat(stitched.stitches()).hasSize(5);
        assertThat(stitched.regularizer().orElseThrow().layers()).hasSize(10);
    }

    @Test
    void branches_are_each_task_s_own() {
        String[] options = {"--backbone", "RESIDUAL_BRANCHES", "--width", "0.5"};
        MultiTaskNetwork split = network(NetworkVariant.SPLIT, options);
        assertThat(split.shapeAfter("face", "block4")).isEqualTo(Shape.image(48, 8, 8));
        assertThat(split.tower("face").head().branches())
                .allSatisfy(branch -> assertThat(branch.layers()).hasSizeBetween(3, 5));
        assertThat(network(NetworkVariant.SPLIT, "--backbone", "RESIDUAL_BRANCHES")
                        .parameters())
                .isEqualTo(1_616_693);
        MultiTaskNetwork stitched = network(NetworkVariant.CROSS_STITCH_L2, options);
        assertThat(stitched.stitches()).hasSize(4).allSatisfy(stitch -> assertThat(stitch.unit())
                .isInstanceOfSatisfying(CrossStitchUnit.class, unit -> assertThat(unit.granularity())
                        .isEqualTo(Granularity.PER_CHANNEL)));
        assertThat(stitched.regularizer().orElseThrow().layers()).hasSize(9);
    }

    @Test
    void all_variants_are_the_poster_s_networks() {
        // 39: 36/18, 16/8, 6/3, 2; 80 * 2 * 2 = 320 into the dense layer
        long tower = (16 * 20 + 20) + (9 * 20 * 40 + 40) + (9 * 40 * 60 + 60) + (4 * 60 * 80 + 80) + (320 * 120 + 120);
        assertThat(network(NetworkVariant.SINGLE_TASK).parameters()).isEqualTo(tower + 1210);
        long heads = 1210 + 3 * 242 + 605;
        long alphas = 4 * (20 + 40 + 60 + 80) + 4;
        assertThat(network(NetworkVariant.CROSS_STITCH).parameters()).isEqualTo(2 * tower + heads + alphas);
        assertThat(network(NetworkVariant.CROSS_STITCH_EXPONENTIAL).parameters())
                .isEqualTo(2 * tower + heads + alphas + 10);
        assertThat(network(NetworkVariant.CROSS_STITCH_EXPONENTIAL).equalStart())
                .isTrue();
    }
}
