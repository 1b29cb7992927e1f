package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Partners and places were taken from the published figures and tables, by number, and not from the names. */
class LandmarkSchemeTest {

    /** Partners by number from 1, as the figure of 300-W's points has them. */
    private static final int[][] IBUG = {
        {1, 17}, {2, 16}, {3, 15}, {4, 14}, {5, 13}, {6, 12}, {7, 11}, {8, 10}, {18, 27}, {19, 26}, {20, 25}, {21, 24},
        {22, 23}, {32, 36}, {33, 35}, {37, 46}, {38, 45}, {39, 44}, {40, 43}, {41, 48}, {42, 47}, {49, 55}, {50, 54},
        {51, 53}, {62, 64}, {61, 65}, {68, 66}, {59, 57}, {60, 56}
    };

    /** Partners by number from 0, as the figure of WFLW's points has them. */
    private static final int[][] WFLW = {
        {0, 32}, {1, 31}, {2, 30}, {3, 29}, {4, 28}, {5, 27}, {6, 26}, {7, 25}, {8, 24}, {9, 23}, {10, 22}, {11, 21},
        {12, 20}, {13, 19}, {14, 18}, {15, 17}, {33, 46}, {34, 45}, {35, 44}, {36, 43}, {37, 42}, {38, 50}, {39, 49},
        {40, 48}, {41, 47}, {60, 72}, {61, 71}, {62, 70}, {63, 69}, {64, 68}, {65, 75}, {66, 74}, {67, 73}, {55, 59},
        {56, 58}, {76, 82}, {77, 81}, {78, 80}, {87, 83}, {86, 84}, {88, 92}, {89, 91}, {95, 93}, {96, 97}
    };

    /** Partners by number from 1 of AFLW's points without the ears. */
    private static final int[][] AFLW = {{1, 6}, {2, 5}, {3, 4}, {7, 12}, {8, 11}, {9, 10}, {13, 15}, {16, 18}};

    private static int[] partners(int size, int[][] pairs, int first) {
        int[] partners = IntStream.range(0, size).toArray();
        for (int[] pair : pairs) {
            partners[pair[0] - first] = pair[1] - first;
            partners[pair[1] - first] = pair[0] - first;
        }
        return partners;
    }

    private static int[] partners(LandmarkScheme scheme) {
        return IntStream.range(0, scheme.size()).map(scheme::mirrored).toArray();
    }

    /** Coordinates that tell the number of the point: (i, 1000 + i). */
    private static double[] counted(LandmarkScheme scheme) {
        return IntStream.range(0, 2 * scheme.size())
                .mapToDouble(i -> i % 2 == 0 ? i / 2 : 1000 + i / 2)
                .toArray();
    }

    @Test
    void partners_are_those_of_the_published_figures() {
        assertThat(partners(LandmarkScheme.FIVE_POINTS)).containsExactly(1, 0, 2, 4, 3);
        assertThat(partners(LandmarkScheme.IBUG_68)).containsExactly(partners(68, IBUG, 1));
        assertThat(partners(LandmarkScheme.WFLW_98)).containsExactly(partners(98, WFLW, 0));
        assertThat(partners(LandmarkScheme.AFLW_19)).containsExactly(partners(19, AFLW, 1));
        int[][] ears = {{1, 6}, {2, 5}, {3, 4}, {7, 12}, {8, 11}, {9, 10}, {13, 17}, {14, 16}, {18, 20}};
        assertThat(partners(LandmarkScheme.AFLW_21)).containsExactly(partners(21, ears, 1));
    }

    @Test
    void eyes_nose_and_mouth_are_those_of_the_published_figures() {
        // of 68 points, from 0: eyes 36 to 41 and 42 to 47, tip of the nose 30, corners 48 and 54
        double[] ibug = counted(LandmarkScheme.IBUG_68);
        assertThat(LandmarkScheme.IBUG_68.fivePoints(ibug))
                .containsExactly(38.5, 1038.5, 44.5, 1044.5, 30, 1030, 48, 1048, 54, 1054);
        assertThat(LandmarkScheme.IBUG_68.outerEyeCorners(ibug)).containsExactly(36, 1036, 45, 1045);
        double[] wflw = counted(LandmarkScheme.WFLW_98);
        assertThat(LandmarkScheme.WFLW_98.fivePoints(wflw))
                .containsExactly(96, 1096, 97, 1097, 54, 1054, 76, 1076, 82, 1082);
        assertThat(LandmarkScheme.WFLW_98.outerEyeCorners(wflw)).containsExactly(60, 1060, 72, 1072);
        double[] aflw = counted(LandmarkScheme.AFLW_19);
        assertThat(LandmarkScheme.AFLW_19.fivePoints(aflw))
                .containsExactly(7, 1007, 10, 1010, 13, 1013, 15, 1015, 17, 1017);
        assertThat(LandmarkScheme.AFLW_19.outerEyeCorners(aflw)).containsExactly(6, 1006, 11, 1011);
        assertThat(LandmarkScheme.FIVE_POINTS.hasOuterEyeCorners()).isFalse();
    }

    @Test
    void names_and_withers_make_a_scheme_of_ones_own() {
        LandmarkScheme scheme = LandmarkScheme.of("chin", "left ear", "tail", "right ear", "head")
                .withMirrored("tail", "head")
                .withOuterEyeCorners("left ear", "right ear");
        assertThat(partners(scheme)).containsExactly(0, 3, 4, 1, 2);
        assertThat(scheme.hasEyes()).isFalse();
        assertThat(scheme.hasFivePoints()).isFalse();
        assertThat(scheme.names().get(scheme.index("tail"))).isEqualTo("tail");
        assertThat(scheme).isNotEqualTo(LandmarkScheme.of(scheme.names()));
        assertThat(LandmarkScheme.numbered(2).names()).containsExactly("point 1", "point 2");
    }

    @Test
    void faults_are_named() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LandmarkScheme.of("a", "b", "a"))
                .withMessage("points 1 and 3 are both called 'a'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LandmarkScheme.of("a", "b|c"))
                .withMessage("point 2: a name has no control characters, no '|' and no blanks around it, and is not"
                        + " empty, got 'b|c'");
        assertThatIllegalArgumentException()
                .isThrownBy(LandmarkScheme::of)
                .withMessage("a face has 1 to 10000 points, got 0");
        LandmarkScheme three = LandmarkScheme.of("left eye", "right eye", "nose");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> three.withMirrored("nose", "left eye"))
                .withMessage("'left eye' is the mirror image of 'right eye' already");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> three.withEyes(List.of("left eye"), List.of("ear")))
                .withMessage("there is no point 'ear' among [left eye, right eye, nose]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> three.withEyes(List.of(), List.of("right eye")))
                .withMessage("an eye is the mean of at least one point, got [] and [right eye]");
    }
}
