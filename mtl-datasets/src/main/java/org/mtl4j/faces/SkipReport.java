package org.mtl4j.faces;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Collects what was left out of a corpus because it was broken: lines of lists, and faces whose images cannot be read,
 * are too large for the memory or whose boxes lie outside. Given to a reader or to {@link FaceCrops.Builder#skipReport}
 * it also asks for leaving out; without one, the first fault is an exception. One report can go through all stages.
 *
 * <p>All faults are counted; the first 1,000 are kept in words. Safe for use by several threads.
 */
public final class SkipReport {

    /** How many faults are kept in words. */
    public static final int MAX_KEPT = 1000;

    private final List<Skipped> kept = new ArrayList<>();
    private long count;

    /** Starts a report in which there is nothing yet. */
    public SkipReport() {}

    /**
     * One thing that was left out.
     *
     * @param place where it stands: a file and a line, or a sample
     * @param problem what is wrong with it
     */
    public record Skipped(String place, String problem) {
        /**
         * Checks that neither is null.
         *
         * @param place where it stands: a file and a line, or a sample
         * @param problem what is wrong with it
         */
        public Skipped {
            Objects.requireNonNull(place, "place");
            Objects.requireNonNull(problem, "problem");
        }

        @Override
        public String toString() {
            return place + ": " + problem;
        }
    }

    /**
     * Adds something that was left out.
     *
     * @param place where it stands
     * @param problem what is wrong with it
     */
    public synchronized void add(String place, String problem) {
        Skipped skipped = new Skipped(place, problem);
        count++;
        if (kept.size() < MAX_KEPT) {
            kept.add(skipped);
        }
    }

    /** {@return how many things were left out} */
    public synchronized long count() {
        return count;
    }

    /** {@return the first things that were left out, at most {@link #MAX_KEPT}, in order; a copy} */
    public synchronized List<Skipped> skipped() {
        return ImmutableList.copyOf(kept);
    }

    /** {@return the number, and the faults that are kept line by line} */
    @Override
    public synchronized String toString() {
        StringBuilder text = new StringBuilder("%s skipped".formatted(count));
        kept.forEach(skipped -> text.append('\n').append(skipped));
        if (count > kept.size()) {
            text.append("\n… and %s more".formatted(count - kept.size()));
        }
        return text.toString();
    }
}
