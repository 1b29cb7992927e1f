package org.mtl4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.buffer.DataType;

/** What is measured is a step of training that has something to learn. */
class SpeedCheckTest {
    @Test
    void the_last_step_has_as_much_to_learn_as_the_first() {
        Dl4jModel model = SpeedCheck.model(DataType.FLOAT);
        List<Double> scores = new ArrayList<>();
        ListBatches batches = ListBatches.of(Collections.nCopies(30, SpeedCheck.batch(DataType.FLOAT)));
        model.fit(batches, FitOptions.epochs(1).withListener(new ProgressListener() {
            @Override
            public void onStep(int epoch, int step, int examples, double score) {
                scores.add(score);
            }
        }));
        assertThat(scores).hasSize(30);
        assertThat(scores.get(0)).isPositive();
        assertThat(scores.get(29)).isCloseTo(scores.get(0), withinPercentage(5));
    }
}
