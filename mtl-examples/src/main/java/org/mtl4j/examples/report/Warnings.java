package org.mtl4j.examples.report;

import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Set;

/**
 * Forgives what fails for a reason of its own after a result is safe, such as a page, or a picture where there are no
 * fonts: each reason is told once, with what to do about it.
 */
public final class Warnings {
    private final PrintWriter out;
    private final Set<String> told = new HashSet<>();

    /** Something that may fail. */
    @FunctionalInterface
    public interface Work {
        /** Does it. */
        void run() throws Exception;
    }

    /**
     * Makes warnings of one run.
     *
     * @param out where they go
     */
    public Warnings(PrintWriter out) {
        this.out = out;
    }

    /**
     * Does something that must not end a run, and tells if it fails, by an Error too: a Java runtime without fonts, or
     * without a module, throws one.
     *
     * @param what is not there if it fails
     */
    public void attempt(String what, Work work) {
        try {
            work.run();
        } catch (Throwable e) { // also memory that pictures have no room in: the result has been written
            tell(what, e);
        }
    }

    /**
     * Tells that something is not there, unless the reason has been told.
     *
     * @param what is not there
     */
    public synchronized void tell(String what, Throwable failure) {
        if (told.add(Problem.remedy(failure).orElseGet(() -> Problem.of(failure)))) {
            out.printf("warning: %s could not be made, and is left out: %s%n", what, Problem.of(failure));
            out.flush();
        }
    }
}
