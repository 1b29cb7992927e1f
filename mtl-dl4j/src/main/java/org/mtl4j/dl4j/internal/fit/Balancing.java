package org.mtl4j.dl4j.internal.fit;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.history.TaskGradients;

/** Has what decides, in each step of a run, what the tasks weigh, and what it remembers. */
public final class Balancing {
    private final GradientStatistics statistics;
    private @Nullable BalanceMemory memory;
    private @Nullable WeighedSteps weighed;
    private @Nullable BalancedSteps balanced;
    private @Nullable GradientWatch watch;

    private Balancing(ModelState model) {
        this.statistics = new GradientStatistics(model.network().tasks());
    }

    /**
     * Prepares what the options ask for, once the run has found the checkpoint that it goes on with.
     *
     * @throws IllegalArgumentException if gradients are to be combined or looked at and the tasks share nothing, or the
     *     run that is gone on with remembers something of another form
     */
    public static Balancing of(GraphModel model, FitOptions options) {
        ModelState state = model.state();
        Balancing all = new Balancing(state);
        int count = model.network().tasks().size();
        options.stepWeighting().ifPresent(rule -> {
            BalanceMemory memory = new BalanceMemory(state, rule.initialState(count));
            int firstEpoch = model.graph().getEpochCount() - model.history().epochsOfLatestRun();
            all.memory = memory;
            all.weighed = new WeighedSteps(state, rule, memory, firstEpoch);
        });
        options.gradientBalance().ifPresent(balance -> {
            SharedParameters parameters = parameters(state, options);
            BalanceMemory memory = new BalanceMemory(state, balance.initialState(count, parameters.length()));
            all.memory = memory;
            all.balanced = new BalancedSteps(state, balance, memory, parameters, all.statistics);
        });
        if (options.gradientWatch().isPresent() && all.balanced == null) {
            boolean draws = Replicas.mayDraw(model.network());
            all.watch = new GradientWatch(state, options.gradientWatch().getAsInt(), draws, all.statistics);
        }
        return all;
    }

    /** @throws IllegalArgumentException if the tasks share nothing, or no more than the options leave out */
    private static SharedParameters parameters(ModelState state, FitOptions options) {
        SharedParameters parameters =
                new SharedParameters(state.graph(), state.network().tasks(), options.balanceScope());
        parameters.requireSome(options.gradientBalance().orElseThrow() + " combines");
        return parameters;
    }

    /**
     * {@return in words of which parameters gradients are combined; empty if none are}
     *
     * @throws IllegalArgumentException if the tasks share nothing
     */
    static Optional<String> describe(ModelState state, FitOptions options) {
        return options.gradientBalance()
                .map(balance -> parameters(state, options).describe());
    }

    /** {@return what weighs losses in each step, if that is asked for} */
    public Optional<WeighedSteps> weighed() {
        return Optional.ofNullable(weighed);
    }

    /** {@return what combines gradients, if that is asked for} */
    public Optional<BalancedSteps> balanced() {
        return Optional.ofNullable(balanced);
    }

    /** {@return what looks at gradients that are not combined, if that is asked for} */
    public Optional<GradientWatch> watch() {
        return Optional.ofNullable(watch);
    }

    /** Begins to take means of what is answered, and of what gradients are like. */
    public void startEpoch() {
        statistics.startEpoch();
        if (watch != null) {
            watch.startEpoch();
        }
        if (memory != null) {
            memory.startEpoch();
        }
    }

    /** {@return for each task the mean factor over the steps since {@link #startEpoch}; empty if none are answered} */
    public Optional<double[]> means() {
        return Optional.ofNullable(memory).map(BalanceMemory::means);
    }

    /** {@return what the tasks' gradients were like since {@link #startEpoch}; empty where nobody looked} */
    public Optional<TaskGradients> gradients() {
        return statistics.result();
    }
}
