package org.mtl4j.balance;

/**
 * Combines the gradients of the tasks' losses with respect to what the tasks share into one direction, by a weight for
 * each task: {@code d = Σ w_i·g_i}. What belongs to one task alone gets that task's gradient, whatever the weights.
 *
 * <p>The factories give the published ways. Some weights sum to 1, as a mean has it, others to about T, as a sum: the
 * length of d differs, which matters with SGD and hardly with Adam. It is said with each, as are the properties:
 *
 * <ul>
 *   <li><b>no conflict</b>: no task's gradient has a negative product with d, so to first order no loss grows;
 *   <li><b>scale</b>: d's direction does not change where one task's loss is multiplied by a number.
 * </ul>
 *
 * <p>For two tasks, {@link #imtlG}, {@link #nashMtl}, {@link #fairGrad} with α = 1 and {@link #conFig} have one
 * direction, that of the sum of unit gradients; they differ in length. {@link #pcGrad} is then twice {@link #upGrad}.
 *
 * <p>An implementation is a function of what it is told and nothing else, safe for use by several threads; write a
 * record, so that runs with other settings can be told apart. {@link BalanceCheck} checks one of your own.
 */
@FunctionalInterface
public interface GradientBalance {

    /**
     * Answers the weights of a step.
     *
     * @param step Gramian, losses and state of the tasks that take part, at least one
     * @return a weight for each of these tasks, and the state after the step
     */
    BalancedStep balance(GradientStep step);

    /**
     * {@return what is remembered before the first step} Nothing, unless told otherwise.
     *
     * @param tasks T, all tasks of the network
     */
    default BalanceState initialState(int tasks) {
        return BalanceState.nothing();
    }

    /**
     * {@return the multiple-gradient descent algorithm, MGDA: the shortest convex combination of the gradients} Weights
     * sum to 1. No conflict; d = 0 where no direction lowers all losses. It favours tasks with short gradients. Sener
     * and Koltun, "Multi-Task Learning as Multi-Objective Optimization", NeurIPS 2018, arXiv 1810.04650.
     */
    static GradientBalance mgda() {
        return mgda(GradientNormalization.NONE);
    }

    /**
     * {@return MGDA of gradients that are divided by a number before}
     *
     * @param normalization by what; the weights are those of the divided gradients, as in the authors' program
     */
    static GradientBalance mgda(GradientNormalization normalization) {
        return new Mgda(normalization);
    }

    /**
     * {@return PCGrad: each gradient loses its part against every other one that it conflicts with, in random order}
     * Then they are added up: weights are 1 where none conflicts. No conflict for two tasks. Yu et al., "Gradient
     * Surgery for Multi-Task Learning", NeurIPS 2020, arXiv 2001.06782.
     */
    static GradientBalance pcGrad() {
        return new PcGrad();
    }

    /** {@return GradVac with a decay of 0.5, the default of LibMTL} */
    static GradientBalance gradVac() {
        return gradVac(0.5);
    }

    /**
     * {@return GradVac: as PCGrad, with a remembered cosine for each pair in place of 0} Wang et al., "Gradient
     * Vaccine", ICLR 2021, arXiv 2010.05874.
     *
     * @param decay how much of the cosine seen in a step enters the remembered one, in (0, 1]
     * @throws IllegalArgumentException if it is out of its range
     */
    static GradientBalance gradVac(double decay) {
        return new GradVac(decay);
    }

    /** {@return CAGrad with c = 0.5} */
    static GradientBalance caGrad() {
        return caGrad(0.5);
    }

    /**
     * {@return CAGrad: the direction that lowers the worst task most, within c·‖mean gradient‖ of the mean gradient}
     * Weights are those of a mean. No conflict for c of at least 1. Liu et al., "Conflict-Averse Gradient Descent",
     * NeurIPS 2021, arXiv 2110.14048; not divided by 1 + c², as an option of their program does.
     *
     * @param c at least 0 and finite; 0 is the mean, large ones tend to MGDA's direction
     * @throws IllegalArgumentException if it is out of its range
     */
    static GradientBalance caGrad(double c) {
        return new CaGrad(c);
    }

    /**
     * {@return IMTL-G: the direction with equal products with all unit gradients} Weights sum to 1 unless this would
     * make them large: where their sum is below a tenth of the sum of their sizes, or negative (as of a few per cent of
     * random gradients of three tasks), they are divided by that tenth, so that d never turns round. For gradients that
     * are linearly independent: scale, no conflict. Liu et al., "Towards Impartial Multi-task Learning", ICLR 2021.
     */
    static GradientBalance imtlG() {
        return new ImtlG();
    }

    /** {@return Nash-MTL with a greatest length of 1, weights anew in each step} */
    static GradientBalance nashMtl() {
        return nashMtl(1, 1);
    }

    /**
     * {@return Nash-MTL: the bargaining solution, {@code G·w = 1/w}} Scale, no conflict. Navon et al., "Multi-Task
     * Learning as a Bargaining Game", ICML 2022, arXiv 2202.01017. The weights minimise a convex function, {@code ½wᵀGw
     * − Σ ln w}, whose minimum Newton's method finds; the authors approach it by a sequence of linear programs.
     *
     * @param greatestNorm length to which d is shortened, above 0; infinite for never
     * @param every after how many steps weights are found anew, at least 1
     * @throws IllegalArgumentException if one is out of its range
     */
    static GradientBalance nashMtl(double greatestNorm, int every) {
        return new NashMtl(greatestNorm, every);
    }

    /**
     * {@return FairGrad: α-fair gradients, {@code G·w = w^(−1/α)}} No conflict; scale for α = 1, where it is Nash-MTL's
     * direction. Ban and Ji, "Fair Resource Allocation in Multi-Task Learning", ICML 2024, arXiv 2402.15638.
     *
     * @param alpha above 0 and finite; 1 is proportional fairness, the paper's experiments take 2
     * @throws IllegalArgumentException if it is out of its range
     */
    static GradientBalance fairGrad(double alpha) {
        return new FairGrad(alpha);
    }

    /**
     * {@return Aligned-MTL: gradients are rotated and scaled to be orthogonal and as long as the smallest singular
     * value} Weights are those of a mean, 1/T for gradients that are orthonormal. Senushkin et al., "Independent
     * Component Alignment for Multi-Task Learning", CVPR 2023, arXiv 2305.19000, with the smallest singular value that
     * is not 0.
     */
    static GradientBalance alignedMtl() {
        return new AlignedMtl();
    }

    /**
     * {@return UPGrad: each gradient is projected onto the directions that conflict with none, then their mean is
     * taken} Weights are 1/T where none conflicts. No conflict, up to 1e-4 of the trace. Quinton and Rey, "Jacobian
     * Descent for Multi-Objective Optimization", arXiv 2406.16232.
     */
    static GradientBalance upGrad() {
        return new UpGrad();
    }

    /**
     * {@return DualProj: the mean gradient is projected onto the directions that conflict with none} Weights are 1/T
     * where the mean conflicts with none. No conflict, up to 1e-4 of the trace. Lopez-Paz and Ranzato, "Gradient
     * Episodic Memory", NeurIPS 2017, arXiv 1706.08840.
     */
    static GradientBalance dualProj() {
        return new DualProj();
    }

    /**
     * {@return ConFIG: the direction with equal products with all unit gradients, as long as their projections onto it
     * together} Its direction and its properties are IMTL-G's. Liu et al., "ConFIG: Towards Conflict-free Training of
     * Physics Informed Neural Networks", arXiv 2408.11104.
     */
    static GradientBalance conFig() {
        return new ConFig();
    }
}
