package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.mtl4j.faces.FaceCorpus;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Selects the faces to train and to validate on; commands share these options. */
final class CorpusOptions {
    private static final String FRACTION = "split.validation";
    private static final String SEED = "split.seed";

    @Option(
            names = "--corpus",
            paramLabel = "DIR",
            description = "the folder of a corpus in its published form; synthetic faces otherwise")
    private Path corpus;

    @Option(
            names = "--form",
            paramLabel = "NAME",
            description =
                    "of the corpus, and what synthetic faces are marked with: mtfl, ibug-68 (300-W), wflw, celeba,"
                            + " celeba-in-the-wild or aflw (default: ${DEFAULT-VALUE})",
            defaultValue = "mtfl")
    private CorpusForm form;

    @Option(
            names = "--faces",
            description = "number of synthetic faces (default: ${DEFAULT-VALUE})",
            defaultValue = "3000")
    private int faces;

    @Option(
            names = "--validation",
            description = "fraction of the faces held back to measure on; 0 trains on all (default: ${DEFAULT-VALUE})",
            defaultValue = "0.2")
    private double validation;

    @Option(
            names = "--split-seed",
            description = "seed of the split into training and validation faces (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private long splitSeed;

    /** Rejects what has no meaning beside a corpus. */
    void check(CommandSpec spec) {
        if (!synthetic() && spec.commandLine().getParseResult().hasMatchedOption("--faces")) {
            throw new ParameterException(
                    spec.commandLine(), "--faces is the number of synthetic faces; with --corpus there are none");
        }
    }

    /** Reads the faces and divides them. */
    FaceCorpus.Split split(SkipBrokenOption options) throws IOException {
        FaceCorpus all = synthetic()
                ? CorpusLoader.synthetic(form, faces, splitSeed)
                : CorpusLoader.part(form, corpus, CorpusForm.Part.TRAINING, options);
        return all.split(validation, splitSeed);
    }

    /**
     * Divides the faces for a command that measures what it has trained.
     *
     * @throws ParameterException if no face is held back
     */
    FaceCorpus.Split splitToMeasure(SkipBrokenOption options, CommandSpec spec) throws IOException {
        FaceCorpus.Split split = split(options);
        if (split.validation().size() == 0) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--validation %s holds no face back to measure on, and '%s' needs some"
                            .formatted(validation, spec.name()));
        }
        return split;
    }

    /** {@return how the faces were divided, to be stored with a model} */
    Map<String, String> splitToMap() {
        return Map.of(FRACTION, String.valueOf(validation), SEED, String.valueOf(splitSeed));
    }

    /**
     * Selects the faces that were held back when a model was trained.
     *
     * @param all the faces that were split
     * @param stored what {@link #splitToMap} gave then
     * @throws IllegalArgumentException if it is not there
     */
    static FaceCorpus heldBack(FaceCorpus all, Map<String, String> stored) {
        if (!stored.containsKey(FRACTION) || !stored.containsKey(SEED)) {
            throw new IllegalArgumentException(
                    "the model does not say how its faces were split; train stores '%s' and '%s'"
                            .formatted(FRACTION, SEED));
        }
        return all.split(Double.parseDouble(stored.get(FRACTION)), Long.parseLong(stored.get(SEED)))
                .validation();
    }

    /** {@return the form of the corpus} */
    CorpusForm form() {
        return form;
    }

    /** Tells whether the faces are drawn. */
    boolean synthetic() {
        return corpus == null;
    }

    /**
     * These options' part of a {@link RunIdentity}: with the faces themselves, which {@link TrainingFaces.Identity}
     * tells apart, all that they decide.
     *
     * @param splitSeed seed of the split, which decides the order of the faces too
     */
    record Identity(long splitSeed) {}

    Identity identity() {
        return new Identity(splitSeed);
    }

    /** {@return what the faces are, in a word for people} */
    String describe() {
        return synthetic() ? "synthetic" : "corpus " + corpus.getFileName();
    }
}
