package org.mtl4j.dl4j.internal.fit;

import java.util.Set;
import org.mtl4j.dl4j.internal.model.ModelState;

/** Starts output layers at the means of the targets, those that are as they were made. */
public final class OutputStarts {
    private OutputStarts() {}

    /**
     * Starts them; the data are read only if there are any. Those whose tasks have no label wait for data that have.
     *
     * @param steps of the run, by whose data they start
     */
    public static void set(ModelState model, TrainingSteps steps) {
        Set<String> asMade = model.outputsAsMade();
        if (!asMade.isEmpty()) {
            LabelSums sums = steps.sumLabels();
            model.access().write(() -> asMade.removeAll(sums.setOutputStarts(model.graph(), asMade)));
        }
        model.setOutputsAsMade(asMade);
    }
}
