package org.mtl4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SurenessTest {

    /** 0.9 right, 0.8 wrong, 0.8 right, 0.3 wrong, which weighs 2: thresholds 0.9, 0.8, 0.3. */
    @Test
    void curves_by_hand() {
        Sureness sureness = new Sureness("yes");
        sureness.add(0.8, false, 1);
        sureness.add(0.9, true, 1);
        sureness.add(0.3, false, 2);
        sureness.add(0.8, true, 1);
        sureness.add(Double.NaN, true, 1);
        sureness.add(0.5, true, 0);
        assertThat(sureness.roc().x()).containsExactly(0, 0, 1.0 / 3, 1);
        assertThat(sureness.roc().y()).containsExactly(0, 0.5, 1, 1);
        assertThat(sureness.precisionOverRecall().x()).containsExactly(0.5, 1, 1);
        assertThat(sureness.precisionOverRecall().y()).containsExactly(1, 2.0 / 3, 0.4);
        // bins of 1/15: 0.3 is in (4/15, 5/15], 0.8 in (11/15, 12/15], 0.9 in (13/15, 14/15]
        assertThat(sureness.reliability().x()).containsExactly(new double[] {0.3, 0.8, 0.9}, within(1e-15));
        assertThat(sureness.reliability().y()).containsExactly(0, 0.5, 1);
        assertThat(sureness.hasBoth()).isTrue();
    }

    @Test
    void the_curve_of_many_examples_is_thinned_and_keeps_its_area() {
        Sureness sureness = new Sureness("");
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 20_000; i++) {
            double p = random.nextDouble();
            sureness.add(p, random.nextDouble() < p, 1); // P(p+ > p-) = 5 / 6 for densities 2p and 2(1 - p)
        }
        Sureness.Curve roc = sureness.roc();
        assertThat(roc.x().length).isBetween(100, 700);
        double area = 0;
        for (int i = 1; i < roc.x().length; i++) {
            area += (roc.x()[i] - roc.x()[i - 1]) * (roc.y()[i] + roc.y()[i - 1]) / 2;
        }
        assertThat(area).isCloseTo(5.0 / 6, within(0.01)); // a standard deviation is 0.003
        for (int bin = 0; bin < Sureness.BINS; bin++) {
            assertThat(sureness.reliability().y()[bin])
                    .isCloseTo(sureness.reliability().x()[bin], within(0.06));
        }
    }
}
