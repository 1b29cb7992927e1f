package org.mtl4j.metric;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the probabilities of several classes, and ranks each class against all others. Examples without weights
 * whose probabilities are floats, as they mostly are, stay as they come, row by row, 4 bytes for each class; columns
 * are taken out of them when they are ranked. Exact, and independent of the order of examples. Not thread-safe.
 */
final class ClassRankings implements Serializable {
    private static final long serialVersionUID = 1L;

    /** So many columns are taken out together at most: they share lines of the cache. */
    private static final int TOGETHER = 16;

    /** Numbers in the columns that are taken out together, unless a single one has more. */
    private static final int TAKEN = 1 << 20;

    private final int classes;
    /** The bits of the probabilities. */
    private final RowBlocks numbers;

    private final RowBlocks actual = new RowBlocks(1);
    /** By class the examples that have weights, or other numbers; null if there are none. */
    private Ranking @Nullable [] others;

    ClassRankings(int classes) {
        this.classes = classes;
        this.numbers = new RowBlocks(classes);
    }

    /**
     * Adds examples of the weight 1.
     *
     * @param bits of numbers from 0 to 1, and no -0
     * @param rows the examples among them, in rising order
     * @param actual the class of each
     */
    void add(int[] bits, int[] rows, int[] actual) {
        for (int from = 0; from < rows.length; ) {
            int to = from + 1;
            while (to < rows.length && rows[to] == rows[to - 1] + 1) {
                to++;
            }
            numbers.add(bits, rows[from] * classes, to - from);
            from = to;
        }
        this.actual.add(actual, 0, actual.length);
    }

    /** The examples as they are now, which others may read while more are added to this. */
    ClassRankings now() {
        ClassRankings now = new ClassRankings(classes);
        now.add(this);
        return now;
    }

    /** Has the examples looked at that have no weights and whose numbers are bits of floats. */
    void forEach(Look look) {
        int[] all = actual.column(0);
        numbers.forEach((bits, rows, first) -> look.at(bits, all, rows, first));
    }

    /** Looks at some examples. */
    @FunctionalInterface
    interface Look {
        /**
         * Looks at them.
         *
         * @param bits row by row, from the place 0 on; not to be changed
         * @param actual the classes of all examples
         * @param first which example the first of these is
         */
        void at(int[] bits, int[] actual, int rows, int first);
    }

    /** Adds an example of any weight and number to those of a class. */
    void add(int column, double number, boolean positive, double weight) {
        if (others == null) {
            others = none();
        }
        others[column].add(number, positive, weight);
    }

    private Ranking[] none() {
        Ranking[] none = new Ranking[classes];
        Arrays.setAll(none, c -> new Ranking());
        return none;
    }

    /** Adds what another one has, whose rows are not copied. */
    void add(ClassRankings other) {
        numbers.add(other.numbers);
        actual.add(other.actual);
        if (other.others != null) {
            Ranking[] all = others == null ? none() : others;
            for (int c = 0; c < classes; c++) {
                all[c].add(other.others[c]);
            }
            others = all;
        }
    }

    /** How well each class is told from all others, in the order of the classes. */
    List<RankingScore> scores() {
        long count = numbers.rows() * classes;
        if (others != null) {
            Ranking[] all = mixed(others);
            return EachOutput.of(classes, count, c -> all[c].score());
        }
        int[] actual = this.actual.column(0);
        int[][] rows = rowsByClass(actual);
        int perThread = classes / (4 * Runtime.getRuntime().availableProcessors());
        int together = Math.max(1, Math.min(perThread, Math.min(TOGETHER, TAKEN / Math.max(1, actual.length))));
        return EachOutput.of((classes + together - 1) / together, count, group -> {
                    int first = group * together;
                    int[][] columns = numbers.columns(first, Math.min(together, classes - first));
                    RankingScore[] scores = new RankingScore[columns.length];
                    Arrays.setAll(scores, c -> PlainRanking.score(columns[c], actual, first + c, rows[first + c]));
                    return List.of(scores);
                })
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    private int[][] rowsByClass(int[] actual) {
        int[] sizes = new int[classes];
        for (int c : actual) {
            sizes[c]++;
        }
        int[][] rows = new int[classes][];
        Arrays.setAll(rows, c -> new int[sizes[c]]);
        for (int row = 0; row < actual.length; row++) {
            rows[actual[row]][--sizes[actual[row]]] = row;
        }
        return rows;
    }

    /** All examples of each class, of whatever form. */
    private Ranking[] mixed(Ranking[] others) {
        Ranking[] all = none();
        for (int c = 0; c < classes; c++) {
            all[c].add(others[c]);
        }
        forEach((bits, actual, rows, first) -> {
            for (int row = 0; row < rows; row++) {
                for (int c = 0; c < classes; c++) {
                    all[c].add(Float.intBitsToFloat(bits[row * classes + c]), actual[first + row] == c, 1);
                }
            }
        });
        return all;
    }
}
