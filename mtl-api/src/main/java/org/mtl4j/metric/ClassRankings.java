package org.mtl4j.metric;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
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

    /** Numbers in a block of rows. */
    private static final int BLOCK = 1 << 16;

    private static final int FEWEST_ROWS = 16;

    /** So many columns are taken out together at most: they share lines of the cache. */
    private static final int TOGETHER = 16;

    /** Numbers in the columns that are taken out together, unless a single one has more. */
    private static final int TAKEN = 1 << 20;

    private final int classes;
    private final List<Block> blocks = new ArrayList<>();
    /** Where rows are added; null if there is no room. */
    private @Nullable Block open;
    /** By class the examples that have weights, or other numbers; null if there are none. */
    private Ranking @Nullable [] others;

    /** Some rows; those behind the last are nobody's. */
    private static final class Block implements Serializable {
        private static final long serialVersionUID = 1L;

        private float[] numbers;
        private int[] actual;
        private int rows;

        Block(float[] numbers, int[] actual, int rows) {
            this.numbers = numbers;
            this.actual = actual;
            this.rows = rows;
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            numbers = rows == 0 ? numbers : Arrays.copyOf(numbers, numbers.length / actual.length * rows);
            actual = rows == 0 ? actual : Arrays.copyOf(actual, rows);
            out.defaultWriteObject();
        }
    }

    ClassRankings(int classes) {
        this.classes = classes;
    }

    /**
     * Adds examples of the weight 1.
     *
     * @param numbers from 0 to 1, and no -0
     * @param places where each example begins in them
     * @param actual the class of each
     */
    void add(float[] numbers, int[] places, int[] actual) {
        int done = 0;
        while (done < places.length) {
            Block block = room();
            int count = Math.min(places.length - done, block.actual.length - block.rows);
            for (int i = 0; i < count; i++) {
                System.arraycopy(numbers, places[done + i], block.numbers, (block.rows + i) * classes, classes);
            }
            System.arraycopy(actual, done, block.actual, block.rows, count);
            block.rows += count;
            done += count;
        }
    }

    /** A block with room for a row: the open one, grown as long as it is small, or a new one. */
    private Block room() {
        int most = Math.max(1, BLOCK / classes);
        if (open != null && open.rows == open.actual.length && open.rows < most) {
            int rows = Math.min(most, 2 * open.rows);
            open.numbers = Arrays.copyOf(open.numbers, rows * classes);
            open.actual = Arrays.copyOf(open.actual, rows);
        } else if (open == null || open.rows == open.actual.length) {
            int rows = blocks.isEmpty() ? Math.min(most, FEWEST_ROWS) : most;
            open = new Block(new float[rows * classes], new int[rows], 0);
            blocks.add(open);
        }
        return open;
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

    /** Adds what another one has, whose blocks are not copied: neither changes rows that are there. */
    void add(ClassRankings other) {
        List<Block> theirs = new ArrayList<>();
        for (Block block : other.blocks) { // other may be this
            theirs.add(new Block(block.numbers, block.actual, block.rows));
        }
        blocks.addAll(theirs);
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
        long numbers = rows() * classes;
        if (others != null) {
            Ranking[] all = mixed(others);
            return EachOutput.of(classes, numbers, c -> all[c].score());
        }
        int[] actual = actual();
        int[][] rows = rowsByClass(actual);
        int perThread = classes / (4 * Runtime.getRuntime().availableProcessors());
        int together = Math.max(1, Math.min(perThread, Math.min(TOGETHER, TAKEN / Math.max(1, actual.length))));
        return EachOutput.of((classes + together - 1) / together, numbers, group -> {
                    int first = group * together;
                    int[][] columns = columns(first, Math.min(together, classes - first), actual.length);
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

    private long rows() {
        long rows = 0;
        for (Block block : blocks) {
            rows += block.rows;
        }
        return rows;
    }

    /** The classes of all examples. */
    private int[] actual() {
        int[] actual = new int[Numbers.checkedSize(rows())];
        int done = 0;
        for (Block block : blocks) {
            System.arraycopy(block.actual, 0, actual, done, block.rows);
            done += block.rows;
        }
        return actual;
    }

    /** The bits of the probabilities of some neighbouring classes. */
    private int[][] columns(int first, int count, int rows) {
        int[][] columns = new int[count][rows];
        int done = 0;
        for (Block block : blocks) {
            for (int c = 0; c < count; c++) {
                take(block.numbers, first + c, block.rows, columns[c], done);
            }
            done += block.rows;
        }
        return columns;
    }

    private void take(float[] numbers, int column, int rows, int[] into, int from) {
        for (int row = 0, place = column; row < rows; row++, place += classes) {
            into[from + row] = Float.floatToRawIntBits(numbers[place]);
        }
    }

    /** All examples of each class, of whatever form. */
    private Ranking[] mixed(Ranking[] others) {
        Ranking[] all = none();
        for (int c = 0; c < classes; c++) {
            all[c].add(others[c]);
            for (Block block : blocks) {
                for (int row = 0; row < block.rows; row++) {
                    all[c].add(block.numbers[row * classes + c], block.actual[row] == c, 1);
                }
            }
        }
        return all;
    }
}
