package org.mtl4j.data;

import java.util.Objects;
import org.mtl4j.internal.check.Check;

/** What a column of a table is for, unless it holds labels: see {@link Label}. */
public sealed interface Column {

    /** {@return the name of the column in the table} */
    String name();

    /**
     * A number, a feature. A missing one becomes the mean of the training rows, scaled as the others.
     *
     * @param name the name of the column
     * @param scaling how it is scaled
     * @param missingIndicator whether there is one more feature, 1 where the number is missing and else 0
     */
    record Number(String name, Scaling scaling, boolean missingIndicator) implements Column {
        /** Checks that nothing is null and the name not blank. */
        public Number {
            checkName(name);
            Objects.requireNonNull(scaling, "scaling");
        }
    }

    /**
     * One of several values, a feature: its code, for an embedding. Code 0 is for values that were not among the
     * training rows, 1 for missing ones (0 if no training row lacked the value), and those from 2 on are the training
     * rows' values, the most frequent first.
     *
     * @param name the name of the column
     * @param leastCount how often a value must be among the training rows to have a code of its own, at least 1: the
     *     rarer ones have code 0, which is trained by them
     * @param mostValues how many values have codes of their own at most, at least 1
     */
    record Category(String name, int leastCount, int mostValues) implements Column {
        /** @throws IllegalArgumentException if a number is below 1 */
        public Category {
            checkName(name);
            Check.atLeast(1, leastCount, "Column '%s': leastCount".formatted(name));
            Check.atLeast(1, mostValues, "Column '%s': mostValues".formatted(name));
        }
    }

    /** The weight of an example in losses and metrics, finite and at least 0; missing ones are refused. */
    record Weight(String name) implements Column {
        /** Checks that the name is not blank. */
        public Weight {
            checkName(name);
        }
    }

    /** No feature: rows with equal values are kept on one side of a split, such as those of one household. */
    record Group(String name) implements Column {
        /** Checks that the name is not blank. */
        public Group {
            checkName(name);
        }
    }

    /** Not used. */
    record Ignored(String name) implements Column {
        /** Checks that the name is not blank. */
        public Ignored {
            checkName(name);
        }
    }

    private static void checkName(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("Column: the name must not be blank");
        }
    }
}
