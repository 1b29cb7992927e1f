package org.mtl4j.balance;

import java.util.Optional;

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
 * <p>Most ways go by the Gramian of the gradients alone. Those for which it is not enough ({@link #gradNorm},
 * {@link #gradDrop}, {@link #dbMtl}, {@link #excessMtl}, {@link #moCo}) {@linkplain #needsGradients need} the gradients
 * themselves, and may answer a direction that is no combination of them.
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
     * {@return what is remembered before the first step} What {@link #initialState(int)} says, unless told otherwise;
     * asked in its place, by whoever trains.
     *
     * @param tasks T, all tasks of the network
     * @param parameters how many numbers the gradient of what is shared has, for what is remembered
     *     {@linkplain BalanceState#withByParameter for each of them}
     */
    default BalanceState initialState(int tasks, int parameters) {
        return initialState(tasks);
    }

    /**
     * {@return whether the gradients themselves are needed, and not their Gramian alone} If so, {@link GradientStep}
     * has them: in each step they are copied into arrays of Java, 8 bytes for each task and shared parameter.
     */
    default boolean needsGradients() {
        return false;
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

    /** {@return GradNorm with α = 1.5 and a rate of 0.025, on the last shared layer} */
    static GradientBalance gradNorm() {
        return new GradNorm(1.5, 0.025, Optional.empty());
    }

    /**
     * {@return GradNorm: weights are learned so that the weighted gradients of one layer have equal lengths, longer
     * ones for tasks that train more slowly} Weights begin with 1 and sum to T. They lower {@code Σ |w_i·‖g_i‖ −
     * mean·r_i^α|}, where r is the task's loss, in parts of that of its first step, in parts of the mean over the
     * tasks, by a step of Adam after each step. Chen et al., "GradNorm", ICML 2018, arXiv 1711.02257, eq. 2. Losses are
     * at least 0. Differing from the paper, a task's own layers are not weighted, and no weight falls below a hundredth
     * of the mean, so that none turns negative.
     *
     * @param alpha how strongly slow tasks are favoured, at least 0 and finite; 0 makes lengths equal
     * @param learningRate of the weights, above 0 and finite
     * @param layer whose gradients are measured: {@code fc2} for the layer of this name in all towers, {@code a/fc2}
     *     for that of one; among those that tasks share, as {@code describe} lists them
     * @throws IllegalArgumentException if a number is out of its range
     */
    static GradientBalance gradNorm(double alpha, double learningRate, String layer) {
        return new GradNorm(alpha, learningRate, Optional.of(layer));
    }

    /** {@return GradDrop without a leak} */
    static GradientBalance gradDrop() {
        return gradDrop(0);
    }

    /**
     * {@return GradDrop: at each shared parameter the gradients of one sign are kept and the others dropped, the sign
     * drawn with the probability {@code ½(1 + Σg/Σ|g|)} of the positive one} A sum where signs agree. Chen et al.,
     * "Just Pick a Sign", NeurIPS 2020, arXiv 2010.06808, whose masks are of activations; here they are of the
     * parameters' gradients. The history has as weights how much of each task's gradient, by the sum of sizes, was
     * kept.
     *
     * @param leak how much of what is dropped is kept, in [0, 1]; 1 is the sum
     * @throws IllegalArgumentException if it is out of its range
     */
    static GradientBalance gradDrop(double leak) {
        return new GradDrop(leak);
    }

    /** {@return DB-MTL with β = 0.9 and σ = 0, the defaults of LibMTL} */
    static GradientBalance dbMtl() {
        return dbMtl(0.9, 0);
    }

    /**
     * {@return DB-MTL: the sum of moving averages of the gradients of ln L, each made as long as the longest} It does
     * not depend on the scale of a loss; losses are at least 0. Lin et al., "Dual-Balancing for Multi-Task Learning",
     * arXiv 2308.12029. Differing from it, a task's own layers have the gradient of λ·L, not of its logarithm.
     * Remembers T·P numbers, if β is above 0.
     *
     * @param beta how much of the average stays, in [0, 1)
     * @param sigma at least 0: in step t β is divided by t^σ
     * @throws IllegalArgumentException if one is out of its range
     */
    static GradientBalance dbMtl(double beta, double sigma) {
        return new DbMtl(beta, sigma);
    }

    /** {@return ExcessMTL with a rate of 0.01} */
    static GradientBalance excessMtl() {
        return excessMtl(0.01);
    }

    /**
     * {@return ExcessMTL: weights grow with the tasks' excess risks, which {@code gᵀ·diag(Σ g²)^(−½)·g} stands for, in
     * parts of that of the first step} Weights begin with 1, are multiplied by e^(rate·excess) and sum to T. He et al.,
     * "Robust Multi-Task Learning with Excess Risks", ICML 2024, arXiv 2402.02009. Differing from it, a task's own
     * layers are not weighted. Remembers T·P numbers.
     *
     * @param rate at least 0 and finite; 0 leaves equal weights
     * @throws IllegalArgumentException if it is out of its range
     */
    static GradientBalance excessMtl(double rate) {
        return new ExcessMtl(rate);
    }

    /** {@return MoCo with β = 0.5, γ = 0.1, σ = 0.5 and ρ = 0, the defaults of LibMTL} */
    static GradientBalance moCo() {
        return moCo(0.5, 0.1, 0.5, 0);
    }

    /**
     * {@return MoCo: MGDA's direction of gradients Y that are tracked over the steps, so that the noise of batches does
     * not bias it} In step t {@code Y += β/t^σ·(J − Y)}, then the weights move by {@code −γ/t^σ·(YYᵀ + ρI)w} and are
     * projected onto those that sum to 1; {@code d = Yᵀw}. As in the authors' program the rows of J are unit gradients
     * times the losses, which are at least 0. With gradients that stay the same it comes to MGDA's direction of them.
     * Fernando et al., "Mitigating Gradient Bias in Multi-objective Learning", ICLR 2023, arXiv 2210.12624; the
     * projection is that of the paper, for which LibMTL has a softmax. Remembers T·P numbers.
     *
     * @param beta how fast gradients are tracked, in (0, 1]
     * @param gamma how fast weights move, above 0 and finite
     * @param sigma how fast both get slower, at least 0 and finite
     * @param rho pulls weights together, at least 0 and finite
     * @throws IllegalArgumentException if one is out of its range
     */
    static GradientBalance moCo(double beta, double gamma, double sigma, double rho) {
        return new MoCo(beta, gamma, sigma, rho);
    }
}
