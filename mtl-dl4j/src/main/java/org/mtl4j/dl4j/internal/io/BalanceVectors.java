package org.mtl4j.dl4j.internal.io;

import java.util.ArrayList;
import java.util.List;
import org.mtl4j.balance.BalanceState;
import org.mtl4j.balance.TaskVectors;
import org.mtl4j.dl4j.internal.io.ArrayPlaces.Place;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Tells by which names the rows are saved that a balance remembers, one for each task and as long as what is shared, in
 * double precision.
 *
 * @param count how many rows there are for each task
 * @param parameters how many numbers each has
 */
record BalanceVectors(int count, int parameters) {
    /** Where the name of such an array begins. */
    static final String PREFIX = "balance/";

    private static final int MOST = 16;

    /** What a state has none of. */
    static final BalanceVectors NONE = new BalanceVectors(0, 0);

    /** {@return how many a state has} */
    static BalanceVectors of(BalanceState state) {
        return state.vectors() == 0
                ? NONE
                : new BalanceVectors(state.vectors(), state.byParameter(0).length());
    }

    /** @throws IllegalArgumentException if there are more than a network of so many parameters can have */
    void requireWithin(long parametersOfNetwork) {
        if (count < 0 || count > MOST || parameters < 0 || parameters > parametersOfNetwork) {
            throw new IllegalArgumentException(
                    "a balance that remembers %d times %d numbers for each task; at most %d times %d are read"
                            .formatted(count, parameters, MOST, parametersOfNetwork));
        }
    }

    /** {@return how many bytes they have} */
    long bytes(List<Task> tasks) {
        return (long) Double.BYTES * count * parameters * tasks.size();
    }

    /** {@return the rows of a state, by name} */
    static List<Place> places(BalanceState state, List<Task> tasks) {
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < state.vectors(); i++) {
            for (int t = 0; t < tasks.size(); t++) {
                places.add(new Place(
                        name(i, tasks.get(t)),
                        Nd4j.createFromArray(state.byParameter(i).row(t))));
            }
        }
        return places;
    }

    /** {@return rows of zeros to be filled, by name} */
    List<Place> empty(List<Task> tasks) {
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            for (Task task : tasks) {
                places.add(new Place(name(i, task), Nd4j.zeros(DataType.DOUBLE, parameters)));
            }
        }
        return places;
    }

    /** {@return a state with the rows that were {@linkplain #empty made} and filled} */
    BalanceState with(BalanceState state, List<Place> filled, int tasks) {
        TaskVectors[] vectors = new TaskVectors[count];
        for (int i = 0; i < count; i++) {
            double[][] rows = new double[tasks][];
            for (int t = 0; t < tasks; t++) {
                INDArray row = filled.get(i * tasks + t).array();
                rows[t] = row.toDoubleVector();
            }
            vectors[i] = TaskVectors.ofRows(rows);
        }
        return state.withByParameter(vectors);
    }

    private static String name(int index, Task task) {
        return "%s%s/%s.npy".formatted(PREFIX, index + 1, task.name());
    }
}
