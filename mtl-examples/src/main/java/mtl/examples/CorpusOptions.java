package mtl.examples;

import java.io.IOException;
import java.nio.file.Path;
import mtl.faces.FaceCorpus;
import mtl.mtfl.MtflReader;
import picocli.CommandLine.Option;

/** Options for which faces there are to train and to validate on, which commands share. */
final class CorpusOptions {
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
            description = "share of the faces held back to measure on (default: ${DEFAULT-VALUE})",
            defaultValue = "0.2")
    private double validation;

    @Option(
            names = "--split-seed",
            description = "seed of the split into training and validation faces (default: ${DEFAULT-VALUE})",
            defaultValue = "1")
    private long splitSeed;

    FaceCorpus.Split split(MtflReader reader) throws IOException {
        FaceCorpus all = synthetic() ? Faces.synthetic(faces, splitSeed) : Faces.training(corpus, reader);
        return all.split(validation, splitSeed);
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
