package org.mtl4j.benchmarks;

import java.io.IOException;
import java.util.Collections;
import java.util.Locale;
import org.mtl4j.benchmarks.PosterNetwork.Sharing;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.dataset.MultiDataSet;

/**
 * Trains the poster's network for 20,000 steps of 32 faces and prints the resident memory of the process after every
 * thousand. Linux only.
 */
public final class MemoryOverSteps {
    private static final int STEPS_PER_LINE = 1_000;
    private static final int LINES = 20;
    private static final int BATCH = 32;

    private MemoryOverSteps() {}

    /** Measures; takes no arguments. */
    public static void main(String[] args) throws IOException {
        Dl4jModel model = Dl4jModel.create(
                PosterNetwork.of(2, PosterNetwork.SIZE, Sharing.STITCHES_AND_RELATEDNESS),
                TrainingPlan.adam(PosterNetwork.RATE));
        MultiDataSet batch = PosterNetwork.noise(BATCH, 2, PosterNetwork.SIZE);
        for (int line = 1; line <= LINES; line++) {
            model.fit(ListBatches.of(Collections.nCopies(STEPS_PER_LINE, batch)), FitOptions.epochs(1));
            System.out.printf(
                    Locale.ROOT,
                    "step %d: %.0f MB%n",
                    line * STEPS_PER_LINE,
                    ProcessMemory.resident().orElse(Double.NaN));
        }
    }
}
