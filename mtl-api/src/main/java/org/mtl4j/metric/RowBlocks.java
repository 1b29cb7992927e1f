package org.mtl4j.metric;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps rows of 32 bits each, as those of floats, in the order in which they come: in blocks, of which only the first
 * is copied when it grows. Not thread-safe; rows that are there are never changed.
 */
final class RowBlocks implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Numbers in a block. */
    private static final int BLOCK = 1 << 14;

    private static final int FEWEST_ROWS = 16;

    private final int width;
    private final List<Block> blocks = new ArrayList<>();
    /** Where rows are added; null if there is no room. */
    private @Nullable Block open;

    private long rows;

    /** Some rows; those behind the last are nobody's. */
    private static final class Block implements Serializable {
        private static final long serialVersionUID = 1L;

        private int[] numbers;
        private int rows;

        Block(int[] numbers, int rows) {
            this.numbers = numbers;
            this.rows = rows;
        }
    }

    /** Looks at rows that lie together. */
    @FunctionalInterface
    interface Look {
        /**
         * Looks at them.
         *
         * @param numbers row by row, from the place 0 on; not to be changed
         * @param first which row of all the first is
         */
        void at(int[] numbers, int rows, int first);
    }

    /** @param width of a row, at least 1 */
    RowBlocks(int width) {
        this.width = width;
    }

    /** Leaves out the room that there is for more. */
    private void writeObject(ObjectOutputStream out) throws IOException {
        for (Block block : blocks) {
            if (block.rows > 0 && block.numbers.length > block.rows * width) {
                block.numbers = Arrays.copyOf(block.numbers, block.rows * width);
            }
        }
        out.defaultWriteObject();
    }

    long rows() {
        return rows;
    }

    /** How many rows there are, if they can be looked at together. */
    int checkedRows() {
        return Numbers.checkedSize(rows);
    }

    /** Adds rows that lie together from a place on. */
    void add(int[] numbers, int place, int count) {
        int done = 0;
        while (done < count) {
            Block block = room(count - done);
            int some = Math.min(count - done, block.numbers.length / width - block.rows);
            System.arraycopy(numbers, place + done * width, block.numbers, block.rows * width, some * width);
            block.rows += some;
            done += some;
        }
        rows += count;
    }

    /** A block with room for a row: the open one, grown for more as long as it is small, or a new one. */
    private Block room(int more) {
        int most = Math.max(1, BLOCK / width);
        Block block = open;
        int capacity = block == null ? 0 : block.numbers.length / width;
        if (block != null && block.rows == capacity && capacity < most) {
            int grown = Math.min(most, Math.max(2 * capacity, capacity + more));
            block.numbers = Arrays.copyOf(block.numbers, grown * width);
        } else if (block == null || block.rows == capacity) {
            boolean small = blocks.isEmpty() && more < most / 4;
            int rowsOfBlock = small ? Math.min(most, Math.max(FEWEST_ROWS, more)) : most;
            block = new Block(new int[rowsOfBlock * width], 0);
            blocks.add(block);
            open = block;
        }
        return block;
    }

    /** Adds the rows of another one, whose blocks are not copied. */
    void add(RowBlocks other) {
        List<Block> theirs = new ArrayList<>();
        for (Block block : other.blocks) { // other may be this
            theirs.add(new Block(block.numbers, block.rows));
        }
        blocks.addAll(theirs);
        rows += other.rows;
        open = null; // what comes next comes behind them
    }

    /** The rows as they are now, which others may read while more are added to this. */
    RowBlocks now() {
        RowBlocks now = new RowBlocks(width);
        now.add(this);
        return now;
    }

    /** Has all rows looked at. */
    void forEach(Look look) {
        int first = 0;
        for (Block block : blocks) {
            look.at(block.numbers, block.rows, first);
            first += block.rows;
        }
    }

    /** A column of all rows. */
    int[] column(int column) {
        int[] numbers = new int[checkedRows()];
        take(column, numbers);
        return numbers;
    }

    /** Reads a column. */
    void take(int column, int[] into) {
        forEach((numbers, count, first) -> {
            for (int row = 0, place = column; row < count; row++, place += width) {
                into[first + row] = numbers[place];
            }
        });
    }

    /** Neighbouring columns of all rows, read together, as they share the lines of the cache. */
    int[][] columns(int from, int count) {
        int[][] columns = new int[count][checkedRows()];
        forEach((numbers, some, first) -> {
            for (int c = 0; c < count; c++) {
                int[] into = columns[c];
                for (int row = 0, place = from + c; row < some; row++, place += width) {
                    into[first + row] = numbers[place];
                }
            }
        });
        return columns;
    }
}
