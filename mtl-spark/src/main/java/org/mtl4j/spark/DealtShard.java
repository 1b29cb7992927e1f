package org.mtl4j.spark;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.internal.random.LazyPermutation;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * One shard of {@link DealtRows}: of all rows in the order of their hashes those whose rank leaves its number when it
 * is divided by the number of shards. The place of each in the order of an epoch follows from seed, epoch and rank
 * alone.
 */
final class DealtShard implements TrainingShard {
    private static final long serialVersionUID = 1L;

    /** Where the index of a row in the shard stands in a number, behind its place in the order. */
    private static final int INDEX_BITS = 31;

    private final byte[][] rows;
    private final DealtRows.Decoder decoder;
    private final int number;
    private final int shards;
    private final long count;
    private final int batchSize;
    private final long seed;

    /** The order of the epoch that was asked for last; null until one is. */
    private transient @Nullable Order order;

    /** By place in the order of an epoch the rows of the shard, each a place and an index. */
    private record Order(int epoch, long[] placesAndIndices) {}

    DealtShard(byte[][] rows, DealtRows.Decoder decoder, int number, int shards, long count, int batchSize, long seed) {
        long expected = (count - number + shards - 1) / shards;
        if (rows.length != expected) {
            throw new IllegalStateException(("shard %d of %d has %d rows, and %d were dealt to it; "
                            + "the rows have changed meanwhile, or are other"
                            + " ones each time that they are computed")
                    .formatted(number + 1, shards, rows.length, expected));
        }
        this.rows = rows;
        this.decoder = decoder;
        this.number = number;
        this.shards = shards;
        this.count = count;
        this.batchSize = batchSize;
        this.seed = seed;
    }

    @Override
    public OptionalInt steps(int epoch) {
        return OptionalInt.of(Math.toIntExact((count + batchSize - 1) / batchSize));
    }

    @Override
    public Optional<MultiDataSet> batch(int epoch, int step) {
        long[] inOrder = order(epoch);
        int from = firstAt((long) step * batchSize, inOrder);
        int to = firstAt((step + 1L) * batchSize, inOrder);
        if (from == to) {
            return Optional.empty();
        }
        List<byte[]> ofStep = Arrays.stream(inOrder, from, to)
                .mapToObj(row -> rows[(int) (row & ((1L << INDEX_BITS) - 1))])
                .toList();
        return Optional.of(decoder.batch(ofStep));
    }

    private synchronized long[] order(int epoch) {
        if (order == null || order.epoch != epoch) {
            LazyPermutation places = new LazyPermutation(count, seed, epoch);
            long[] all = new long[rows.length];
            for (int i = 0; i < all.length; i++) {
                all[i] = places.placeOf(number + (long) i * shards) << INDEX_BITS | i;
            }
            Arrays.sort(all);
            order = new Order(epoch, all);
        }
        return order.placesAndIndices;
    }

    /** {@return how many rows of the shard stand before this place} */
    private static int firstAt(long place, long[] inOrder) {
        if (place >= 1L << 32) {
            return inOrder.length;
        }
        int found = Arrays.binarySearch(inOrder, place << INDEX_BITS);
        return found >= 0 ? found : -found - 1;
    }

    @Override
    public String toString() {
        return "DealtShard[%s of %s, %s of %s rows]".formatted(number + 1, shards, rows.length, count);
    }
}
