package org.mtl4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mtl4j.train.history.TrainingEvent;

class EventTextTest {
    @Test
    void an_event_is_a_line_that_says_what_when_and_why() {
        assertThat(EventText.line(new TrainingEvent(2, TrainingEvent.Kind.TASK_STOPPED, "smile", "no use any more")))
                .isEqualTo("task stopped smile after epoch 3: no use any more");
        assertThat(EventText.line(new TrainingEvent(-1, TrainingEvent.Kind.RUN_STARTED, "", "epochs 5")))
                .isEqualTo("run started before the first epoch: epochs 5");
    }
}
