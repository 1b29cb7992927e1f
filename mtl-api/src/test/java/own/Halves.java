package own;

import java.util.List;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * A schedule in a package of a user's own, with schedules of ND4J's in it.
 *
 * @param first what is halved
 * @param all schedules
 */
public record Halves(ISchedule first, List<ISchedule> all) implements ISchedule {
    @Override
    public double valueAt(int iteration, int epoch) {
        return first.valueAt(iteration, epoch) / 2;
    }

    @Override
    public ISchedule clone() {
        return this;
    }
}
