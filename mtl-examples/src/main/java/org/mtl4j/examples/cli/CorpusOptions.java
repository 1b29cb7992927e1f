package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.mtfl.MtflReader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options for which faces there are to train and to validate on, which commands share. */
final class CorpusOptions {
    private static final String SHARE = "split.validation";
    private static final String SEED = "split.seed";

    @Option(
            names = "--corpus",
            paramLabel = "DIR",
            description = "MTFL faces in their official layout; synthetic faces otherwise")
    private Path corpus;

    @Option(
            names = "--faces",
            description = "number of synthetic faces (default: ${DEFAULT-VALUE})",
            defaultValue = "3000")
    private int faces;

    @Option(
            names = "--validation",
            description = "share of the faces held back to measure on; 0 trains on all (default: ${DEFAULT-VALUE})",
            defaultValue = "0.2")
    private double validation;

    @Option(
            names = "--split-seed",
            description = "seed of the split into training and validation faces (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private long splitSeed;

    /** Refuses what has no meaning beside a corpus. */
    void check(CommandSpec spec) {
        if (!synthetic() && spec.commandLine().getParseResult().hasMatchedOption("--faces")) {
            throw new ParameterException(
                    spec.commandLine(), "--faces is the number of synthetic faces; with --corpus there are none");
        }
    }

    FaceCorpus.Split split(MtflReader reader) throws IOException {
        FaceCorpus all = synthetic() ? Faces.synthetic(faces, splitSeed) : Faces.training(corpus, reader);
        return all.split(validation, splitSeed);
    }

    /**
     * A split for a command that measures what it has trained.
     *
     * @throws ParameterException if no face is held back
     */
    FaceCorpus.Split splitToMeasure(MtflReader reader, CommandSpec spec) throws IOException {
        FaceCorpus.Split split = split(reader);
        if (split.validation().size() == 0) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--validation %s holds no face back to measure on, and '%s' needs some"
                            .formatted(validation, spec.name()));
        }
        return split;
    }

    /** The split, to be stored with a model. */
    Map<String, String> splitToMap() {
        return Map.of(SHARE, String.valueOf(validation), SEED, String.valueOf(splitSeed));
    }

    /**
     * The faces that were held back when a model was trained.
     *
     * @param all the faces that were split
     * @param stored what {@link #splitToMap} gave then
     * @throws IllegalArgumentException if it is not there
     */
    static FaceCorpus heldBack(FaceCorpus all, Map<String, String> stored) {
        if (!stored.containsKey(SHARE) || !stored.containsKey(SEED)) {
            throw new IllegalArgumentException(
                    "the model does not say how its faces were split; train stores '%s' and '%s'"
                            .formatted(SHARE, SEED));
        }
        return all.split(Double.parseDouble(stored.get(SHARE)), Long.parseLong(stored.get(SEED)))
                .validation();
    }

    boolean synthetic() {
        return corpus == null;
    }

    long splitSeed() {
        return splitSeed;
    }

    /** What the faces are, in a word. */
    String describe() {
        return synthetic() ? "synthetic" : "corpus " + corpus.getFileName();
    }
}
