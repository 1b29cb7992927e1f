package org.mtl4j.dl4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.Workers;
import org.mtl4j.dl4j.internal.distributed.DistributedSteps;
import org.mtl4j.dl4j.internal.distributed.WorkersData;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.SingleTowerTraining;
import org.mtl4j.dl4j.internal.io.ModelFile;
import org.mtl4j.dl4j.internal.io.OtherNetwork;
import org.mtl4j.dl4j.internal.model.BackendCheck;
import org.mtl4j.dl4j.internal.serving.PreparedModel;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.RelatednessState;
import org.mtl4j.train.history.TrainingHistory;
import org.mtl4j.train.history.UnitState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Trains and asks a multi-task network, as a plain Deeplearning4j {@link ComputationGraph}.
 *
 * <pre>{@code
 * Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-3).withExponentialDecay(0.9));
 * model.fit(training, FitOptions.epochs(25).withValidation(validation));
 * INDArray points = model.predict(images).of("landmarks");
 * model.save(Path.of("faces.zip"));
 * }</pre>
 *
 * {@link #withPlan} gives it another plan. {@link #graph()} is the graph itself, for listeners, early stopping,
 * evaluation, {@code ModelSerializer} and whatever else works on graphs. Its outputs are the tasks, in the order of
 * {@link MultiTaskNetwork#tasks()}, by their names.
 *
 * <p>Same description, plan, data, machine, backend and thread count: same result, bit for bit.
 */
public final class Dl4jModel implements MultiTaskModel {
    private final GraphModel model;

    private Dl4jModel(GraphModel model) {
        this.model = model;
    }

    /**
     * Builds a fresh model with weights drawn from the plan's seed.
     *
     * @throws IllegalStateException if there is no ND4J backend on the class path; the message says what to add
     * @throws IllegalArgumentException if the network has layers that this module cannot build
     */
    public static Dl4jModel create(MultiTaskNetwork network, TrainingPlan plan) {
        return new Dl4jModel(GraphModel.create(network, plan));
    }

    /**
     * Trains each tower by itself, on its own tasks, and joins them by the units at their initial values: the start
     * that Misra et al. (2016, section 5) found better than from scratch. Fit it further to train the towers together.
     *
     * <p>Each tower starts with the same seed, so that towers of the same layers start equal.
     *
     * @param training the data of the whole network; labels of other towers' tasks are left out
     * @param options epochs, validation data, listeners, workers and checkpoints (one directory per tower under that
     *     given). With early stopping each tower stops by all of its tasks
     * @throws IllegalArgumentException if the options drop or reweigh tasks, which is for the joined model, or towers
     *     have layers in common that would be trained by each of them: a trunk, or an input's own layers
     */
    public static Dl4jModel fromSingleTasks(
            MultiTaskNetwork network, TrainingPlan plan, MultiDataSetIterator training, FitOptions options) {
        GraphModel joined = GraphModel.create(network, plan);
        new SingleTowerTraining(joined, training, options).train();
        return new Dl4jModel(joined);
    }

    /**
     * Takes one tower out as a model of its own, the way back from a stitched network: its layers, its tasks, copies of
     * its present weights and of the properties, without units and regularizer. {@code tower(name).graph()} is a plain
     * graph whose vertices are called as in this one. ({@link org.mtl4j.dl4j.join.StitchedGraph} does the same for
     * graphs of any origin.)
     *
     * <p>Where all units are at the identity it predicts exactly what this model predicts; elsewhere it does not,
     * because what the tower got from the others is gone, and should be trained on. It starts with fresh updater state
     * and no history of epochs.
     *
     * @throws IllegalArgumentException if there is no tower of this name
     */
    public Dl4jModel tower(String name) {
        return new Dl4jModel(new GraphModel(model.state().tower(name)));
    }

    /**
     * Gives a model another plan, to be trained on by it:
     * {@code Dl4jModel.load(file).withPlan(TrainingPlan.adam(1e-5))}. Everything goes by it then: layers, α and learned
     * coefficients with their factors or updaters of their own, schedules, penalty, clipping, precision, seed of what
     * is drawn in training. It is saved with the model.
     *
     * <p>The result has copies of this model's parameters (cast to the plan's precision), history and properties, and
     * predicts the same; this model stays as it is. The history notes the change.
     *
     * <ul>
     *   <li>Schedules and warm-up begin now, as in a fresh model: {@code withCosineDecay(10)} is for the next ten
     *       epochs. {@link #withPlanGoingOn} lets them go by all that the model has been trained for. A schedule of
     *       momentum always does. Units whose {@code withFrozenEpochs} have passed are not frozen again.
     *   <li>Where an updater is of the same kind as before, it keeps its state (moments, velocity). Otherwise it begins
     *       with none, and the count of steps that Adam and its kin correct their moments by begins at 0 for all
     *       parameters; {@link org.mtl4j.train.history.EpochResult#iterations} goes on.
     *   <li>An average of the parameters that was under way ({@code FitOptions.withParameterAveraging}) is not taken
     *       over, as a later call of {@code fit} begins one of its own.
     * </ul>
     *
     * <p>Checkpoints of a run are of one plan: give {@code fit} another directory.
     */
    public Dl4jModel withPlan(TrainingPlan plan) {
        return new Dl4jModel(model.withPlan(Objects.requireNonNull(plan, "plan"), true));
    }

    /**
     * Gives a model another plan as {@link #withPlan} does, with schedules that go by all steps and epochs that the
     * model has been trained for: to change something else in its plan on the way,
     * {@code model.withPlanGoingOn(model.plan().withL2(1e-4))}. The count of steps goes on, too, so an updater of
     * another kind begins with steps that are too large; take {@link #withPlan} for that.
     */
    public Dl4jModel withPlanGoingOn(TrainingPlan plan) {
        return new Dl4jModel(model.withPlan(Objects.requireNonNull(plan, "plan"), false));
    }

    /**
     * Lets this model go on in another network with its own plan: {@link #grownTo(MultiTaskNetwork, TrainingPlan)},
     * whose schedules begin now.
     */
    public GrownModel grownTo(MultiTaskNetwork network) {
        return grownTo(network, plan());
    }

    /**
     * Lets this model go on in another network, most often one with a tower or a task more:
     *
     * <pre>{@code
     * MultiTaskNetwork larger = model.network().toBuilder()
     *     .tower("age", SplitHead.of(Task.regression("age", 1)))
     *     .build();
     * Dl4jModel grown = model
     *     .grownTo(larger, TrainingPlan.adam(1e-3).withHeld(HeldPart.tower("landmarks").forEpochs(3)))
     *     .model();
     * }</pre>
     *
     * <p>What has the same name and shape in both networks keeps its numbers: layers of inputs, trunk and towers,
     * branches and output layers, the estimates of batch normalisation, learned coefficients. At units, what goes from
     * one tower that was joined before into another stays as it was, nothing comes from towers that are new, and the
     * rows of these begin as the unit says. A unit that is new lets the towers that were there be as they are (1 from
     * itself, 0 from others). So a network that has all of the old one, and towers, tasks and units besides, predicts
     * what the old one did. What changes a layer that stays (another size before it, another activation) is for you to
     * see: the report says what had to begin anew.
     *
     * <p>The result is a model of its own, with history and properties; this one stays as it is. The history notes what
     * was done. Output layers of new tasks start at the means of their targets, in the next {@code fit}; towers that
     * must start equal begin as the first one that was there. Schedules begin now. Updaters of the same kind keep their
     * state of what was kept. With updaters that go by the count of their steps, Adam and its kin, that count begins at
     * 0, so that new parameters start as in a fresh model; steps of the old ones are at first smaller than before.
     *
     * @param network with what is to be kept under the names that it has here
     * @param plan by which it is trained from now on; what is to be held still, at first or for good, by
     *     {@link TrainingPlan#withHeld}
     * @return the model, and what was kept, adapted, begun anew and dropped
     * @throws IllegalArgumentException if the network has layers that this module cannot build, or the plan holds what
     *     it does not have
     */
    public GrownModel grownTo(MultiTaskNetwork network, TrainingPlan plan) {
        OtherNetwork.Result result =
                model.grownTo(Objects.requireNonNull(network, "network"), Objects.requireNonNull(plan, "plan"));
        return new GrownModel(
                new Dl4jModel(new GraphModel(result.state())),
                result.kept(),
                result.adapted(),
                result.anew(),
                result.dropped());
    }

    /**
     * Reads a model whose types of your own were saved by their classes: {@link #load(Path, SavedTypes)} with these
     * packages trusted.
     *
     * @param trustedPackages packages of layers and relatedness functions of your own that the model uses, such as
     *     {@code "com.example.layers"}
     * @throws IOException if the file cannot be read or is not such a model; the message names the file
     * @throws IllegalStateException if there is no ND4J backend on the class path
     */
    public static Dl4jModel load(Path file, String... trustedPackages) throws IOException {
        return load(file, SavedTypes.none().trusting(trustedPackages));
    }

    /**
     * Reads a model that {@link #save} wrote, also of earlier versions; it predicts the same numbers, and goes on
     * training as if it had never been saved. Its graph is built of description and plan: what was changed in
     * {@link #graph()} besides numbers is not in the file.
     *
     * <p>The file need not be trusted: it can name types of this library and those given here, and within
     * {@link org.mtl4j.dl4j.layer.Dl4jLayer} classes of Deeplearning4j's configuration; check sums and sizes are looked
     * at before anything is made of it.
     *
     * @param file in any file system; one that is not the default one is copied into a temporary file first
     * @param types what types of your own are called in it, and which packages are trusted
     * @throws IOException if the file cannot be read or is not such a model; the message names the file
     * @throws IllegalStateException if there is no ND4J backend on the class path
     */
    public static Dl4jModel load(Path file, SavedTypes types) throws IOException {
        BackendCheck.require();
        return new Dl4jModel(new GraphModel(ModelFile.read(file, types)));
    }

    /**
     * Reads a model as {@link #load(Path, SavedTypes)} does, from a stream that is read to its end and left open. What
     * comes in is put into a temporary file first.
     *
     * @param in with nothing but the model
     * @param types what types of your own are called in it, and which packages are trusted
     * @throws IOException if the stream cannot be read or is not such a model, or there is no room for the temporary
     *     file
     * @throws IllegalStateException if there is no ND4J backend on the class path
     */
    public static Dl4jModel load(InputStream in, SavedTypes types) throws IOException {
        BackendCheck.require();
        return new Dl4jModel(new GraphModel(ModelFile.read(in, types)));
    }

    /**
     * {@return the graph itself} Training it, or changing its numbers, changes this model; other threads that use the
     * model meanwhile are not kept from seeing half of it. What is asked of this model is answered by other graphs over
     * the same parameters, whatever this one has been given.
     */
    public ComputationGraph graph() {
        return model.graph();
    }

    /**
     * {@return a predictor of this model as it is now, with standard options} See {@link #predictor(PredictorOptions)}.
     */
    public Predictor predictor() {
        return predictor(PredictorOptions.standard());
    }

    /**
     * Makes what a service asks: a value of its own that later training of this model does not change, for any number
     * of threads, several times as fast as {@link #predict(INDArray)} for single examples. It answers the same within
     * 1e-5 of a task's largest output, in single precision.
     *
     * @param options how it works
     * @throws IllegalArgumentException if the network has a layer, vertex or unit that the engine does not have, as
     *     yours are; the message names it and its place
     */
    public Predictor predictor(PredictorOptions options) {
        return PreparedModel.predictor(model.state(), Objects.requireNonNull(options, "options"));
    }

    /**
     * Tells whether the model was trained on sequences of which some steps were masked, so that it wants to be told
     * which steps are there.
     */
    public boolean needsMasks() {
        return model.state().hasSeenMaskedSteps();
    }

    @Override
    public MultiTaskNetwork network() {
        return model.network();
    }

    @Override
    public TrainingPlan plan() {
        return model.plan();
    }

    @Override
    public TrainingHistory fit(MultiDataSetIterator training, FitOptions options) {
        return model.fit(training, options);
    }

    /**
     * Trains as {@link #fit(MultiDataSetIterator, FitOptions)} does, with the steps computed by other processes.
     * Everything else, such as validation, rules that stop, checkpoints and the updater's state, stays here.
     *
     * <p>Where weights of losses depend on the losses of the batch, all workers are asked for these first: a forward
     * pass, and a round of questions, more; with averaged parameters weights are decided once a round. Gradients of
     * tasks that are combined are added up over the workers first, task by task, so that as many of them are sent as
     * there are tasks.
     *
     * @param workers each with a share of the training data
     * @param averaging what they have in common after each round
     * @param options as of the other method; {@link FitOptions#withWorkers}, threads of this process, means nothing
     *     here, and validation is done in this process
     * @return the epochs of the model's whole life, these included
     * @throws IllegalArgumentException as of the other method; if the options combine gradients or look at them, and
     *     parameters are to be averaged
     * @throws org.mtl4j.train.TrainingDivergedException if the score is not finite after a round
     */
    public TrainingHistory fit(Workers workers, Averaging averaging, FitOptions options) {
        return model.fit(new DistributedSteps(model, workers, averaging, options), options);
    }

    /**
     * Trains as {@link #fit(Workers, Averaging, FitOptions)} does, with the model measured by other processes, too,
     * after each epoch: rules that stop and metrics go by what {@link #losses(Workers)} and {@link #measure(Workers,
     * Metric...)} give.
     *
     * @param validation workers with shards of the validation data
     * @param options without validation data of this process
     * @throws IllegalArgumentException as of the other method; if the options have validation data
     */
    public TrainingHistory fit(Workers workers, Averaging averaging, Workers validation, FitOptions options) {
        if (options.validation().isPresent()) {
            throw new IllegalArgumentException(
                    "there are validation data in the options and with workers; give one of them");
        }
        return fit(workers, averaging, options.withValidation(new WorkersData(validation)));
    }

    @Override
    public Map<String, String> describe(FitOptions options) {
        return model.describe(options);
    }

    /**
     * {@return what these options come to for this model with these workers, in words} What
     * {@link #describe(FitOptions)} says, how the work is divided, and, with {@link Averaging#byCost}, what the latest
     * run has chosen, if it has.
     */
    public Map<String, String> describe(Workers workers, Averaging averaging, FitOptions options) {
        Map<String, String> all = new LinkedHashMap<>(describe(options));
        all.put("workers", DistributedSteps.division(workers, averaging, options));
        if (averaging instanceof Averaging.ByCost) {
            DistributedSteps.chosenIn(history()).ifPresent(chosen -> all.put("averaging chosen by cost", chosen));
        }
        return all;
    }

    @Override
    public TrainingHistory history() {
        return model.history();
    }

    @Override
    public void trimHistory(int epochs) {
        model.trimHistory(epochs);
    }

    @Override
    public Predictions predict(INDArray features) {
        return model.predict(features);
    }

    @Override
    public Predictions predict(INDArray features, @Nullable INDArray mask) {
        return model.predict(features, mask);
    }

    @Override
    public Predictions predict(Map<String, INDArray> features) {
        return model.predict(features);
    }

    @Override
    public Predictions predict(Map<String, INDArray> features, Map<String, INDArray> masks) {
        return model.predict(features, masks);
    }

    @Override
    public Optional<TableEncoding> encoding() {
        return model.encoding();
    }

    @Override
    public void setEncoding(TableEncoding encoding) {
        model.setEncoding(encoding);
    }

    @Override
    public Map<String, TaskScore> evaluate(MultiDataSetIterator data) {
        return model.evaluate(data);
    }

    @Override
    public Map<String, Map<String, MetricValue>> measure(MultiDataSetIterator data, Metric... metrics) {
        return model.measure(data, metrics);
    }

    @Override
    public Map<String, Double> losses(MultiDataSetIterator data) {
        return model.losses(data);
    }

    /**
     * Scores every task on the shards of workers, each where it is. Scores are merged without rounding, so that they
     * are those of {@link #evaluate(MultiDataSetIterator)} on the same batches, to the bit, on machines of one kind.
     *
     * @param workers with shards whose epoch 0 is measured on
     * @throws IllegalArgumentException as of the other method, as the workers' own exception tells it
     */
    public Map<String, TaskScore> evaluate(Workers workers) {
        return model.evaluate(new WorkersData(workers));
    }

    /**
     * Measures metrics on the shards of workers as {@link #evaluate(Workers)} does.
     *
     * @param workers with shards whose epoch 0 is measured on
     * @param metrics which can be serialised if they are your own, and are equal to what they become then
     */
    public Map<String, Map<String, MetricValue>> measure(Workers workers, Metric... metrics) {
        return model.measure(new WorkersData(workers), metrics);
    }

    /**
     * Measures losses on the shards of workers: those of {@link #losses(MultiDataSetIterator)} on the batches of all
     * shards, one shard after the other, to the bit, on machines of one kind.
     *
     * @param workers with shards whose epoch 0 is measured on
     */
    public Map<String, Double> losses(Workers workers) {
        return model.losses(new WorkersData(workers));
    }

    @Override
    public Map<String, INDArray> alphas() {
        return model.alphas();
    }

    @Override
    public List<UnitState> sharing() {
        return model.sharing();
    }

    @Override
    public Map<String, INDArray> unitParameters(String place) {
        return model.unitParameters(place);
    }

    @Override
    public List<RelatednessState> relatedness() {
        return model.relatedness();
    }

    @Override
    public Map<String, String> properties() {
        return model.properties();
    }

    @Override
    public void setProperty(String key, String value) {
        model.setProperty(key, value);
    }

    @Override
    public void save(Path file, SavedTypes types) throws IOException {
        model.save(file, types);
    }

    @Override
    public void save(OutputStream out, SavedTypes types) throws IOException {
        model.save(out, types);
    }
}
