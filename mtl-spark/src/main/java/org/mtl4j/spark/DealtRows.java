package org.mtl4j.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.internal.random.Seeds;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import scala.Tuple2;

/**
 * Deals rows among shards by a hash of row and seed, so that what is trained does not depend on how the rows lay: not
 * on their partitions, not on the order or number of files, and, but for rounding, not on the number of shards.
 *
 * <p>All rows together have one order, by their hashes, and from it a random one for each epoch, of which a step takes
 * the next {@code batchSize}, whichever shards these rows are in. Each shard has as many rows as any other, or one
 * more; how many of a step's are in it is left to chance.
 *
 * <pre>{@code
 * JavaRDD<TrainingShard> shards = DealtRows.deal(rows, decoder, 8, 256, seed); // 256 rows in a step, of all 8 together
 * try (SparkWorkers workers = SparkWorkers.of(context, model, shards)) {
 *     model.fit(workers, Averaging.gradients(), FitOptions.epochs(25));
 * }
 * }</pre>
 */
public final class DealtRows {
    /** That the place of a row in an epoch's order and its index in its shard fit one number. */
    private static final long MOST_ROWS = 1L << 32;

    private DealtRows() {}

    /** Makes a batch of rows. */
    @FunctionalInterface
    public interface Decoder extends Serializable {
        /**
         * {@return these rows as the network takes them}
         *
         * @param rows at least one, none of them is changed
         */
        MultiDataSet batch(List<byte[]> rows);
    }

    /**
     * Deals rows. The rows are looked at by three jobs, the last of which is that of whoever uses the shards; all of
     * them find the same rows if the RDD is the same each time that it is computed.
     *
     * @param rows as bytes, features and labels: rows with the same bytes are the same row, and compact ones, such as
     *     codes in place of one-hot vectors, are sent and kept in less room
     * @param decoder makes batches of them where the shards are
     * @param shards how many, at least 1 and at most as many as there are rows
     * @param batchSize rows of all shards together in a step, at least 1
     * @param seed of the order of the rows
     * @return one shard for each partition
     * @throws IllegalArgumentException if a number is below 1, or there is no row, or fewer than shards, or more than
     *     2³²
     */
    public static JavaRDD<TrainingShard> deal(
            JavaRDD<byte[]> rows, Decoder decoder, int shards, int batchSize, long seed) {
        if (shards < 1 || batchSize < 1) {
            throw new IllegalArgumentException(
                    "rows are dealt among at least 1 shard, at least 1 of them a step, got %d shards and %d rows"
                            .formatted(shards, batchSize));
        }
        JavaRDD<byte[]> inOrder = rows.mapToPair(row -> new Tuple2<>(withHash(row, seed), true))
                .repartitionAndSortWithinPartitions(new ByHash(shards), new InOrderOfBytes())
                .keys();
        long[] firsts = PartitionStarts.of(inOrder);
        long count = firsts[firsts.length - 1];
        if (count < shards || count > MOST_ROWS) {
            throw new IllegalArgumentException(
                    count == 0
                            ? "there is no row to be dealt among %d shards".formatted(shards)
                            : count < shards
                                    ? "%d rows are too few for %d shards".formatted(count, shards)
                                    : "%d rows are more than 2^32, which a run can have".formatted(count));
        }
        JavaRDD<Tuple2<Long, byte[]>> ranked = inOrder.mapPartitionsWithIndex(
                (partition, ofPartition) -> new Ranking(ofPartition, firsts[partition]), false);
        return JavaPairRDD.fromJavaRDD(ranked)
                .repartitionAndSortWithinPartitions(new ByRank(shards), new InOrderOfNumbers())
                .values()
                .mapPartitionsWithIndex(
                        (index, dealt) -> {
                            List<byte[]> all = new ArrayList<>();
                            dealt.forEachRemaining(all::add);
                            TrainingShard shard = new DealtShard(
                                    all.toArray(byte[][]::new), decoder, index, shards, count, batchSize, seed);
                            return List.of(shard).iterator();
                        },
                        true);
    }

    static byte[] withHash(byte[] row, long seed) {
        return ByteBuffer.allocate(Long.BYTES + row.length)
                .putLong(Seeds.ofBytes(seed, row))
                .put(row)
                .array();
    }

    /** Numbers the rows of a partition, and leaves out their hashes. */
    private static final class Ranking implements Iterator<Tuple2<Long, byte[]>> {
        private final Iterator<byte[]> rows;
        private long next;

        Ranking(Iterator<byte[]> rows, long first) {
            this.rows = rows;
            this.next = first;
        }

        @Override
        public boolean hasNext() {
            return rows.hasNext();
        }

        @Override
        public Tuple2<Long, byte[]> next() {
            byte[] row = rows.next();
            return new Tuple2<>(next++, Arrays.copyOfRange(row, Long.BYTES, row.length));
        }
    }

    /** Parts hashes, without signs, into ranges of equal width, so that partitions in order are rows in order. */
    private static final class ByHash extends Partitioner {
        private static final long serialVersionUID = 1L;

        private final int count;

        ByHash(int count) {
            this.count = count;
        }

        @Override
        public int numPartitions() {
            return count;
        }

        @Override
        public int getPartition(Object key) {
            long hash = ByteBuffer.wrap((byte[]) key).getLong();
            return (int) ((hash >>> 33) * count >>> 31);
        }
    }

    /** Deals ranks in turn. */
    private static final class ByRank extends Partitioner {
        private static final long serialVersionUID = 1L;

        private final int count;

        ByRank(int count) {
            this.count = count;
        }

        @Override
        public int numPartitions() {
            return count;
        }

        @Override
        public int getPartition(Object key) {
            return (int) ((Long) key % count);
        }
    }

    private static final class InOrderOfBytes implements Comparator<byte[]>, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public int compare(byte[] a, byte[] b) {
            return Arrays.compareUnsigned(a, b);
        }
    }

    private static final class InOrderOfNumbers implements Comparator<Long>, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public int compare(Long a, Long b) {
            return a.compareTo(b);
        }
    }
}
