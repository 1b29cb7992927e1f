package org.mtl4j.dl4j.tune;

import java.util.ArrayList;
import java.util.List;

/**
 * Says how many choices of hyperparameters are tried, and for how long.
 *
 * @param trials how many, at least 1
 * @param epochs for how long those are trained that get to the end, at least 1
 * @param firstEpochs after how many epochs the first of them are given up; {@code epochs} for none
 * @param factor one in so many goes on, for as many times as long; at least 2
 */
public record Search(int trials, int epochs, int firstEpochs, int factor) {
    /** @throws IllegalArgumentException if a number is out of its range */
    public Search {
        if (trials < 1 || epochs < 1 || firstEpochs < 1 || firstEpochs > epochs || factor < 2) {
            throw new IllegalArgumentException(
                    ("Search: trials must be at least 1, firstEpochs from 1 to epochs, factor at least 2; got %d, %d"
                                    + " of %d, %d")
                            .formatted(trials, firstEpochs, epochs, factor));
        }
    }

    /** {@return random search (Bergstra and Bengio, JMLR 2012): every trial goes to the end} */
    public static Search random(int trials, int epochs) {
        return new Search(trials, epochs, epochs, 2);
    }

    /**
     * {@return successive halving (Jamieson and Talwalkar, AISTATS 2016; with the factor of Li et al., Hyperband, JMLR
     * 2018)} All trials go on for {@code firstEpochs}, of these the best one in {@code factor} for {@code factor} times
     * as long, and so on to {@code epochs}.
     */
    public static Search halving(int trials, int firstEpochs, int epochs, int factor) {
        return new Search(trials, epochs, firstEpochs, factor);
    }

    /**
     * Describes one round of a search.
     *
     * @param trials how many trials take part
     * @param epochs for how long they have been trained at its end
     */
    public record Rung(int trials, int epochs) {}

    /** {@return the rounds, in order} */
    public List<Rung> rungs() {
        List<Rung> rungs = new ArrayList<>();
        int left = trials;
        long length = firstEpochs;
        while (length < epochs && left > 1) {
            rungs.add(new Rung(left, (int) length));
            left = Math.max(1, left / factor);
            length *= factor;
        }
        rungs.add(new Rung(left, epochs));
        return rungs;
    }
}
