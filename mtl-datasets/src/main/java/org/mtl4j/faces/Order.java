package org.mtl4j.faces;

import java.util.Random;

/** Random orders that are the same on every platform. */
final class Order {

    private Order() {}

    /**
     * A permutation of 0 … count - 1, drawn from seed and round alone: Fisher-Yates with {@link Random}, whose algorithm
     * its documentation fixes.
     */
    static int[] shuffled(int count, long seed, int round) {
        Random random = new Random(RandomStream.mix(RandomStream.mix(seed) + round));
        int[] order = inOrder(count);
        for (int i = count - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int swap = order[i];
            order[i] = order[other];
            order[other] = swap;
        }
        return order;
    }

    static int[] inOrder(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        return order;
    }
}
