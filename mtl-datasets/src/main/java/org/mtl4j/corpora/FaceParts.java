package org.mtl4j.corpora;

import java.util.Objects;
import java.util.Optional;
import org.mtl4j.faces.FaceCorpus;

/**
 * Holds the parts that a published corpus is divided into by those who published it.
 *
 * @param training the faces to train on
 * @param validation the faces to choose by; empty if the corpus has no such part
 * @param testing the faces to measure on in the end; empty if the corpus has no such part
 */
public record FaceParts(FaceCorpus training, Optional<FaceCorpus> validation, Optional<FaceCorpus> testing) {
    /** Checks that none is null. */
    public FaceParts {
        Objects.requireNonNull(training, "training");
        Objects.requireNonNull(validation, "validation");
        Objects.requireNonNull(testing, "testing");
    }

    /**
     * {@return a corpus with training faces only}
     *
     * @param training the faces
     */
    public static FaceParts of(FaceCorpus training) {
        return new FaceParts(training, Optional.empty(), Optional.empty());
    }

    /**
     * {@return a corpus with training and testing faces}
     *
     * @param training the faces to train on
     * @param testing the faces to measure on
     */
    public static FaceParts of(FaceCorpus training, FaceCorpus testing) {
        return new FaceParts(training, Optional.empty(), Optional.of(testing));
    }
}
