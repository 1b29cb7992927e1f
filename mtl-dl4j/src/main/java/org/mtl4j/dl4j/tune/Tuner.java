package org.mtl4j.dl4j.tune;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.tune.Search.Rung;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.internal.io.RunDirectory;
import org.mtl4j.internal.random.Seeds;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.relatedness.RelatednessOverflowException;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingDivergedException;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationFeature;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Searches for hyperparameters whose model scores low, or is good by a metric.
 *
 * <pre>{@code
 * List<TrialResult> results = new Tuner(space, Search.halving(27, 2, 18, 3), 1, directory)
 *     .run(
 *         chosen -> Dl4jModel.create(networkOf(chosen), plan),
 *         training,
 *         model -> model.losses(validation).get("landmarks"));
 * }</pre>
 *
 * <p>Trial i is drawn from the seed and i alone, and every trial is checkpointed in the directory: the same search
 * called again goes on where it was cut off, and gives the same results. The best score of many is better than the
 * choice is: measure the one you take on data that the search has not seen.
 */
public final class Tuner {
    private static final Logger log = LoggerFactory.getLogger(Tuner.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final SearchSpace space;
    private final Search search;
    private final long seed;
    private final Path directory;
    private final FitOptions options;

    /**
     * Prepares a search.
     *
     * @param space what is drawn from
     * @param search how many, and for how long
     * @param seed of the draws
     * @param directory what has been found so far, and the trials' checkpoints; one directory for one search
     */
    public Tuner(SearchSpace space, Search search, long seed, Path directory) {
        this(space, search, seed, directory, FitOptions.epochs(1));
    }

    private Tuner(SearchSpace space, Search search, long seed, Path directory, FitOptions options) {
        this.space = Objects.requireNonNull(space, "space");
        this.search = Objects.requireNonNull(search, "search");
        this.directory = Objects.requireNonNull(directory, "directory");
        this.seed = seed;
        this.options = Objects.requireNonNull(options, "options");
    }

    /**
     * {@return the same search with validation data, stopping rules, listeners and so on of each trial} The options'
     * epochs and checkpoints do not count.
     */
    public Tuner withFitOptions(FitOptions options) {
        return new Tuner(space, search, seed, directory, options);
    }

    /**
     * Runs the search, or what is left of it. A trial whose model diverges, or cannot be made from its hyperparameters,
     * is given up and its failure recorded.
     *
     * @param candidate makes the fresh model of some hyperparameters; called again when its trial goes on, with the
     *     same result
     * @param training the data
     * @param score what is to be low, asked when a model has been trained for as long as its rung says; NaN counts as
     *     failure
     * @return all trials, best first: those that were trained longest, by their score; failed ones last
     * @throws IOException if the directory cannot be written or is that of another search
     */
    public List<TrialResult> run(
            Function<Hyperparameters, Dl4jModel> candidate,
            MultiDataSetIterator training,
            ToDoubleFunction<Dl4jModel> score)
            throws IOException {
        return run(candidate, training, score, false, identity());
    }

    private List<TrialResult> run(
            Function<Hyperparameters, Dl4jModel> candidate,
            MultiDataSetIterator training,
            ToDoubleFunction<Dl4jModel> score,
            boolean higherIsBetter,
            ObjectNode identity)
            throws IOException {
        RunDirectory.claim(directory, "search.json", "search", identity.toPrettyString());
        List<TrialResult> results = new ArrayList<>();
        for (int i = 0; i < search.trials(); i++) {
            results.add(read(i));
        }
        for (Rung rung : search.rungs()) {
            // who goes on was decided by the rung before: the first of the list, which is sorted
            for (int place = 0; place < rung.trials(); place++) {
                TrialResult result = results.get(place);
                if (!result.failed() && !result.scores().containsKey(rung.epochs())) {
                    TrialResult next = train(result, rung.epochs(), candidate, training, score);
                    write(next);
                    results.set(place, next);
                    log.info(
                            "trial {}, {} epochs: score {} {} {}",
                            next.trial(),
                            rung.epochs(),
                            next.scores().get(rung.epochs()),
                            next.failure(),
                            next.hyperparameters().values());
                }
            }
            results.subList(0, rung.trials()).sort(byScoreAt(rung.epochs(), higherIsBetter));
        }
        results.sort(better(higherIsBetter));
        return List.copyOf(results);
    }

    /**
     * Runs the search for what is best by a metric on validation data, as {@link #run(Function, MultiDataSetIterator,
     * ToDoubleFunction)} does.
     *
     * @param metric what is to be good: scores are its values, and the highest or the lowest is best as the metric says
     * @param task the name of a task that the metric applies to
     * @param validation what is measured on; the iterator is reset first
     * @throws IllegalArgumentException if there is no such task, or the metric does not apply to it
     */
    public List<TrialResult> run(
            Function<Hyperparameters, Dl4jModel> candidate,
            MultiDataSetIterator training,
            Metric metric,
            String task,
            MultiDataSetIterator validation)
            throws IOException {
        Objects.requireNonNull(task, "task");
        return run(
                candidate,
                training,
                model -> measured(model, metric, task, validation),
                metric.higherIsBetter(),
                identity().put("metric", metric.name()).put("task", task));
    }

    private static double measured(Dl4jModel model, Metric metric, String task, MultiDataSetIterator validation) {
        MetricValue value = model.measure(validation, metric)
                .getOrDefault(task, ImmutableMap.of())
                .get(metric.name());
        if (value == null) {
            throw new IllegalArgumentException("Tuner: there is no %s of a task '%s'; the tasks are %s"
                    .formatted(metric.name(), task, model.network().tasks()));
        }
        return value.value();
    }

    /**
     * {@return the model that a trial's latest score is of} It is taken from its checkpoint, or trained again where
     * that is gone.
     *
     * @param result of {@link #run}
     * @param candidate as for {@link #run}
     * @param training as for {@link #run}
     * @throws IllegalArgumentException if the trial has no score
     */
    public Dl4jModel modelOf(
            TrialResult result, Function<Hyperparameters, Dl4jModel> candidate, MultiDataSetIterator training) {
        if (result.score().isEmpty()) {
            throw new IllegalArgumentException("trial %d has no score, so there is no model of it: %s"
                    .formatted(result.trial(), result.failure()));
        }
        Dl4jModel model = candidate.apply(result.hyperparameters());
        fit(model, name(result.trial()), result.epochs(), training);
        if (model.history().epochsOfLatestRun() > result.epochs()) { // it has failed later, and left a later checkpoint
            model = candidate.apply(result.hyperparameters());
            fit(model, name(result.trial()) + "-again", result.epochs(), training);
        }
        return model;
    }

    private static Comparator<TrialResult> byScoreAt(int epochs, boolean higherIsBetter) {
        // a trial that failed later took part in the rungs before, also in the eyes of a search that goes on
        return Comparator.comparing(
                        (TrialResult result) -> lowered(result.scores().get(epochs), higherIsBetter))
                .thenComparing(TrialResult::trial);
    }

    /** Sorts better ones first: those trained longer, and among these the better score; failed ones last. */
    private static Comparator<TrialResult> better(boolean higherIsBetter) {
        return Comparator.comparing(TrialResult::failed)
                .thenComparing(Comparator.comparingInt(TrialResult::epochs).reversed())
                .thenComparing(result -> lowered(result.score().orElse(null), higherIsBetter))
                .thenComparing(TrialResult::trial);
    }

    /** What is low where a score is good; of none it is infinite. */
    private static double lowered(@Nullable Double score, boolean higherIsBetter) {
        if (score == null) {
            return Double.POSITIVE_INFINITY;
        }
        return higherIsBetter ? -score : score;
    }

    private TrialResult train(
            TrialResult before,
            int epochs,
            Function<Hyperparameters, Dl4jModel> candidate,
            MultiDataSetIterator training,
            ToDoubleFunction<Dl4jModel> score) {
        String failure = "";
        Map<Integer, Double> scores = before.scores();
        Dl4jModel model;
        try {
            model = candidate.apply(before.hyperparameters());
        } catch (IllegalArgumentException e) { // sizes that do not fit, for example
            return givenUp(before, String.valueOf(e.getMessage()));
        }
        try {
            fit(model, name(before.trial()), epochs, training);
            double value = score.applyAsDouble(model);
            if (Double.isNaN(value)) {
                failure = "the score is NaN";
            } else {
                scores = ImmutableSortedMap.<Integer, Double>naturalOrder()
                        .putAll(scores)
                        .put(epochs, value)
                        .build();
            }
        } catch (TrainingDivergedException | RelatednessOverflowException e) {
            return givenUp(before, String.valueOf(e.getMessage()));
        }
        return new TrialResult(before.trial(), before.hyperparameters(), scores, failure);
    }

    private static TrialResult givenUp(TrialResult trial, String why) {
        log.warn("trial {} is given up: {}", trial.trial(), why);
        return new TrialResult(trial.trial(), trial.hyperparameters(), trial.scores(), why);
    }

    /** Goes on from the checkpoint in the folder of this name, if there is one. */
    private void fit(Dl4jModel model, String checkpoints, int epochs, MultiDataSetIterator training) {
        model.fit(
                training,
                options.withEpochs(epochs)
                        .withCheckpoints(
                                Checkpoints.in(directory.resolve(checkpoints)).withKept(1)));
    }

    private static String name(int trial) {
        return String.format(Locale.ROOT, "trial-%04d", trial);
    }

    private TrialResult read(int trial) throws IOException {
        Hyperparameters drawn = space.draw(new SplittableRandom(Seeds.ofTrial(seed, trial)));
        Path file = directory.resolve(name(trial) + ".json");
        if (Files.notExists(file)) {
            return new TrialResult(trial, drawn, ImmutableMap.of(), "");
        }
        try {
            return JSON.readValue(Files.readString(file), TrialResult.class);
        } catch (JsonProcessingException e) {
            throw new IOException("%s is not the result of a trial: %s".formatted(file, e.getOriginalMessage()), e);
        }
    }

    private void write(TrialResult result) throws IOException {
        AtomicFile.write(directory.resolve(name(result.trial()) + ".json"), JSON.writeValueAsString(result));
    }

    /** Writes down what identifies a search in its directory, under names that do not depend on those of classes. */
    private ObjectNode identity() {
        ObjectNode identity = JSON.createObjectNode();
        ArrayNode parameters = identity.putArray("space");
        space.parameters().forEach(parameter -> parameters.add(describe(parameter)));
        identity.putObject("search")
                .put("trials", search.trials())
                .put("epochs", search.epochs())
                .put("firstEpochs", search.firstEpochs())
                .put("factor", search.factor());
        identity.put("seed", seed);
        return identity;
    }

    private static ObjectNode describe(Parameter parameter) {
        ObjectNode node = JSON.createObjectNode().put("name", parameter.name());
        return parameter.match(
                range -> node.put("type", "uniform").put("low", range.low()).put("high", range.high()),
                range -> node.put("type", "log-uniform").put("low", range.low()).put("high", range.high()),
                choice -> {
                    ArrayNode choices = node.put("type", "choice").putArray("choices");
                    choice.choices().forEach(choices::add);
                    return node;
                });
    }
}
