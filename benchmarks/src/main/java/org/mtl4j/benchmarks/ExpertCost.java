package org.mtl4j.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;

/** What a training step with experts costs beside hard sharing of as many weights, {@link InterleavedTiming}. */
final class ExpertCost {
    private static final int STEPS = 40;
    private static final int ROUNDS = 30;

    private ExpertCost() {}

    /** Measures; takes no arguments. */
    public static void main(String[] arguments) {
        ArrayBatches data = ExpertNetwork.noise(STEPS);
        Map<String, Runnable> kinds = new LinkedHashMap<>();
        for (ExpertNetwork kind : ExpertNetwork.values()) {
            Dl4jModel model = Dl4jModel.create(kind.network(), TrainingPlan.adam(1e-3));
            System.out.printf("%-16s %,9d weights%n", kind, model.network().parameters());
            kinds.put(kind.name(), () -> model.fit(data, FitOptions.epochs(1)));
        }
        InterleavedTiming.compare(kinds, ROUNDS, STEPS, "step");
    }
}
