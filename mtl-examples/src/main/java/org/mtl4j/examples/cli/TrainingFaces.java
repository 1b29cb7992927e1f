package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import org.mtl4j.faces.FaceCorpus;
import org.mtl4j.faces.FaceCrop;
import org.mtl4j.faces.FaceCrops;

/**
 * The faces of a run, cut out.
 *
 * @param training those that are trained on, with the labels that are used
 * @param validation those that are held back to measure on; there may be none
 */
record TrainingFaces(FaceCrops training, FaceCrops validation) {

    /** Cuts the faces out as the options say, and prints which were left out because they are broken. */
    static TrainingFaces crop(FaceCorpus.Split split, TrainingOptions options, PrintWriter console) throws IOException {
        FaceCrop crop = options.crop();
        FaceCrops training = options.training(split.training(), crop);
        FaceCrops validation = options.validating(split.validation(), crop);
        options.skipBroken.print(console);
        options.use(training.corpus().layout());
        return new TrainingFaces(training, validation);
    }

    /**
     * The faces' part of a {@link RunIdentity}.
     *
     * @param trainingFaces how many are trained on
     * @param trainingSha256 fingerprint of these
     * @param validationFaces how many are held back
     * @param validationSha256 fingerprint of these
     */
    record Identity(int trainingFaces, String trainingSha256, int validationFaces, String validationSha256) {}

    /** Computes the faces' part of a run's identity. */
    Identity identity() {
        return new Identity(training.size(), training.fingerprint(), validation.size(), validation.fingerprint());
    }
}
