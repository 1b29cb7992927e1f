package org.mtl4j.benchmarks;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;

/**
 * What sharing adds to a training step: the poster's network without it, with stitches, and with stitches and
 * relatedness, {@link InterleavedTiming}.
 */
final class SharingCost {
    private static final int BATCH = 128;
    private static final int STEPS = 30;
    private static final int ROUNDS = 45;

    private SharingCost() {}

    /** Measures; takes no arguments. */
    public static void main(String[] arguments) {
        ListBatches data =
                ListBatches.of(Collections.nCopies(STEPS, PosterNetwork.noise(BATCH, 2, PosterNetwork.SIZE)));
        Map<String, Runnable> kinds = new LinkedHashMap<>();
        for (PosterNetwork.Sharing kind : PosterNetwork.Sharing.values()) {
            Dl4jModel model = Dl4jModel.create(
                    PosterNetwork.of(2, PosterNetwork.SIZE, kind), TrainingPlan.adam(PosterNetwork.RATE));
            kinds.put(kind.name(), () -> model.fit(data, FitOptions.epochs(1)));
        }
        InterleavedTiming.compare(kinds, ROUNDS, STEPS, "step");
    }
}
