package org.mtl4j.spark;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/** Numbers the elements of an RDD, one partition after the other. */
final class PartitionStarts {
    private PartitionStarts() {}

    /** {@return by one job, the number of each partition's first element, and behind them how many there are} */
    static <T> long[] of(JavaRDD<T> elements) {
        List<Long> counts = elements.mapPartitions(partition -> {
                    long count = 0;
                    for (; partition.hasNext(); count++) {
                        partition.next();
                    }
                    return List.of(count).iterator();
                })
                .collect();
        long[] starts = new long[counts.size() + 1];
        for (int i = 0; i < counts.size(); i++) {
            starts[i + 1] = starts[i] + counts.get(i);
        }
        return starts;
    }
}
