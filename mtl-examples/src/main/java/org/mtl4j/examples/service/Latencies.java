package org.mtl4j.examples.service;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts how long requests took, by powers of the fourth root of 2 from a microsecond on, for any number of threads.
 * Takes the same memory however many there are.
 */
final class Latencies {
    private static final int PER_DOUBLING = 4;
    private static final int CLASSES = 30 * PER_DOUBLING; // up to a quarter of an hour

    private final LongAdder[] counts = new LongAdder[CLASSES];
    private final LongAdder nanoseconds = new LongAdder();

    Latencies() {
        for (int i = 0; i < CLASSES; i++) {
            counts[i] = new LongAdder();
        }
    }

    void add(long taken) {
        nanoseconds.add(taken);
        double micros = Math.max(1, taken / 1e3);
        int of = (int) (PER_DOUBLING * Math.log(micros) / Math.log(2));
        counts[Math.min(CLASSES - 1, of)].increment();
    }

    /** {@return what all requests took together, in seconds} */
    double sum() {
        return nanoseconds.sum() / 1e9;
    }

    long count() {
        long sum = 0;
        for (LongAdder each : counts) {
            sum += each.sum();
        }
        return sum;
    }

    /**
     * {@return what this part of the requests took at most, in seconds, up to a fifth too much; NaN if there are none}
     */
    double quantile(double part) {
        long all = count();
        long seen = 0;
        for (int i = 0; i < CLASSES; i++) {
            seen += counts[i].sum();
            if (seen > 0 && seen >= part * all) {
                return Math.pow(2, (i + 1.0) / PER_DOUBLING) / 1e6;
            }
        }
        return Double.NaN;
    }
}
