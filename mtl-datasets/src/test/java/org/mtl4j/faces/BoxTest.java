package org.mtl4j.faces;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoxTest {

    private static final Box BOX = new Box(84, 92, 161, 169); // the first of the CUHK list

    @Test
    void width_is_right_minus_left() {
        assertThat(BOX.width()).isEqualTo(77);
        assertThat(new Box(0, 0, 10, 20).height()).isEqualTo(20);
    }

    @Test
    void a_margin_is_added_on_each_side() {
        assertThat(new Box(10, 20, 110, 60).enlarged(0.05)).isEqualTo(new Box(5, 18, 115, 62));
        assertThat(new Box(0, 0, 10, 10).enlarged(-0.25)).isEqualTo(new Box(2.5, 2.5, 7.5, 7.5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BOX.enlarged(-0.5))
                .withMessage("fraction must be finite and above -0.5, got -0.5");
        assertThatIllegalArgumentException().isThrownBy(() -> BOX.enlarged(Double.NaN));
    }

    @ParameterizedTest
    @CsvSource({"1, 0, 1, 5", "2, 0, 1, 5", "0, 5, 1, 5", "NaN, 0, 1, 5", "0, 0, Infinity, 5", "-1.7e308, 0, 1.7e308, 5"
    })
    void an_empty_or_endless_box_is_refused(double left, double top, double right, double bottom) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Box(left, top, right, bottom))
                .withMessageStartingWith(
                        "a box needs finite edges with left < right and top < bottom, got left " + left);
    }

    @Test
    void coordinates_relative_to_the_box() {
        Landmarks landmarks = Landmarks.of(84, 92, 161, 169, 122.5, 130.5, 99.4, 92, 84, 176.7);
        assertThat(landmarks.relativeTo(BOX))
                .containsExactly(new double[] {0, 0, 1, 1, 0.5, 0.5, 0.2, 0, 0, 1.1}, within(1e-14));
        assertThat(Landmarks.fromRelative(landmarks.relativeTo(BOX), BOX).toArray())
                .containsExactly(landmarks.toArray(), within(1e-12)); // a quotient and a product of numbers up to 200
    }

    @Test
    void landmarks_know_their_names_and_order() {
        Landmarks landmarks = Landmarks.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(landmarks.get(LandmarkName.NOSE)).isEqualTo(new Point(5, 6));
        assertThat(landmarks.get(LandmarkName.RIGHT_MOUTH_CORNER)).isEqualTo(new Point(9, 10));
        assertThat(landmarks.toArray()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(Landmarks.of(0, 0, 3, 4, 0, 0, 0, 0, 0, 0).eyeDistance()).isEqualTo(5);
        assertThat(LandmarkName.LEFT_MOUTH_CORNER.label()).isEqualTo("left mouth corner");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Landmarks.of(1, 2, 3))
                .withMessage("5 points have 10 coordinates x1, y1, … x5, y5, got 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Landmarks.of(1, 2, 3, 4, 5, 6, 7, 8, 9, Double.NaN))
                .withMessage("a point has finite coordinates, got (9.0, NaN)");
    }

    @Test
    void a_box_from_landmarks_by_hand() {
        // mean (100, 100); squared distances 500, 500, 0, 500, 500, so their root mean square is 20: width 65
        Landmarks frontal = Landmarks.of(80, 90, 120, 90, 100, 100, 80, 110, 120, 110);
        assertThat(Box.around(frontal)).isEqualTo(new Box(67.5, 67.5, 132.5, 132.5));
        // the nose 10 further right: mean x 102, middle of the others still 100, so the centre moves to 96.25
        Landmarks turned = Landmarks.of(80, 90, 120, 90, 110, 100, 80, 110, 120, 110);
        Box box = Box.around(turned);
        assertThat((box.left() + box.right()) / 2).isCloseTo(96.25, within(1e-12));
        // squares: 4 * 400 + 100 + 4 * 100 - 5 * 2^2 = 2080, / 5 = 416
        assertThat(box.width()).isCloseTo(3.25 * Math.sqrt(416), within(1e-12));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Box.around(Landmarks.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)))
                .withMessageContaining("all coincide");
    }
}
