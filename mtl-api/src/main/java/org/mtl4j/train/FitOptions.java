package org.mtl4j.train;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.mtl4j.balance.BalanceScope;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.LossWeighting;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.internal.check.Check;
import org.mtl4j.metric.Metric;
import org.mtl4j.task.Task;
import org.mtl4j.train.stopping.EarlyStopping;
import org.mtl4j.train.stopping.TaskStopping;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * What a call of {@code fit} does besides reading the training data. Immutable; each method gives options with one
 * thing changed.
 *
 * <pre>{@code
 * FitOptions.epochs(60)
 *     .withValidation(validation)
 *     .withTaskStopping(ZhangStopping.of(5, 0.5), "landmarks")
 *     .withEarlyStopping(EarlyStopping.on("landmarks", 10))
 *     .withCheckpoints(Checkpoints.in(directory))
 * }</pre>
 */
public final class FitOptions {
    /** Under which name metrics stand that are of all tasks. */
    private static final String ALL_TASKS = "";

    private int epochs;
    private @Nullable MultiDataSetIterator validation;
    private List<ProgressListener> listeners = ImmutableList.of();
    private @Nullable Checkpoints checkpoints;
    private OptionalInt workers = OptionalInt.empty();
    private @Nullable TaskStopping taskStopping;
    private Set<String> mainTasks = ImmutableSet.of();
    private @Nullable EarlyStopping earlyStopping;
    private @Nullable LossWeighting lossWeighting;
    private @Nullable StepWeighting stepWeighting;
    private @Nullable GradientBalance gradientBalance;
    private OptionalInt gradientWatch = OptionalInt.empty();
    private BalanceScope balanceScope = BalanceScope.EVERYTHING_SHARED;
    private boolean allTasks;
    private OptionalDouble parameterAveraging = OptionalDouble.empty();
    private Map<String, List<Metric>> metrics = ImmutableMap.of();

    private FitOptions() {}

    /**
     * Begins with this many passes and nothing else.
     *
     * @param epochs at least 1; with checkpoints those of the whole run, interruptions included
     * @throws IllegalArgumentException if {@code epochs} is below 1
     */
    public static FitOptions epochs(int epochs) {
        return new FitOptions().withEpochs(epochs);
    }

    /**
     * {@return the same for this many passes}
     *
     * @param epochs at least 1
     * @throws IllegalArgumentException if {@code epochs} is below 1
     */
    public FitOptions withEpochs(int epochs) {
        Check.atLeast(1, epochs, "FitOptions: epochs");
        return with(options -> options.epochs = epochs);
    }

    /** {@return the same with losses on this data after each epoch} */
    public FitOptions withValidation(MultiDataSetIterator validation) {
        Objects.requireNonNull(validation, "validation");
        return with(options -> options.validation = validation);
    }

    /**
     * {@return the same with these metrics measured on the {@linkplain #withValidation validation data} after each
     * epoch, each of all tasks that it applies to} They stand in the history beside their baselines
     * ({@link org.mtl4j.train.history.EpochResult#validationMetrics()}), where rules of stopping, reports and listeners
     * find them. Metrics that a rule goes by are measured without being named here. Besides those that were given
     * before.
     *
     * @param metrics of the library ({@link org.mtl4j.metric.StandardMetric}) or your own
     */
    public FitOptions withMetrics(Metric... metrics) {
        return withMetricsOf(ALL_TASKS, metrics);
    }

    /**
     * {@return the same with these metrics of one task measured on the validation data after each epoch} As
     * {@link #withMetrics(Metric...)}.
     *
     * @param task its name
     * @throws IllegalArgumentException if the name is empty
     */
    public FitOptions withMetrics(String task, Metric... metrics) {
        if (task.isEmpty()) {
            throw new IllegalArgumentException("FitOptions: metrics are of a task that has a name, or of all tasks");
        }
        return withMetricsOf(task, metrics);
    }

    private FitOptions withMetricsOf(String task, Metric... more) {
        LinkedHashSet<Metric> ofTask = new LinkedHashSet<>(metrics.getOrDefault(task, ImmutableList.of()));
        ofTask.addAll(Arrays.asList(more));
        Map<String, List<Metric>> all = new LinkedHashMap<>(metrics);
        all.put(task, ImmutableList.copyOf(ofTask));
        return with(options -> options.metrics = ImmutableMap.copyOf(all));
    }

    /** {@return the same with one more listener} */
    public FitOptions withListener(ProgressListener listener) {
        List<ProgressListener> all = new ArrayList<>(listeners);
        all.add(Objects.requireNonNull(listener, "listener"));
        return with(options -> options.listeners = ImmutableList.copyOf(all));
    }

    /** {@return the same with the model saved on the way, and training taken up again where it was cut off} */
    public FitOptions withCheckpoints(Checkpoints checkpoints) {
        Objects.requireNonNull(checkpoints, "checkpoints");
        return with(options -> options.checkpoints = checkpoints);
    }

    /**
     * {@return the same with each batch divided among so many threads, whose gradients are added up} Left alone, a
     * model takes as many as ND4J has threads ({@code OMP_NUM_THREADS}), no more than Java has processors, and one
     * where dividing might change the result by more than rounding: with layers from outside. Batch normalisation is by
     * the whole batch, and dropout drops the same numbers, however many threads there are.
     *
     * @param workers at least 1
     * @throws IllegalArgumentException if {@code workers} is below 1
     */
    public FitOptions withWorkers(int workers) {
        Check.atLeast(1, workers, "FitOptions: workers");
        return with(options -> options.workers = OptionalInt.of(workers));
    }

    /**
     * {@return the same with auxiliary tasks dropped by this rule, asked after each epoch} From the next step on a
     * dropped task's loss is no part of the objective, its gradients are zero, and parameters that no other task uses
     * are kept as they are, to the bit. It stays dropped in later calls of {@code fit}, also of the saved and loaded
     * model, unless they are made {@link #withAllTasks()}.
     *
     * @param rule needs {@linkplain #withValidation validation data}
     * @param mainTasks those that are never dropped, at least one
     * @throws IllegalArgumentException if no main task is given
     */
    public FitOptions withTaskStopping(TaskStopping rule, String... mainTasks) {
        Objects.requireNonNull(rule, "rule");
        if (mainTasks.length == 0) {
            throw new IllegalArgumentException(
                    "FitOptions: name at least one main task, which is never dropped; the others are the"
                            + " auxiliary ones");
        }
        return with(options -> {
            options.taskStopping = rule;
            options.mainTasks = ImmutableSet.copyOf(mainTasks);
        });
    }

    /**
     * {@return the same ended early by this rule, and the best epoch's model kept; needs {@linkplain #withValidation
     * validation data}}
     */
    public FitOptions withEarlyStopping(EarlyStopping rule) {
        Objects.requireNonNull(rule, "rule");
        return with(options -> options.earlyStopping = rule);
    }

    /** {@return the same with weights of the tasks that change over time} */
    public FitOptions withLossWeighting(LossWeighting weighting) {
        Objects.requireNonNull(weighting, "weighting");
        return with(options -> options.lossWeighting = weighting);
    }

    /**
     * {@return the same with weights of the tasks that are answered anew in each step} In the place of
     * {@link #withLossWeighting}: a run has one or the other. The history has the mean weights of each epoch.
     *
     * @param weighting such as {@link StepWeighting#uncertainty()}
     */
    public FitOptions withStepWeighting(StepWeighting weighting) {
        Objects.requireNonNull(weighting, "weighting");
        return with(options -> options.stepWeighting = weighting);
    }

    /**
     * {@return the same with the tasks' gradients combined by this balance, as far as parameters are shared} Shared is
     * what the outputs of two tasks depend on: layers below the last unit or trunk that tasks have in common, α of
     * units, gates ({@link #withBalanceScope} leaves the latter two out; {@link MultiTaskModel#describe} lists what is
     * combined). What one task alone depends on gets the gradient of that task's λ·L, whatever the balance. The terms
     * of weight relatedness and weight decay are added after the gradients were combined, and belong to no task.
     *
     * <p>A step makes a forward and a backward pass for each task that has labels in the batch, with the same dropout,
     * so it takes about as many times as long as without; it holds a copy of the gradient for each. The history has the
     * mean weights of each epoch.
     *
     * @param balance such as {@link GradientBalance#mgda()}
     */
    public FitOptions withGradientBalance(GradientBalance balance) {
        Objects.requireNonNull(balance, "balance");
        return with(options -> options.gradientBalance = balance);
    }

    /**
     * {@return the same with the tasks' gradients looked at, in the first step of each epoch and in every so-manieth
     * after it} The history has their lengths and the cosines between them
     * ({@link org.mtl4j.train.history.EpochResult#gradients()}), which tell whether tasks pull what they share in
     * opposite directions: before a balance is tried, and beside any weighting. Training is the same as without, to the
     * bit. Off unless asked for; with {@link #withGradientBalance}, which has the gradients anyway, every step is
     * looked at, with or without this.
     *
     * <p>A step that is looked at makes a forward and a backward pass for each task more, so that with T tasks an epoch
     * takes about T/{@code everySteps} longer: a fifth for two tasks and every tenth step. Meanwhile there are T copies
     * of the gradient.
     *
     * @param everySteps at least 1; 10 to 100 do for a picture
     * @throws IllegalArgumentException if {@code everySteps} is below 1
     */
    public FitOptions withGradientWatch(int everySteps) {
        Check.atLeast(1, everySteps, "FitOptions: every so-manieth step whose gradients are looked at");
        return with(options -> options.gradientWatch = OptionalInt.of(everySteps));
    }

    /**
     * {@return the same with the balance of gradients combining those of these shared parameters} Everything that is
     * shared, unless told otherwise.
     */
    public FitOptions withBalanceScope(BalanceScope scope) {
        Objects.requireNonNull(scope, "scope");
        return with(options -> options.balanceScope = scope);
    }

    /** {@return the same with tasks that were dropped before taking part again} */
    public FitOptions withAllTasks() {
        return with(options -> options.allTasks = true);
    }

    /**
     * {@return the same with the model left at an exponential moving average of its parameters over the steps (Polyak
     * and Juditsky, SIAM J} Control Optim. 1992, in the form that is usual for neural networks). After step t, counted
     * from 1,
     *
     * <pre>average = d * average + (1 - d) * parameters,   d = min(decay, t / (9 + t))</pre>
     *
     * so that the first, random parameters are forgotten soon. It mostly helps where the learning rate is high or
     * batches are small. Training itself goes on with the parameters; validation, and with it stopping and the choice
     * of the best epoch, is of the average. Listeners that look at the model while it is trained see the parameters.
     *
     * <p>Batch normalisation's estimates are averaged like the rest. Of a dropped task's own parameters, which stay as
     * they are, the average is the same, some steps later.
     *
     * @param decay in (0, 1), such as 0.998: about how many steps back the average reaches is 1 / (1 - decay)
     * @throws IllegalArgumentException if {@code decay} is not in (0, 1)
     */
    public FitOptions withParameterAveraging(double decay) {
        Check.insideUnitInterval(decay, "FitOptions: the decay of averaged parameters");
        return with(options -> options.parameterAveraging = OptionalDouble.of(decay));
    }

    private FitOptions with(Consumer<FitOptions> change) {
        FitOptions copy = new FitOptions();
        copy.epochs = epochs;
        copy.validation = validation;
        copy.listeners = listeners;
        copy.checkpoints = checkpoints;
        copy.workers = workers;
        copy.taskStopping = taskStopping;
        copy.mainTasks = mainTasks;
        copy.earlyStopping = earlyStopping;
        copy.lossWeighting = lossWeighting;
        copy.stepWeighting = stepWeighting;
        copy.gradientBalance = gradientBalance;
        copy.gradientWatch = gradientWatch;
        copy.balanceScope = balanceScope;
        copy.allTasks = allTasks;
        copy.parameterAveraging = parameterAveraging;
        copy.metrics = metrics;
        change.accept(copy);
        return copy;
    }

    /** {@return how many passes over the data there are} */
    public int epochs() {
        return epochs;
    }

    /** {@return data whose losses are measured after each epoch} */
    public Optional<MultiDataSetIterator> validation() {
        return Optional.ofNullable(validation);
    }

    /** {@return who is told of progress} */
    public List<ProgressListener> listeners() {
        return listeners;
    }

    /** {@return where the model is saved on the way} */
    public Optional<Checkpoints> checkpoints() {
        return Optional.ofNullable(checkpoints);
    }

    /** {@return among how many threads each batch is divided; empty if that is left to the model} */
    public OptionalInt workers() {
        return workers;
    }

    /** {@return what drops auxiliary tasks} */
    public Optional<TaskStopping> taskStopping() {
        return Optional.ofNullable(taskStopping);
    }

    /** {@return the tasks that are never dropped; empty without a rule} */
    public Set<String> mainTasks() {
        return mainTasks;
    }

    /** {@return what ends the run} */
    public Optional<EarlyStopping> earlyStopping() {
        return Optional.ofNullable(earlyStopping);
    }

    /** {@return what weighs the tasks} */
    public Optional<LossWeighting> lossWeighting() {
        return Optional.ofNullable(lossWeighting);
    }

    /** {@return what weighs the tasks in each step} */
    public Optional<StepWeighting> stepWeighting() {
        return Optional.ofNullable(stepWeighting);
    }

    /** {@return what combines the tasks' gradients} */
    public Optional<GradientBalance> gradientBalance() {
        return Optional.ofNullable(gradientBalance);
    }

    /** {@return every so-manieth step's gradients are looked at; empty if nobody asked for it} */
    public OptionalInt gradientWatch() {
        return gradientWatch;
    }

    /** {@return of which shared parameters gradients are combined} */
    public BalanceScope balanceScope() {
        return balanceScope;
    }

    /** {@return whether tasks that were dropped before take part again} */
    public boolean allTasks() {
        return allTasks;
    }

    /** {@return the decay of the average of the parameters; empty if they are not averaged} */
    public OptionalDouble parameterAveraging() {
        return parameterAveraging;
    }

    /** {@return the metrics that were named, by task; those of all tasks under the empty text} */
    public Map<String, List<Metric>> metrics() {
        return metrics;
    }

    /**
     * {@return the metrics that are measured of a task: those of all tasks that apply to it, its own, and those that
     * the rules of stopping go by; each once}
     */
    public List<Metric> metricsOf(Task task) {
        LinkedHashSet<Metric> all = new LinkedHashSet<>();
        for (Metric metric : metrics.getOrDefault(ALL_TASKS, ImmutableList.of())) {
            if (metric.appliesTo(task)) {
                all.add(metric);
            }
        }
        all.addAll(metrics.getOrDefault(task.name(), ImmutableList.of()));
        earlyStopping().ifPresent(rule -> all.addAll(rule.metrics(task)));
        taskStopping()
                .filter(rule -> !mainTasks.contains(task.name()))
                .ifPresent(rule -> all.addAll(rule.metrics(task)));
        return ImmutableList.copyOf(all);
    }

    /**
     * {@return everything here that decides the result, as a value that can be compared} Not in it are those that
     * decide nothing: listeners, which are told and do not answer; gradients that are looked at; checkpoints, with
     * which a run ends as without; and the validation data, which like the training data have no identity that could be
     * compared (the rules that go by them are in it).
     */
    public FitIdentity identity() {
        return new FitIdentity(
                epochs,
                workers,
                taskStopping(),
                mainTasks,
                earlyStopping(),
                lossWeighting(),
                stepWeighting(),
                gradientBalance(),
                balanceScope,
                allTasks,
                parameterAveraging,
                metrics);
    }

    /**
     * {@return what decides the result, in words for the history; to compare options take {@link #identity}} What they
     * come to for a model, {@link MultiTaskModel#describe} says.
     */
    public Map<String, String> describe() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("epochs", String.valueOf(epochs));
        all.put("workers", workers.isEmpty() ? "chosen by the model" : String.valueOf(workers.getAsInt()));
        taskStopping()
                .ifPresent(
                        rule -> all.put("tasks stopped by", rule + ", main " + Arrays.toString(mainTasks.toArray())));
        earlyStopping().ifPresent(rule -> all.put("stopped by", rule.toString()));
        lossWeighting().ifPresent(rule -> all.put("weighted by", rule.toString()));
        stepWeighting().ifPresent(rule -> all.put("weighted in each step by", rule.toString()));
        gradientBalance().ifPresent(balance -> all.put("gradients combined by", balance.toString()));
        gradientWatch().ifPresent(steps -> all.put("gradients watched every", steps + " steps"));
        parameterAveraging().ifPresent(decay -> all.put("parameters averaged with decay", String.valueOf(decay)));
        metrics.forEach((task, ofTask) -> all.put(
                "metrics of " + (task.isEmpty() ? "all tasks" : "task '" + task + "'"),
                ofTask.stream().map(Metric::name).toList().toString()));
        return all;
    }
}
