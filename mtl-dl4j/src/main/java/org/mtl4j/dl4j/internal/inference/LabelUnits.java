package org.mtl4j.dl4j.internal.inference;

import java.util.Optional;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Scales labels and predictions of a table's numbers back to the units of their columns, to be measured in these. */
final class LabelUnits {
    private final Optional<TableEncoding> encoding;

    private LabelUnits(Optional<TableEncoding> encoding) {
        this.encoding = encoding;
    }

    /** {@return those of the encoding that a model has; without one all numbers stay as they are} */
    static LabelUnits of(ModelState model) {
        return new LabelUnits(model.encoding());
    }

    /** {@return labels or predictions of a task in its units; the same array where nothing was scaled} */
    INDArray of(Task task, INDArray numbers) {
        return encoding.map(of -> of.inUnits(task.name(), numbers)).orElse(numbers);
    }
}
