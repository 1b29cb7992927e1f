package org.mtl4j.dl4j.internal.cpu;

/**
 * Takes the gradient with respect to images that lie as {@link BatchLast} says, position by position in the order in
 * which they lie, and need not have all of them at a time. {@link #close} comes when all positions have been taken.
 */
public interface GradientByPosition {
    /** What one thread hands over; each position is of one part. */
    interface Part {
        /**
         * Takes some of a position's numbers. Those of one position come in order, and before those of the next.
         *
         * @param position column times rows plus row
         * @param at which of the position's numbers is the first of these
         * @param numbers of channels and examples; not kept
         */
        void put(int position, int at, float[] numbers);

        /** All numbers of this position have been put. */
        void complete(int position);
    }

    /** @param part counted from 0 */
    Part part(int part);

    /** Nothing more comes. */
    void close();
}
