package org.mtl4j.dl4j.internal.cpu.convolution;

/**
 * Takes the output of a convolution column by column as it is computed, and gives its gradient back in the same way:
 * what lies behind the convolution need not read or write whole images then.
 */
interface OutputColumns {
    /** Returns what takes the output from one thread, in its arrays. */
    Sink sink(ColumnArrays arrays);

    /** Returns what gives the gradient with respect to the output to one thread, in its arrays. */
    Source source(ColumnArrays arrays);

    /** Takes the output. */
    interface Sink {
        /** Returns the array into which a column is to be computed. */
        float[] array(int column);

        /**
         * Takes that array.
         *
         * @param row first row of the image whose numbers it has
         * @param rows number of rows, each {@code [channels, batch]}
         */
        void put(int column, int row, int rows);
    }

    /** Gives the gradient. */
    interface Source {
        /**
         * Writes columns to the thread's arrays.
         *
         * @param column the first one, which {@link ColumnArrays#DELTAS} receives; the others follow
         * @param count number of columns
         * @param row first row
         * @param rows number of rows, each {@code [channels, batch]}
         */
        void get(int column, int count, int row, int rows);
    }
}
