package org.mtl4j.dl4j.internal.fit;

import com.google.common.base.Joiner;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.inference.TaskMeans;
import org.mtl4j.dl4j.internal.io.CheckpointFiles;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.dl4j.internal.model.ParameterAverage;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.metric.MetricScores;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.mtl4j.train.stopping.EarlyStopping;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one call of {@code fit}, epoch by epoch. */
final class Training {
    private static final Logger log = LoggerFactory.getLogger(Training.class);

    /** Units that work have been seen to stay within about 2. */
    private static final double LARGEST_ALPHA = 10;

    private static final String NO_LABEL =
            "no example of the epoch has its label, so nothing is learned of it; look at labels and masks";
    private static final String NO_VALIDATION_LABEL =
            "no example of the validation data has its label, so it has no figure there; look at labels and masks";

    private static final String NO_METRIC =
            "%s has no value on the validation data, as that of classes has none where all examples are of one, or"
                    + " that of numbers where all are equal; no rule can go by it";

    private final GraphModel model;
    private final ModelState state;
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final FitOptions options;
    private final TrainingSteps steps;
    private final DivergenceCheck divergence;
    private final Optional<CheckpointFiles> checkpoints;
    private final Optional<BestModel> best;
    private final TaskWeights weights;
    /** Whether it was said that rates were set on the graph. */
    private boolean ratesSet;
    /** What has been said of listeners in this run. */
    private Optional<String> listenerLimits = Optional.empty();

    Training(GraphModel model, TrainingSteps steps, FitOptions options) {
        this.model = model;
        this.state = model.state();
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.steps = steps;
        this.options = options;
        this.divergence = new DivergenceCheck(graph, model.network());
        this.checkpoints = options.checkpoints().map(CheckpointFiles::new);
        this.best = options.earlyStopping().map(rule -> new BestModel(state, rule, checkpoints));
        this.weights = new TaskWeights(state, options);
        OptionChecks.check(options, tasks);
    }

    void run() {
        try {
            Optional<ModelState> found = checkpoints.flatMap(files -> files.newestGood(state));
            found.ifPresent(state::continueFrom);
            if (found.isPresent()) {
                best.ifPresent(kept -> withAverage(() -> kept.goOn(latestRun())));
            } else {
                start();
                state.clearAverage(); // of an earlier run that did not come to its end
                state.setBalance(Optional.empty());
            }
            if (options.parameterAveraging().isEmpty() && state.average().isPresent()) {
                throw new IllegalArgumentException("the run that this would go on with averages its parameters; give"
                        + " FitOptions.withParameterAveraging(decay) as it was, or another directory for checkpoints");
            }
            checkpoints.ifPresent(files -> files.claim(options.identity().toJson(), found.isPresent()));
            if (options.parameterAveraging().isPresent() && state.average().isEmpty()) {
                state.setAverage(new ParameterAverage(graph));
            }
            if (epochsDone() < options.epochs() && !stopped()) { // a run at its end only reads them
                checkpoints.ifPresent(CheckpointFiles::requireWritable);
            }
            while (epochsDone() < options.epochs() && !stopped()) {
                steps.weigh(weights.factors());
                EpochResult result = epoch();
                state.access().write(() -> {
                    graph.incrementEpochCount();
                    state.add(result);
                });
                log.debug(
                        "epoch {}: score {}, training {}, validation {}",
                        result.epoch(),
                        result.score(),
                        result.trainingLoss(),
                        result.validationLoss());
                afterEpoch(result);
            }
            state.average().ifPresent(average -> state.access().write(average::finish));
            state.clearAverage();
            state.setBalance(Optional.empty());
            best.ifPresent(this::keepBest);
        } finally {
            steps.release();
        }
    }

    private void start() {
        OutputStarts.set(state, steps);
        Map<String, String> text = new LinkedHashMap<>(model.describe(options));
        text.put("workers", steps.division());
        text.putAll(Provenance.versions());
        event(Kind.RUN_STARTED, "", Joiner.on(", ").withKeyValueSeparator(" ").join(text));
        if (options.allTasks()) {
            model.history().stoppedTasks().forEach(task -> event(Kind.TASK_RESUMED, task, "FitOptions.withAllTasks"));
        }
    }

    private int epochsDone() {
        return model.history().epochsOfLatestRun();
    }

    private List<EpochResult> latestRun() {
        return model.history().latestRun();
    }

    private boolean stopped() {
        List<TrainingEvent> events = model.history().events();
        return !events.isEmpty() && events.get(events.size() - 1).kind() == Kind.RUN_STOPPED;
    }

    /** Decides by the history alone, so that a run that was cut off decides the same. */
    private void afterEpoch(EpochResult result) {
        List<EpochResult> run = latestRun();
        Set<String> stoppedTasks = model.history().stoppedTasks();
        options.taskStopping().ifPresent(rule -> {
            for (Task task : tasks) {
                if (!stoppedTasks.contains(task.name()) && !options.mainTasks().contains(task.name())) {
                    rule.reasonToStop(task, run).ifPresent(reason -> event(Kind.TASK_STOPPED, task.name(), reason));
                }
            }
        });
        reportAlphas();
        reportUnlabelled(result);
        best.ifPresent(kept -> {
            divergence.checkParameters(result.epoch());
            withAverage(() -> kept.look(run));
            if (epochsDone() < options.epochs()) {
                kept.reasonToStop(run).ifPresent(reason -> event(Kind.RUN_STOPPED, "", reason));
            }
        });
        checkpoints
                .filter(files -> stopped() || files.due(epochsDone(), options.epochs()))
                .ifPresent(files -> {
                    divergence.checkParameters(result.epoch());
                    files.write(state, epochsDone());
                    options.earlyStopping()
                            .ifPresent(rule -> files.forgetOlderBest(epochsDone(), n -> bestEpoch(rule, run, n)));
                });
        for (ProgressListener listener : options.listeners()) {
            listener.onEpoch(result);
        }
    }

    /** The epoch that was best after so many epochs of the run; 0 if these are not in the history any more. */
    private int bestEpoch(EarlyStopping rule, List<EpochResult> run, int epochs) {
        int end = model.history().startOfLatestRun() + epochs;
        List<EpochResult> then =
                run.stream().filter(result -> result.epoch() < end).toList();
        return then.isEmpty() ? 0 : then.get(rule.bestOf(then, tasks)).epoch();
    }

    private void keepBest(BestModel kept) {
        int epoch = kept.restore(latestRun());
        if (epoch >= 0) {
            event(Kind.BEST_KEPT, "", "the model is that of epoch %s, counted from 1".formatted(epoch + 1));
        }
    }

    /** Warns, once per unit, of an α that goes far from where it started, within 0 and 1: training is about to fail. */
    private void reportAlphas() {
        Set<String> reported = new HashSet<>();
        for (TrainingEvent event : model.history().events()) {
            if (event.kind() == Kind.ALPHA_DIVERGING) {
                reported.add(event.subject());
            }
        }
        model.alphas().forEach((place, alpha) -> {
            double largest = alpha.amaxNumber().doubleValue();
            if (!(largest <= LARGEST_ALPHA) && !reported.contains(place)) {
                event(
                        Kind.ALPHA_DIVERGING,
                        place,
                        String.format(
                                Locale.ROOT,
                                "alpha has come to %.3g; try a smaller learningRateFactor of the unit, or one alpha per"
                                        + " layer",
                                largest));
            }
        });
    }

    /** Says so, once in a run, where a task that takes part has no label, and so no figure. */
    private void reportUnlabelled(EpochResult result) {
        Set<String> dropped = model.history().stoppedTasks();
        for (Task task : tasks) {
            if (!result.trainingLoss().containsKey(task.name()) && !dropped.contains(task.name())) {
                reportOnce(task, NO_LABEL);
            }
            if (options.validation().isPresent() && !result.validationLoss().containsKey(task.name())) {
                reportOnce(task, NO_VALIDATION_LABEL);
            } else {
                result.validationMetrics().getOrDefault(task.name(), Map.of()).forEach((name, metric) -> {
                    if (Double.isNaN(metric.value())) {
                        reportOnce(task, NO_METRIC.formatted(name));
                    }
                });
            }
        }
    }

    private void reportOnce(Task task, String text) {
        if (!isSaid(event -> event.kind() == Kind.TASK_UNLABELLED
                && event.subject().equals(task.name())
                && event.text().equals(text))) {
            event(Kind.TASK_UNLABELLED, task.name(), text);
        }
    }

    /** Says so, once in a run, where shards of the data are of such sizes that their batches shrink in an epoch. */
    private void reportUnevenness(String text) {
        if (!isSaid(event -> event.kind() == Kind.SHARDS_UNEVEN)) {
            event(Kind.SHARDS_UNEVEN, "", text);
        }
    }

    /** Tells whether this run has had such an event. */
    private boolean isSaid(Predicate<TrainingEvent> same) {
        List<TrainingEvent> events = model.history().events();
        for (int i = events.size() - 1; i >= 0 && events.get(i).kind() != Kind.RUN_STARTED; i--) {
            if (same.test(events.get(i))) {
                return true;
            }
        }
        return false;
    }

    private void event(Kind kind, String subject, String text) {
        TrainingEvent event = new TrainingEvent(graph.getEpochCount() - 1, kind, subject, text);
        state.add(event);
        switch (kind) {
            case ALPHA_DIVERGING -> log.warn("unit after '{}': {}", subject, text);
            case TASK_UNLABELLED -> log.warn("task '{}': {}", subject, text);
            case LISTENER_LIMITS, RATE_SET_ON_GRAPH, SHARDS_UNEVEN -> log.warn("{}", text);
            default -> log.info("{} {}: {}", kind, subject, text);
        }
        for (ProgressListener listener : options.listeners()) {
            listener.onEvent(event);
        }
    }

    /** Seeds what layers draw in an epoch, so that it depends neither on when the run was started nor on the thread. */
    private void seedDropout(int epoch) {
        if (draws()) {
            Nd4j.getRandom().setSeed(Seeds.ofEpoch(model.plan().seed(), epoch));
        }
    }

    private boolean draws() {
        return Replicas.mayDraw(model.network());
    }

    private void tellOfStep(int epoch, int step, TrainingSteps.Result result) {
        if (options.listeners().isEmpty()) {
            return;
        }
        Optional<RandomState> random = draws() ? Optional.of(RandomState.now()) : Optional.empty();
        for (ProgressListener listener : options.listeners()) {
            listener.onStep(epoch, step, result.examples(), result.score());
        }
        random.ifPresent(RandomState::restore);
    }

    /** Says so where listeners, which may be set at any time, cost threads or see nothing. */
    private void reportListeners() {
        Optional<String> limits = steps.listenerLimits();
        if (limits.isPresent() && !limits.equals(listenerLimits)) {
            event(Kind.LISTENER_LIMITS, "", limits.get());
        }
        listenerLimits = limits;
    }

    /** Says so where rates were set on the graph, which is not what the plan, α and a saved model have. */
    private void reportRates() {
        Optional<String> set = model.rates().setOnGraph();
        if (set.isPresent() && !ratesSet) {
            event(Kind.RATE_SET_ON_GRAPH, "", set.get());
        }
        ratesSet = set.isPresent();
    }

    private EpochResult epoch() {
        reportListeners();
        reportRates();
        int epoch = graph.getEpochCount();
        for (TrainingListener listener : graph.getListeners()) {
            listener.onEpochStart(graph);
        }
        TaskMeans means = new TaskMeans(tasks);
        double score = 0;
        steps.start(epoch + 1); // the data's epoch 0 is for the output layers' start
        steps.unevenness().ifPresent(this::reportUnevenness);
        seedDropout(epoch);
        int step = 0;
        double relatedness = 0;
        while (steps.advance()) {
            if (steps.last() && model.network().regularizer().isPresent()) {
                relatedness = graph.getLayer(VertexNames.RELATEDNESS).calcRegularizationScore(true);
            }
            TrainingSteps.Result result = steps.run();
            divergence.check(result, epoch, step, steps.notFinite());
            steps.choice().ifPresent(choice -> event(Kind.AVERAGING_CHOSEN, choice.what(), choice.reason()));
            state.average()
                    .ifPresent(average ->
                            average.afterStep(options.parameterAveraging().orElseThrow()));
            means.add(result.losses(), result.labelled());
            score += result.steps() * result.score();
            tellOfStep(epoch, step, result);
            step += result.steps();
        }
        if (step == 0) {
            throw new IllegalArgumentException("the training data is empty: no batch after a reset");
        }
        double rate = model.rates().inLastStep(epoch);
        for (TrainingListener listener : graph.getListeners()) {
            listener.onEpochEnd(graph);
        }
        Map<String, Double> validation = new LinkedHashMap<>();
        MetricScores metrics = MetricScores.of(tasks, options::metricsOf);
        options.validation().ifPresent(held -> withAverage(() -> validation.putAll(model.validate(held, metrics))));
        return EpochResult.builder(epoch)
                .iterations(state.earlierIterations() + graph.getIterationCount())
                .learningRate(rate)
                .score(score / step)
                .trainingLoss(means.result())
                .relatedness(relatedness)
                .validationLoss(validation)
                .lossWeights(weights.byTask(steps.meanFactors()))
                .alphas(model.learnedSharing().alphaStates())
                .ties(model.relatedness())
                .validationMetrics(measured(metrics))
                .units(model.learnedSharing().unitStates())
                .gradients(steps.taskGradients())
                .exampleWeights(steps.exampleWeights())
                .build();
    }

    /** What metrics came to, without tasks that have none. */
    private Map<String, Map<String, MetricValue>> measured(MetricScores metrics) {
        Map<String, Map<String, MetricValue>> measured = new LinkedHashMap<>();
        if (options.validation().isPresent()) {
            metrics.result().forEach((task, values) -> {
                if (!values.isEmpty()) {
                    measured.put(task, values);
                }
            });
        }
        return measured;
    }

    /** Has something done with the averaged parameters, if they are averaged. */
    private void withAverage(Runnable work) {
        state.average().ifPresentOrElse(average -> state.access().withAverage(average, work), work);
    }
}
