package org.mtl4j.balance;

import java.util.Map;
import org.mtl4j.balance.LossStep.Known;

/**
 * Weights of the tasks' losses that are answered anew in each step, from the losses of the batch or from what was
 * learned in the steps before. {@link LossWeighting}, which is asked once an epoch, is the simpler kind.
 *
 * <p>In each step, {@link #factors} is asked before the backward pass, and {@link #next} after it. What {@link #needs}
 * says decides what is known then, and what a step costs: see {@link Known}.
 *
 * <p>An implementation is a function of what it is told and nothing else, safe for use by several threads; write a
 * record, so that runs with other settings can be told apart. A task without labels in a batch takes no part in its
 * step.
 *
 * @see GradientBalance
 */
public interface StepWeighting {

    /** {@return what has to be known of a batch before its gradients are computed} */
    Known needs();

    /**
     * {@return what is remembered before the first step} Nothing, unless told otherwise.
     *
     * @param tasks T, all tasks of the network
     */
    default BalanceState initialState(int tasks) {
        return BalanceState.nothing();
    }

    /**
     * Says by what each task's λ·L is multiplied in this step.
     *
     * @param step the tasks that take part, at least one; with losses unless {@link #needs} is {@link Known#NOTHING}
     * @return one factor for each of these tasks, in their order, finite and at least 0
     * @throws IllegalArgumentException if a loss is not in the range that the method is defined for
     */
    double[] factors(LossStep step);

    /**
     * Says what is remembered after a step. What was remembered before, unless told otherwise.
     *
     * @param step the step, with losses
     * @param after losses of the same batch after the step, if {@link #needs} is {@link Known#LOSSES_AND_AFTER}; else
     *     empty
     */
    default BalanceState next(LossStep step, double... after) {
        return step.state();
    }

    /**
     * {@return what the step lowers: the sum of factors times losses, unless told otherwise} A term that depends on
     * learned weights is in it, so it may be negative; plain losses are reported beside it.
     *
     * @param step the step, with losses
     */
    default double objective(LossStep step) {
        double[] factors = factors(step);
        double sum = 0;
        for (int i = 0; i < factors.length; i++) {
            sum += factors[i] * step.loss(i);
        }
        return sum;
    }

    /** {@return uncertainty weighting with a rate of 0.001 and factors within a hundred} */
    static StepWeighting uncertainty() {
        return uncertainty(1e-3, 100);
    }

    /**
     * {@return uncertainty weighting: factors e^(−s), and half of it for regressions, where s is learned with Adam to
     * lower {@code Σ factor·L + s/2}} Costs nothing in passes. Kendall, Gal and Cipolla, CVPR 2018, arXiv 1705.07115,
     * eq. 7 and 10. A loss that falls towards 0 would let its factor grow without bound; here there is one.
     *
     * @param learningRate of s, above 0 and finite
     * @param bound above 1: e^(−s) stays between 1/bound and bound
     * @throws IllegalArgumentException if one is out of its range
     */
    static StepWeighting uncertainty(double learningRate, double bound) {
        return new Uncertainty(learningRate, bound);
    }

    /** {@return IMTL-L with a rate of 0.001 and factors within a hundred} */
    static StepWeighting imtlL() {
        return imtlL(1e-3, 100);
    }

    /**
     * {@return IMTL-L: factors e^s, where s is learned with Adam to lower {@code Σ e^s·L − s}, so that all weighted
     * losses tend to 1} Costs nothing in passes. Liu et al., "Towards Impartial Multi-task Learning", ICLR 2021.
     *
     * @param learningRate of s, above 0 and finite
     * @param bound above 1: e^s stays between 1/bound and bound
     * @throws IllegalArgumentException if one is out of its range
     */
    static StepWeighting imtlL(double learningRate, double bound) {
        return new ImtlL(learningRate, bound);
    }

    /**
     * {@return random loss weighting, RLW: T times the softmax of T normal numbers, drawn anew in each step} Their mean
     * is 1. Costs nothing in passes. Lin et al., TMLR 2022, arXiv 2111.10603.
     */
    static StepWeighting random() {
        return new RandomWeights();
    }

    /**
     * {@return the geometric loss strategy, GLS: the gradient of the geometric mean of the losses} Losses have to be
     * above 0. Costs a forward pass. Chennupati et al., CVPR Workshops 2019, arXiv 1904.08492.
     */
    static StepWeighting geometric() {
        return new Geometric();
    }

    /**
     * {@return the gradient of the sum of the losses' logarithms: factors {@code 1/(L + 1e-8)}} It does not depend on
     * the scale of a loss. Losses have to be at least 0. Costs a forward pass.
     */
    static StepWeighting logarithmic() {
        return new Logarithmic();
    }

    /** {@return FAMO with a rate of 0.025 and a decay of 0.001} */
    static StepWeighting famo() {
        return famo(0.025, 1e-3, Map.of());
    }

    /**
     * {@return FAMO: factors {@code c·z/L}, z = softmax(w), that sum to 1; w moves by Adam to the tasks whose loss the
     * last step lowered least} Losses have to be above 0, or above the least that they can come to. Costs two forward
     * passes. Liu et al., "FAMO: Fast Adaptive Multitask Optimization", NeurIPS 2023, arXiv 2306.03792.
     *
     * @param learningRate of w, above 0 and finite
     * @param decay of w, at least 0
     * @param least by task below what its λ·L cannot fall, finite; 0 for tasks that are not named
     * @throws IllegalArgumentException if one is out of its range
     */
    static StepWeighting famo(double learningRate, double decay, Map<String, Double> least) {
        return new Famo(learningRate, decay, least);
    }

    /** {@return STCH with μ = 1 and 5 epochs of warm-up} */
    static StepWeighting smoothTchebycheff() {
        return smoothTchebycheff(1, 5);
    }

    /**
     * {@return smooth Tchebycheff scalarisation, STCH: the gradient of {@code T·μ·ln Σ exp(f/μ)}, f = ln(L/nadir)} The
     * nadir is the mean of a task's losses in the last epoch of the warm-up, in which factors are those of
     * {@link #logarithmic}. Losses have to be above 0. Costs a forward pass. Lin et al., ICML 2024, arXiv 2402.19078,
     * in the form that LibMTL has.
     *
     * @param mu above 0 and finite; the smaller, the more the worst task counts
     * @param warmUpEpochs at least 1
     * @throws IllegalArgumentException if one is out of its range
     */
    static StepWeighting smoothTchebycheff(double mu, int warmUpEpochs) {
        return new SmoothTchebycheff(mu, warmUpEpochs);
    }

    /** {@return GO4Align with 2 groups and a rate of 1e-4} */
    static StepWeighting go4Align() {
        return go4Align(2, 1e-4);
    }

    /**
     * {@return GO4Align: tasks are grouped by {@code v = p·ΣL/L}, where p, in parts of 1, falls with the losses seen,
     * and each gets the mean v of its group} Losses have to be above 0. Costs a forward pass. Shen, Wang et al.,
     * "GO4Align: Group Optimization for Multi-Task Alignment", NeurIPS 2024, arXiv 2404.06486. The groups are those
     * with the least squares, found exactly.
     *
     * @param groups at least 1; as many groups as tasks at most
     * @param rate by which p follows the losses, at least 0 and finite
     * @throws IllegalArgumentException if one is out of its range
     */
    static StepWeighting go4Align(int groups, double rate) {
        return new Go4Align(groups, rate);
    }
}
