package mtl.faces;

import java.util.Random;

/** Random orders that are the same on every platform. */
final class Order {

    private Order() {}

    /**
     * A permutation of 0 … count - 1, drawn from seed and round alone: Fisher-Yates with {@link Random}, whose algorithm
     * its documentation fixes.
     */
    static int[] shuffled(int count, long seed, int round) {
        Random random = new Random(mix(mix(seed) + round));
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

    /** SplitMix64's finishing step: neighbouring seeds become unrelated ones. */
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
