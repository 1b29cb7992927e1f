package org.mtl4j.benchmarks;

import java.util.List;
import java.util.function.UnaryOperator;
import org.mtl4j.balance.DynamicWeightAverage;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.train.FitOptions;

/**
 * A way in which several losses become one step.
 *
 * @param name for tables
 * @param kind what it goes by
 * @param options gives options of {@code fit} with it
 */
record BalanceChoice(String name, Kind kind, UnaryOperator<FitOptions> options) {
    /** What a choice goes by. */
    enum Kind {
        /** Fixed weights: the plain step. */
        FIXED,
        /** The losses of epochs or steps. */
        LOSSES,
        /** The losses before and after each step. */
        LOSSES_TWICE,
        /** The tasks' gradients. */
        GRADIENTS
    }

    /** All λ as they are. */
    static final BalanceChoice EQUAL = new BalanceChoice("equal weights", Kind.FIXED, options -> options);

    /** {@return every choice that the library has, with its defaults, {@link #EQUAL} first} */
    static List<BalanceChoice> all() {
        return List.of(
                EQUAL,
                new BalanceChoice(
                        "DWA", Kind.LOSSES, options -> options.withLossWeighting(new DynamicWeightAverage(2))),
                weighting("RLW", StepWeighting.random()),
                weighting("GLS", StepWeighting.geometric()),
                weighting("logarithmic", StepWeighting.logarithmic()),
                weighting("uncertainty", StepWeighting.uncertainty()),
                weighting("IMTL-L", StepWeighting.imtlL()),
                weighting("STCH", StepWeighting.smoothTchebycheff(1, 1)),
                weighting("GO4Align", StepWeighting.go4Align()),
                new BalanceChoice(
                        "FAMO", Kind.LOSSES_TWICE, options -> options.withStepWeighting(StepWeighting.famo())),
                balance("MGDA", GradientBalance.mgda()),
                balance("PCGrad", GradientBalance.pcGrad()),
                balance("GradVac", GradientBalance.gradVac()),
                balance("CAGrad", GradientBalance.caGrad()),
                balance("IMTL-G", GradientBalance.imtlG()),
                balance("Nash-MTL", GradientBalance.nashMtl()),
                balance("FairGrad", GradientBalance.fairGrad(2)),
                balance("Aligned-MTL", GradientBalance.alignedMtl()),
                balance("UPGrad", GradientBalance.upGrad()),
                balance("DualProj", GradientBalance.dualProj()),
                balance("ConFIG", GradientBalance.conFig()),
                balance("GradNorm", GradientBalance.gradNorm()),
                balance("GradDrop", GradientBalance.gradDrop()),
                balance("DB-MTL", GradientBalance.dbMtl()),
                balance("ExcessMTL", GradientBalance.excessMtl()),
                balance("MoCo", GradientBalance.moCo()));
    }

    private static BalanceChoice weighting(String name, StepWeighting weighting) {
        return new BalanceChoice(name, Kind.LOSSES, options -> options.withStepWeighting(weighting));
    }

    private static BalanceChoice balance(String name, GradientBalance balance) {
        return new BalanceChoice(name, Kind.GRADIENTS, options -> options.withGradientBalance(balance));
    }
}
