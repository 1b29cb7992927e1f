package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Holds what the commands that train have in common: options, and the checks of these. */
abstract class TrainingCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec;

    @Mixin
    TrainingOptions training;

    @Mixin
    CorpusOptions corpus;

    @Mixin
    ReportOptions reporting;

    /**
     * Gathers everything that decides the result.
     *
     * @param faces as the options select them
     */
    abstract RunIdentity identity(TrainingFaces faces);

    /**
     * Reads the faces that the options select, of which some must be held back to measure on.
     *
     * @throws ParameterException if none is
     */
    TrainingFaces faces() throws IOException {
        return TrainingFaces.crop(corpus.splitToMeasure(training.skipBroken, spec), training, console());
    }

    /** {@return where commands print to} */
    final PrintWriter console() {
        return spec.commandLine().getOut();
    }

    /** {@return the exception for a command line that is not understood} */
    final ParameterException usageError(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** Rejects an option, if it is given, that would be without effect. */
    final void rejectOption(String option, String reason) {
        if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
            throw usageError("%s has no effect: %s".formatted(option, reason));
        }
    }

    /**
     * Checks the options that all these commands have.
     *
     * @throws IOException if the report cannot be written where it is to go
     */
    final void checkSharedOptions() throws IOException {
        corpus.check(spec);
        training.check(spec);
        reporting.requireWritable();
    }
}
