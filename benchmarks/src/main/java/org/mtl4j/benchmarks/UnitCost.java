package org.mtl4j.benchmarks;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;

/**
 * What a training step costs with each kind of unit, beside hard sharing of as many parameters, and NDDR beside its
 * arithmetic in a plain network: {@link InterleavedTiming}.
 */
final class UnitCost {
    private static final int BATCH = 128;
    private static final int STEPS = 10;

    private UnitCost() {}

    /** Measures; takes the number of rounds, 30 unless told otherwise. */
    public static void main(String[] arguments) {
        int rounds = arguments.length == 0 ? 30 : Integer.parseInt(arguments[0]);
        for (UnitNetwork.Unit unit : UnitNetwork.Unit.values()) {
            MultiTaskNetwork joined = UnitNetwork.joined(unit);
            MultiTaskNetwork hard = UnitNetwork.hardSharing(joined.parameters());
            System.out.printf(
                    Locale.ROOT,
                    "%n%s: %,d parameters, hard sharing %,d%n",
                    unit,
                    joined.parameters(),
                    hard.parameters());
            Map<String, Runnable> kinds = new LinkedHashMap<>();
            kinds.put("hard sharing", training(hard));
            kinds.put(unit.name(), training(joined));
            InterleavedTiming.compare(kinds, rounds, STEPS, "step");
        }
        for (boolean images : new boolean[] {true, false}) {
            for (boolean normalized : new boolean[] {false, true}) {
                System.out.printf(
                        "%nNDDR on %s, %s%n",
                        images ? "images" : "vectors", normalized ? "normalised, ReLU" : "the mix alone");
                Map<String, Runnable> kinds = new LinkedHashMap<>();
                kinds.put("plain layers", training(UnitNetwork.arithmetic(images, normalized, true)));
                kinds.put("NDDR", training(UnitNetwork.arithmetic(images, normalized, false)));
                InterleavedTiming.compare(kinds, rounds, STEPS, "step");
            }
        }
    }

    private static Runnable training(MultiTaskNetwork network) {
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-3));
        ListBatches data = ListBatches.of(Collections.nCopies(STEPS, UnitNetwork.noise(BATCH, network.input())));
        return () -> model.fit(data, FitOptions.epochs(1));
    }
}
