package mtl.examples;

import mtl.train.TrainingPlan;
import picocli.CommandLine.Option;

/** Options of training that commands share; every default is what the figures in the README were made with. */
final class TrainingSettings {
    @Option(names = "--batch", description = "faces per step (default: ${DEFAULT-VALUE})", defaultValue = "64")
    int batch;

    @Option(names = "--rate", description = "learning rate of Adam (default: ${DEFAULT-VALUE})", defaultValue = "1e-3")
    double rate;

    @Option(
            names = "--decay",
            description = "factor of the rate after each epoch (default: ${DEFAULT-VALUE})",
            defaultValue = "0.9")
    double decay;

    @Option(
            names = "--size",
            description = "side of the crops in pixels (default: ${DEFAULT-VALUE})",
            defaultValue = "39")
    int size;

    @Option(
            names = "--own-share",
            description = "initial alpha of a tower's own activation (default: ${DEFAULT-VALUE})",
            defaultValue = "0.9")
    double ownShare;

    @Option(
            names = "--strength",
            description = "lambda_w of the weight relatedness (default: ${DEFAULT-VALUE})",
            defaultValue = "1e-3")
    double strength;

    TrainingPlan plan(long seed) {
        return TrainingPlan.adam(rate).decayedPerEpoch(decay).seed(seed);
    }

    /** All values, to tell whether two runs are alike. */
    String describe() {
        return "batch %d, rate %s, decay %s, size %d, own share %s, strength %s"
                .formatted(batch, rate, decay, size, ownShare, strength);
    }
}
