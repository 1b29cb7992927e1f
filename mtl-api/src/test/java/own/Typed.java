package own;

import org.nd4j.linalg.schedule.ISchedule;

/**
 * A schedule with a field that a saved form has another use for.
 *
 * @param type a text
 */
public record Typed(String type) implements ISchedule {
    @Override
    public double valueAt(int iteration, int epoch) {
        return 1;
    }

    @Override
    public ISchedule clone() {
        return this;
    }
}
