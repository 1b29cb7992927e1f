package org.mtl4j.dl4j.internal.io;

import java.util.List;
import org.mtl4j.balance.BalanceState;
import org.mtl4j.internal.json.JsonFields;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Writes and reads what a balance remembers, every number as it is, but for {@link BalanceVectors}. */
final class BalanceStateJson {
    private static final String BY_TASK = "byTask";
    private static final String BY_PAIR = "byPair";
    private static final String ROWS = "rows";
    private static final String NUMBERS = "numbers";
    private static final String VECTORS = "vectors";
    private static final String PARAMETERS = "parameters";

    private BalanceStateJson() {}

    static void write(BalanceState state, ObjectNode out) {
        ArrayNode byTask = out.putArray(BY_TASK);
        for (int row = 0; row < state.rows(); row++) {
            numbers(state.byTask(row), byTask.addObject());
        }
        ArrayNode byPair = out.putArray(BY_PAIR);
        for (int matrix = 0; matrix < state.matrices(); matrix++) {
            ArrayNode rows = byPair.addObject().putArray(ROWS);
            for (double[] row : state.byPair(matrix)) {
                numbers(row, rows.addObject());
            }
        }
        numbers(state.numbers(), out);
        BalanceVectors vectors = BalanceVectors.of(state);
        if (vectors.count() > 0) {
            out.put(VECTORS, vectors.count()).put(PARAMETERS, vectors.parameters());
        }
    }

    private static void numbers(double[] numbers, ObjectNode out) {
        ArrayNode array = out.putArray(NUMBERS);
        for (double number : numbers) {
            array.add(number);
        }
    }

    /**
     * What is read.
     *
     * @param state without vectors
     * @param vectors how many there are
     */
    record Read(BalanceState state, BalanceVectors vectors) {}

    static Read read(JsonFields in) {
        List<double[]> byTask = in.objects(BY_TASK, row -> row.numbers(NUMBERS));
        List<double[][]> byPair = in.objects(BY_PAIR, matrix -> matrix.objects(ROWS, row -> row.numbers(NUMBERS))
                .toArray(double[][]::new));
        BalanceState state = BalanceState.byTask(byTask.toArray(double[][]::new))
                .withByPair(byPair.toArray(double[][][]::new))
                .withNumbers(in.numbers(NUMBERS));
        BalanceVectors vectors = new BalanceVectors(
                in.optional(VECTORS, in::integer).orElse(0),
                in.optional(PARAMETERS, in::integer).orElse(0));
        in.end();
        return new Read(state, vectors);
    }
}
