package org.mtl4j.report;

import org.mtl4j.train.history.TrainingEvent;

/** Puts what happened in training into words. */
public final class EventText {
    private EventText() {}

    /** {@return the event in a line} */
    public static String line(TrainingEvent event) {
        return "%s %s: %s"
                .formatted((Words.of(event.kind()) + " " + event.subject()).strip(), when(event), event.text());
    }

    /** {@return when it happened} */
    static String when(TrainingEvent event) {
        return event.epoch() < 0 ? "before the first epoch" : "after epoch " + (event.epoch() + 1);
    }
}
