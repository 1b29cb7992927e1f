package org.mtl4j.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CanvasTest {

    private static final double ROUNDING = 1e-12;

    private final Canvas canvas = new Canvas(4, 3);

    private static Outline polygon(double... xy) {
        Outline outline = new Outline();
        for (int i = 0; i < xy.length; i += 2) {
            outline.add(xy[i], xy[i + 1]);
        }
        return outline;
    }

    @Test
    void pixels_are_covered_by_area() {
        // pixel (1, 1) reaches from 0.5 to 1.5; the rectangle covers it whole, and parts of its neighbours
        canvas.contour(polygon(0.25, 0.5, 1.75, 0.5, 1.75, 2.0, 0.25, 2.0)).fill(1, 1);
        assertThat(canvas.pixels)
                .containsExactly(new double[] {0, 0, 0, 0, 0.25, 1, 0.25, 0, 0.125, 0.5, 0.125, 0}, within(ROUNDING));
    }

    @Test
    void slanted_edges_share_a_pixel() {
        // a triangle of area 4.5 with the right angle at the left top corner of pixel (0, 0)
        canvas.contour(polygon(-0.5, -0.5, 2.5, -0.5, -0.5, 2.5)).fill(1, 1);
        assertThat(canvas.pixels)
                .containsExactly(new double[] {1, 1, 0.5, 0, 1, 0.5, 0, 0, 0.5, 0, 0, 0}, within(ROUNDING));
    }

    @Test
    void the_direction_does_not_matter_but_an_opposite_contour_cuts_a_hole() {
        Outline outer = polygon(-0.5, -0.5, 2.5, -0.5, 2.5, 2.5, -0.5, 2.5);
        Outline inner = polygon(0.5, 0.5, 1.5, 0.5, 1.5, 1.5, 0.5, 1.5);
        canvas.contour(outer.reversed()).contour(inner).fill(1, 0.5);
        assertThat(canvas.pixels)
                .containsExactly(new double[] {0.5, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5, 0.5, 0}, within(ROUNDING));
    }

    @Test
    void what_lies_outside_is_cut_off_and_leaves_no_trace() {
        canvas.contour(polygon(-10, -10, 20, -10, 20, 20, -10, 20)).fill(1, 1);
        assertThat(canvas.pixels).containsOnly(1);
        canvas.contour(polygon(10, -10, 20, -10, 20, 20, 10, 20)).fill(0, 1);
        canvas.contour(polygon(-10, 5, 20, 5, 20, 9)).fill(0, 1);
        assertThat(canvas.pixels).containsOnly(1);
        canvas.contour(polygon(0.5, -9, 1.5, -9, 1.5, 9, 0.5, 9)).fill(0, 1);
        assertThat(canvas.pixels).containsExactly(1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1);
    }

    @Test
    void blurring_keeps_the_sum_inside_and_spreads_by_the_radius() {
        Canvas wide = new Canvas(9, 1);
        wide.pixels[4] = 1;
        wide.blur(0.5); // twice (1/4, 1/2, 1/4): 1, 4, 6, 4, 1 sixteenths
        assertThat(wide.pixels)
                .containsExactly(
                        new double[] {0, 0, 1 / 16.0, 4 / 16.0, 6 / 16.0, 4 / 16.0, 1 / 16.0, 0, 0}, within(ROUNDING));
    }

    @Test
    void the_hull_is_convex() {
        Outline hull = polygon(0, 0, 2, 0, 1, 1, 2, 2, 0, 2, 1, 0.5, 1, 0).hull();
        assertThat(hull.size()).isEqualTo(4);
    }

    @Test
    void gray_levels_are_cut_off_at_black_and_white() {
        canvas.pixels[0] = -3;
        canvas.pixels[1] = 0.5;
        canvas.pixels[2] = 7;
        assertThat(canvas.finish().at(0, 0)).isZero();
        assertThat(canvas.finish().at(1, 0)).isEqualTo(128);
        assertThat(canvas.finish().at(2, 0)).isEqualTo(255);
    }
}
