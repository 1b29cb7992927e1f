package org.mtl4j.dl4j.internal.cpu;

/**
 * Receives the gradient with respect to {@linkplain BatchLastLayout batch-last} images position by position while it is
 * computed, so that it need never be stored as a whole. {@link #close} is called when all positions have been put.
 */
public interface GradientSink {
    /** Receives the positions that one thread computes; each position belongs to one part. */
    interface Part {
        /**
         * Receives a block of a position's numbers. Blocks of one position come in order, and before those of the next.
         *
         * @param position column * height + row
         * @param at offset of the block within the position
         * @param numbers gradients by channel and example, example fastest; not kept
         */
        void put(int position, int at, float[] numbers);

        /** Ends a position, all numbers of which have been put. */
        void complete(int position);
    }

    /**
     * Returns what receives the positions of one thread.
     *
     * @param part index of the thread, from 0
     */
    Part part(int part);

    /** Ends the gradient. */
    void close();
}
