package org.mtl4j.internal.random;

import java.util.Random;

/** Makes random orders that are the same on every platform. */
public final class Permutations {
    private Permutations() {}

    /**
     * {@return a permutation of 0 … count - 1, drawn from a seed and a number, such as that of an epoch, alone} By
     * Fisher and Yates with {@link Random}, whose algorithm its documentation fixes.
     */
    public static int[] shuffled(int count, long seed, long number) {
        Random random = new Random(Seeds.mixed(seed, number));
        int[] order = identity(count);
        for (int i = count - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int swap = order[i];
            order[i] = order[other];
            order[other] = swap;
        }
        return order;
    }

    /** {@return 0 … count - 1, in this order} */
    public static int[] identity(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        return order;
    }
}
