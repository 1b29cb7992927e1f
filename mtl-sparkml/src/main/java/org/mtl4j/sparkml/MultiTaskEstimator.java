package org.mtl4j.sparkml;

import com.google.common.base.Strings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.distributed.Averaging;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.spark.HadoopCheckpoints;
import org.mtl4j.spark.SparkWorkers;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.stopping.EarlyStopping;

/**
 * Trains one network for several columns of a DataFrame, on its executors, as an estimator of {@code spark.ml}.
 *
 * <pre>{@code
 * MultiTaskTransformer transformer = new MultiTaskEstimator()
 *     .setSchema(schema)                       // what the columns are for: features, labels of tasks, weights
 *     .setTaskWeights(1, 0.5)
 *     .setSharedLayers(128, 128)
 *     .setEpochs(10)
 *     .setShards(4)
 *     .fit(rows);
 * }</pre>
 *
 * <p>Everything that can be is checked on the driver before any job: parameters, columns, types. A first job collects
 * the dictionaries and scales of the encoding, and looks at labels; values that are refused there are told with their
 * column. The encoding is kept in the model. Rows are then encoded and dealt to shards once (see
 * {@link SparkTable#shards}), and each step is a job: see {@link SparkWorkers}.
 *
 * <p>The result depends on parameters and rows, and in its last bits on the number of shards; not on the partitions of
 * the DataFrame, nor on the order of rows and files. It is trained by {@link org.mtl4j.train.FitOptions}; what these
 * can do beyond the parameters here, {@link SparkTable} and {@link Dl4jModel#fit} do.
 */
public final class MultiTaskEstimator extends Estimator<MultiTaskTransformer> implements DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    private static final String BY_STEPS = "steps";
    private static final String BY_COST = "cost";

    /** Under which property a model that is kept as checkpoints has what its run was. */
    private static final String RUN = "org.mtl4j.sparkml.run";

    private final String uid;
    private final Param<String> schemaJson;
    private final DoubleArrayParam taskWeights;
    private final IntArrayParam sharedLayers;
    private final IntArrayParam taskLayers;
    private final IntParam embeddingDimension;
    private final Param<TableNetwork> network;
    private final Param<String> planJson;
    private final DoubleParam learningRate;
    private final IntParam epochs;
    private final IntParam batchSize;
    private final IntParam shards;
    private final Param<String> averaging;
    private final IntParam averagingSteps;
    private final LongParam seed;
    private final Param<String> validationIndicatorCol;
    private final IntParam patience;
    private final Param<String> stoppingTask;
    private final Param<String> stoppingMetric;
    private final Param<String> checkpointDirectory;
    private final StringArrayParam trustedPackages;
    private final Param<String> handleInvalid;
    private final IntParam predictionBatchSize;
    private final BooleanParam servingPredictor;

    /** Has the defaults of all parameters; only the schema has to be set. */
    public MultiTaskEstimator() {
        this(Identifiable$.MODULE$.randomUID("multiTask"));
    }

    /** Has this name, as a copy has. */
    public MultiTaskEstimator(String uid) {
        this.uid = uid;
        schemaJson = new Param<>(
                this,
                "schemaJson",
                "what the columns are for: TableSchema.toJson()",
                TableParams.any("schemaJson", String.class, "the JSON of a TableSchema"));
        taskWeights = new DoubleArrayParam(
                this,
                "taskWeights",
                "by what the loss of each task is multiplied, in the order of the schema's labels (> 0)",
                TableParams.allWeights("taskWeights"));
        sharedLayers = new IntArrayParam(
                this,
                "sharedLayers",
                "outputs of the dense layers of all tasks (> 0)",
                TableParams.allAboveZero("sharedLayers"));
        taskLayers = new IntArrayParam(
                this,
                "taskLayers",
                "outputs of the dense layers of each task (> 0)",
                TableParams.allAboveZero("taskLayers"));
        embeddingDimension = new IntParam(
                this,
                "embeddingDimension",
                "the length of the row that is learned for each value of a category (>= 1)",
                TableParams.atLeast("embeddingDimension", 1));
        network = new NetworkParam(this);
        planJson = new Param<>(
                this,
                "planJson",
                "how the network is optimised: TrainingPlan.toJson()",
                TableParams.any("planJson", String.class, "the JSON of a TrainingPlan"));
        learningRate = new DoubleParam(
                this, "learningRate", "of Adam, unless there is a plan (> 0)", TableParams.aboveZero("learningRate"));
        epochs = new IntParam(this, "epochs", "passes over the rows (>= 1)", TableParams.atLeast("epochs", 1));
        batchSize = new IntParam(
                this, "batchSize", "rows of all shards together in a step (>= 1)", TableParams.atLeast("batchSize", 1));
        shards = new IntParam(
                this,
                "shards",
                "into how many the rows are divided (>= 0); 0 for as many as Spark's default parallelism",
                TableParams.atLeast("shards", 0));
        averaging = new Param<>(
                this,
                "averaging",
                "steps averages as averagingSteps says, cost as is chosen by what a round costs",
                TableParams.oneOf("averaging", List.of(BY_STEPS, BY_COST)));
        averagingSteps = new IntParam(
                this,
                "averagingSteps",
                "0 to add gradients in each step; else after how many steps parameters are averaged (>= 0)",
                TableParams.atLeast("averagingSteps", 0));
        seed = new LongParam(this, "seed", "of the dealing and order of the rows, and of the weights without a plan");
        validationIndicatorCol = new Param<>(
                this,
                "validationIndicatorCol",
                "a boolean column that is true for rows that are not trained on, but measured after each epoch",
                TableParams.nameOrNothing("validationIndicatorCol", "the name of a column"));
        patience = new IntParam(
                this,
                "patience",
                "after how many epochs without improvement on the validation rows a run ends (>= 0); 0 for never",
                TableParams.atLeast("patience", 0));
        stoppingTask = new Param<>(
                this,
                "stoppingTask",
                "the task that a run is ended by; empty for all",
                TableParams.nameOrNothing("stoppingTask", "the name of a task"));
        stoppingMetric = new Param<>(
                this,
                "stoppingMetric",
                "the metric that a run is ended by, of StandardMetric; empty for the loss",
                TableParams.oneOf("stoppingMetric", metricNames()));
        checkpointDirectory = new Param<>(
                this,
                "checkpointDirectory",
                "a folder on any Hadoop file system for checkpoints; empty for none",
                TableParams.nameOrNothing("checkpointDirectory", "a folder"));
        trustedPackages = new StringArrayParam(
                this,
                "trustedPackages",
                "packages of layers and functions of your own that executors may read",
                TableParams.any("trustedPackages", String[].class, "names of packages"));
        handleInvalid = TableParams.handleInvalid(this);
        predictionBatchSize = TableParams.predictionBatchSize(this);
        servingPredictor = TableParams.servingPredictor(this);
        setDefault(taskWeights, new double[0]);
        setDefault(sharedLayers, new int[] {128});
        setDefault(taskLayers, new int[] {32});
        setDefault(embeddingDimension, 8);
        setDefault(learningRate, 1e-3);
        setDefault(epochs, 10);
        setDefault(batchSize, 256);
        setDefault(shards, 0);
        setDefault(averaging, BY_STEPS);
        setDefault(averagingSteps, 0);
        setDefault(seed, 1L);
        setDefault(validationIndicatorCol, "");
        setDefault(patience, 0);
        setDefault(stoppingTask, "");
        setDefault(stoppingMetric, "");
        setDefault(checkpointDirectory, "");
        setDefault(trustedPackages, new String[0]);
        setDefault(handleInvalid, MissingValues.KEEP);
        setDefault(predictionBatchSize, 1024);
    }

    private static List<String> metricNames() {
        List<String> names = new ArrayList<>(List.of(""));
        for (StandardMetric metric : StandardMetric.values()) {
            names.add(metric.name());
        }
        return names;
    }

    @Override
    public String uid() {
        return uid;
    }

    /** {@return the parameter of {@link #setSchemaJson}} */
    public Param<String> schemaJson() {
        return schemaJson;
    }

    /** Says what the columns are for: features, labels of tasks, the weight of a row. Has to be said. */
    public MultiTaskEstimator setSchema(TableSchema schema) {
        return setSchemaJson(schema.toJson());
    }

    /** Says what the columns are for, as {@link TableSchema#toJson} writes it. */
    public MultiTaskEstimator setSchemaJson(String json) {
        set(schemaJson, json);
        return this;
    }

    /** {@return the parameter of {@link #setTaskWeights}} */
    public DoubleArrayParam taskWeights() {
        return taskWeights;
    }

    /**
     * Says by what the loss of each task is multiplied, in the order of the schema's labels: by 1 if it is not said.
     */
    public MultiTaskEstimator setTaskWeights(double... weights) {
        set(taskWeights, weights);
        return this;
    }

    /** {@return the parameter of {@link #setSharedLayers}} */
    public IntArrayParam sharedLayers() {
        return sharedLayers;
    }

    /** Says how many outputs the dense layers have that all tasks share: one layer of 128 if it is not said. */
    public MultiTaskEstimator setSharedLayers(int... outputs) {
        set(sharedLayers, outputs);
        return this;
    }

    /** {@return the parameter of {@link #setTaskLayers}} */
    public IntArrayParam taskLayers() {
        return taskLayers;
    }

    /** Says how many outputs the dense layers of each task have: one layer of 32 if it is not said. */
    public MultiTaskEstimator setTaskLayers(int... outputs) {
        set(taskLayers, outputs);
        return this;
    }

    /** {@return the parameter of {@link #setEmbeddingDimension}} */
    public IntParam embeddingDimension() {
        return embeddingDimension;
    }

    /** Says how long the row is that is learned for each value of a category: 8 if it is not said. */
    public MultiTaskEstimator setEmbeddingDimension(int dimension) {
        set(embeddingDimension, dimension);
        return this;
    }

    /** {@return the parameter of {@link #setNetwork}} */
    public Param<TableNetwork> network() {
        return network;
    }

    /**
     * Gives a network of your own, with any units, experts and penalties, in the place of shared and own dense layers.
     * Weights of tasks are then its own.
     */
    public MultiTaskEstimator setNetwork(TableNetwork of) {
        set(network, of);
        return this;
    }

    /** {@return the parameter of {@link #setPlan}} */
    public Param<String> planJson() {
        return planJson;
    }

    /** Gives a plan of your own in the place of Adam at a learning rate. */
    public MultiTaskEstimator setPlan(TrainingPlan plan) {
        set(planJson, plan.toJson(SavedTypes.none()));
        return this;
    }

    /** {@return the parameter of {@link #setLearningRate}} */
    public DoubleParam learningRate() {
        return learningRate;
    }

    /** Says the learning rate of Adam: 0.001 if it is not said. */
    public MultiTaskEstimator setLearningRate(double rate) {
        set(learningRate, rate);
        return this;
    }

    /** {@return the parameter of {@link #setEpochs}} */
    public IntParam epochs() {
        return epochs;
    }

    /** Says how many passes over the rows there are: 10 if it is not said. */
    public MultiTaskEstimator setEpochs(int count) {
        set(epochs, count);
        return this;
    }

    /** {@return the parameter of {@link #setBatchSize}} */
    public IntParam batchSize() {
        return batchSize;
    }

    /** Says how many rows all shards together have in a step: 256 if it is not said. */
    public MultiTaskEstimator setBatchSize(int rows) {
        set(batchSize, rows);
        return this;
    }

    /** {@return the parameter of {@link #setShards}} */
    public IntParam shards() {
        return shards;
    }

    /**
     * Says into how many shards the rows are divided: as many as Spark's default parallelism if it is not said. With
     * another number a step is the same to rounding only, so set it where the bits matter.
     */
    public MultiTaskEstimator setShards(int count) {
        set(shards, count);
        return this;
    }

    /** {@return the parameter of {@link #setAveraging}} */
    public Param<String> averaging() {
        return averaging;
    }

    /**
     * Says how it is decided what shards have in common after a round: {@code steps}, if it is not said, as
     * {@link #setAveragingSteps} says; {@code cost} by what a round costs, measured in the first epoch
     * ({@link Averaging#byCost}). The result then depends on time: for the same bits each time say how many steps.
     */
    public MultiTaskEstimator setAveraging(String by) {
        set(averaging, by);
        return this;
    }

    /** {@return the parameter of {@link #setAveragingSteps}} */
    public IntParam averagingSteps() {
        return averagingSteps;
    }

    /**
     * Says after how many steps of each shard by itself parameters are averaged ({@link Averaging#parameters}); 0, if
     * it is not said, adds the gradients in each step.
     */
    public MultiTaskEstimator setAveragingSteps(int steps) {
        set(averagingSteps, steps);
        return this;
    }

    /** {@return the parameter of {@link #setSeed}} */
    public LongParam seed() {
        return seed;
    }

    /** Says the seed of the rows' order, and, without a plan, of the first weights: 1 if it is not said. */
    public MultiTaskEstimator setSeed(long value) {
        set(seed, value);
        return this;
    }

    /** {@return the parameter of {@link #setValidationIndicatorCol}} */
    public Param<String> validationIndicatorCol() {
        return validationIndicatorCol;
    }

    /** Names a boolean column that is true for rows that are not trained on: the model is measured on them. */
    public MultiTaskEstimator setValidationIndicatorCol(String name) {
        set(validationIndicatorCol, name);
        return this;
    }

    /** {@return the parameter of {@link #setPatience}} */
    public IntParam patience() {
        return patience;
    }

    /**
     * Says after how many epochs without improvement on the validation rows a run ends; the model is then that of the
     * best epoch. 0, if it is not said, is for never.
     */
    public MultiTaskEstimator setPatience(int count) {
        set(patience, count);
        return this;
    }

    /** {@return the parameter of {@link #setStoppingTask}} */
    public Param<String> stoppingTask() {
        return stoppingTask;
    }

    /** Names the task that a run is ended by: all of them if it is not said. */
    public MultiTaskEstimator setStoppingTask(String name) {
        set(stoppingTask, name);
        return this;
    }

    /** {@return the parameter of {@link #setStoppingMetric}} */
    public Param<String> stoppingMetric() {
        return stoppingMetric;
    }

    /** Names the metric that a run is ended by, one of {@link StandardMetric}: the loss if it is not said. */
    public MultiTaskEstimator setStoppingMetric(String name) {
        set(stoppingMetric, name);
        return this;
    }

    /** {@return the parameter of {@link #setCheckpointDirectory}} */
    public Param<String> checkpointDirectory() {
        return checkpointDirectory;
    }

    /**
     * Names a folder, such as {@code hdfs:///runs/7}, where the model is saved after each epoch, and from which a run
     * whose driver was lost goes on when it is started again with the same rows and parameters, to the same bits
     * ({@link HadoopCheckpoints}). A folder is of one run: give none to an estimator whose parameters a
     * cross-validation varies.
     */
    public MultiTaskEstimator setCheckpointDirectory(String folder) {
        set(checkpointDirectory, folder);
        return this;
    }

    /** {@return the parameter of {@link #setTrustedPackages}} */
    public StringArrayParam trustedPackages() {
        return trustedPackages;
    }

    /** Names packages of layers and functions of your own, as of {@link Dl4jModel#load}. */
    public MultiTaskEstimator setTrustedPackages(String... packages) {
        set(trustedPackages, packages);
        return this;
    }

    /** {@return the parameter of {@link #setHandleInvalid}} */
    public Param<String> handleInvalid() {
        return handleInvalid;
    }

    /**
     * Says what is done with features that are missing: {@code keep} encodes them as missing (the default),
     * {@code error} refuses them. The transformer does likewise.
     */
    public MultiTaskEstimator setHandleInvalid(String value) {
        set(handleInvalid, value);
        return this;
    }

    /** {@return the parameter of {@link #setPredictionBatchSize}} */
    public IntParam predictionBatchSize() {
        return predictionBatchSize;
    }

    /** Says how many rows the transformer asks about at a time: 1,024 if it is not said. */
    public MultiTaskEstimator setPredictionBatchSize(int rows) {
        set(predictionBatchSize, rows);
        return this;
    }

    /** {@return the parameter of {@link #setServingPredictor}} */
    public BooleanParam servingPredictor() {
        return servingPredictor;
    }

    /**
     * Says whether the transformer asks the serving predictor: see {@link MultiTaskTransformer#setServingPredictor}.
     */
    public MultiTaskEstimator setServingPredictor(boolean served) {
        set(servingPredictor, served);
        return this;
    }

    private int integer(IntParam param) {
        return (Integer) getOrDefault(param);
    }

    private String text(Param<String> param) {
        return (String) getOrDefault(param);
    }

    private TableSchema schema() {
        if (!isDefined(schemaJson)) {
            throw new IllegalArgumentException(
                    uid + ": it is not said what the columns are for; set the schema, with the labels of the tasks");
        }
        TableSchema schema = TableSchema.fromJson(text(schemaJson));
        if (schema.labels().isEmpty()) {
            throw new IllegalArgumentException(uid
                    + ": the schema has no labels; "
                    + "TableSchema.Builder.label says from which columns a task's are read");
        }
        return schema;
    }

    /**
     * {@return the columns that the transformer's DataFrames will have} With a network of your own that has not all
     * tasks of the schema, some of these are not added.
     *
     * @throws IllegalArgumentException if a column that the schema uses is not there or has another type, the name of
     *     one that is added is taken, or parameters do not fit together
     */
    @Override
    public StructType transformSchema(StructType given) {
        TableSchema schema = checked(given);
        List<StructField> added = schema.labels().stream()
                .flatMap(label -> Arrays.stream(fields(label)))
                .toList();
        TableColumns.requireFree(given, added.stream().map(StructField::name).toList());
        StructType all = given;
        for (StructField field : added) {
            all = all.add(field);
        }
        return all;
    }

    /** A task with its kind; which classes there are is not known yet, and does not matter. */
    private static Task task(Label label) {
        return label instanceof Label.Numbers numbers
                ? Task.regression(numbers.task(), numbers.columns().size())
                : label instanceof Label.Flags flags
                        ? Task.multiLabel(flags.task(), flags.columns().toArray(String[]::new))
                        : Task.classification(label.task(), "0", "1");
    }

    private static StructField[] fields(Label label) {
        TableEncoding none = TableEncoding.fitter(
                        TableSchema.builder().numbers(LabelColumns.NO_FEATURE).build())
                .add(new @Nullable Object[1])
                .build();
        return PredictionColumns.of(List.of(task(label)), none).fields(null);
    }

    private TableSchema checked(StructType given) {
        TableSchema schema = schema();
        TableColumns.of(given, schema, schema.usedColumns());
        List<String> tasks = schema.labels().stream().map(Label::task).toList();
        double[] weights = (double[]) getOrDefault(taskWeights);
        if (weights.length != 0 && weights.length != tasks.size()) {
            throw new IllegalArgumentException("%s: expected a weight for each of the tasks %s, got %s"
                    .formatted(uid, tasks, Arrays.toString(weights)));
        }
        if (weights.length != 0 && isDefined(network)) {
            throw new IllegalArgumentException(uid
                    + ": taskWeights are of the network that sizes describe; give those of yours by Task.withWeight");
        }
        String indicator = text(validationIndicatorCol);
        if (!indicator.isEmpty()) {
            StructField field = given.fields()[TableColumns.place(given, indicator)];
            if (!(field.dataType() instanceof BooleanType)) {
                throw new IllegalArgumentException(
                        "column '%s': expected boolean, true for rows to be measured on, got %s"
                                .formatted(indicator, field.dataType().catalogString()));
            }
            if (schema.usedColumns().contains(indicator)) {
                throw new IllegalArgumentException(
                        "column '%s': it says which rows are measured on, and cannot be something else as well"
                                .formatted(indicator));
            }
        }
        if (text(averaging).equals(BY_COST) && integer(averagingSteps) > 0) {
            throw new IllegalArgumentException(
                    "%s: averaging by cost chooses the steps, and averagingSteps says %d; leave one of them"
                            .formatted(uid, integer(averagingSteps)));
        }
        checkStopping(schema, !indicator.isEmpty());
        return schema;
    }

    private void checkStopping(TableSchema schema, boolean validated) {
        List<String> tasks = schema.labels().stream().map(Label::task).toList();
        String task = text(stoppingTask);
        if (!task.isEmpty() && !tasks.contains(task)) {
            throw new IllegalArgumentException(
                    "%s: stoppingTask: no task '%s'; there are %s".formatted(uid, task, tasks));
        }
        if (integer(patience) > 0 && !validated) {
            throw new IllegalArgumentException(uid
                    + ": patience is of epochs without improvement on rows that are measured on, and there are none;"
                    + " set validationIndicatorCol");
        }
        if (integer(patience) == 0 && (!task.isEmpty() || !text(stoppingMetric).isEmpty())) {
            throw new IllegalArgumentException(
                    uid + ": stoppingTask and stoppingMetric say by what a run is ended; set patience, too");
        }
        String metric = text(stoppingMetric);
        List<String> ended = task.isEmpty() ? tasks : List.of(task);
        boolean applies = schema.labels().stream()
                .filter(label -> ended.contains(label.task()))
                .anyMatch(label ->
                        metric.isEmpty() || StandardMetric.valueOf(metric).appliesTo(task(label)));
        if (!applies) {
            throw new IllegalArgumentException(
                    "%s: stoppingMetric %s applies to none of the tasks %s".formatted(uid, metric, ended));
        }
    }

    /**
     * Trains.
     *
     * @throws IllegalArgumentException as of {@link #transformSchema}, or if there are no rows or fewer than shards, a
     *     value is none that its column takes, or a label is the same in all rows
     * @throws org.mtl4j.train.TrainingDivergedException if the score is not finite after a step
     */
    @Override
    public MultiTaskTransformer fit(Dataset<?> dataset) {
        Dataset<Row> rows = dataset.toDF();
        TableColumns.requireBatch(rows, "fit");
        transformSchema(rows.schema());
        TableKryoClasses.require(rows.sparkSession().sparkContext());
        TableSchema schema = schema();
        String indicator = text(validationIndicatorCol);
        JavaSparkContext context =
                JavaSparkContext.fromSparkContext(rows.sparkSession().sparkContext());
        try (HadoopCheckpoints kept = checkpoints(context)) { // which says here what cannot be kept there
            return fit(rows, schema, indicator, context, kept);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private MultiTaskTransformer fit(
            Dataset<Row> rows,
            TableSchema schema,
            String indicator,
            JavaSparkContext context,
            @Nullable HadoopCheckpoints kept)
            throws IOException {
        String part = "the part of the DataFrame where column '%s' is ".formatted(indicator);
        SparkTable training = indicator.isEmpty()
                ? SparkTable.of(rows, schema)
                : SparkTable.of(held(rows, indicator, false), schema, part + "not true");
        Optional<SparkTable> validation = indicator.isEmpty()
                ? Optional.empty()
                : Optional.of(SparkTable.of(held(rows, indicator, true), schema, part + "true"));
        TableEncoding encoding = training.fitEncoding();
        training.facts().requireVaryingLabels(encoding);
        training.facts().requireWeight("the training");
        validation.ifPresent(this::requireMeasurable);
        if (text(handleInvalid).equals(MissingValues.ERROR)) {
            training.facts().requireNoneMissing();
            validation.ifPresent(table -> table.facts().requireNoneMissing());
        }
        Dl4jModel model = Dl4jModel.create(network(encoding), plan());
        model.setEncoding(encoding);
        if (kept != null) {
            model.setProperty(RUN, run()); // by which checkpoints of another run are known
        }
        try {
            train(model, context, training, validation, kept);
        } catch (IllegalArgumentException e) {
            throw kept == null
                    ? e
                    : new IllegalArgumentException(kept.withDirectory(String.valueOf(e.getMessage())), e);
        }
        training.requireUnchanged();
        validation.ifPresent(SparkTable::requireUnchanged);
        String[] packages = (String[]) getOrDefault(trustedPackages);
        return copyValues(MultiTaskTransformer.of(uid, model, packages), ParamMap.empty())
                .setParent(this);
    }

    private void requireMeasurable(SparkTable validation) {
        if (integer(patience) > 0) {
            String task = text(stoppingTask);
            validation
                    .facts()
                    .requireLabelOf(
                            task.isEmpty()
                                    ? validation.schema().labels().stream()
                                            .map(Label::task)
                                            .toList()
                                    : List.of(task),
                            "the validation");
            validation.facts().requireWeight("the validation");
        }
    }

    /** What decides the result, beside what a model and the options of a run say. */
    private String run() {
        return "batchSize %s, shards %s, averaging %s %s, seed %s"
                .formatted(
                        integer(batchSize),
                        integer(shards),
                        text(averaging),
                        integer(averagingSteps),
                        getOrDefault(seed));
    }

    /** Rows without a value are trained on. */
    private static Dataset<Row> held(Dataset<Row> rows, String indicator, boolean value) {
        return TableColumns.where(rows, TableColumns.place(rows.schema(), indicator), column -> functions
                .coalesce(column, functions.lit(false))
                .equalTo(value));
    }

    private MultiTaskNetwork network(TableEncoding encoding) {
        if (isDefined(network)) {
            MultiTaskNetwork own = ((TableNetwork) getOrDefault(network)).of(encoding);
            if (own == null) { // which code that is not checked for null can give
                throw new IllegalArgumentException(uid + ": network gave null; expected a network of the encoding");
            }
            encoding.requireFits(own);
            return own;
        }
        double[] weights = (double[]) getOrDefault(taskWeights);
        List<Task> tasks = new ArrayList<>();
        for (Task task : encoding.tasks()) {
            tasks.add(weights.length == 0 ? task : task.withWeight(weights[tasks.size()]));
        }
        return HardSharing.of(encoding, tasks, integer(embeddingDimension), (int[]) getOrDefault(sharedLayers), (int[])
                getOrDefault(taskLayers));
    }

    private TrainingPlan plan() {
        return isDefined(planJson)
                ? TrainingPlan.fromJson(text(planJson), SavedTypes.none())
                : TrainingPlan.adam((Double) getOrDefault(learningRate)).withSeed((Long) getOrDefault(seed));
    }

    private void train(
            Dl4jModel model,
            JavaSparkContext context,
            SparkTable training,
            Optional<SparkTable> validation,
            @Nullable HadoopCheckpoints kept)
            throws IOException {
        String[] packages = (String[]) getOrDefault(trustedPackages);
        int count =
                integer(shards) > 0 ? integer(shards) : (int) Math.min(context.defaultParallelism(), training.rows());
        try (SparkWorkers workers = SparkWorkers.of(context, model, shardsOf(training, model, count), packages)) {
            FitOptions options = kept == null ? options() : kept.addTo(options());
            if (validation.isEmpty()) {
                model.fit(workers, averagingOfRounds(), options);
                return;
            }
            JavaRDD<TrainingShard> held = shardsOf(validation.get(), model, (int)
                    Math.min(count, validation.get().rows()));
            try (SparkWorkers measuring = SparkWorkers.of(context, model, held, packages)) {
                model.fit(workers, averagingOfRounds(), measuring, options);
            }
        }
    }

    private @Nullable HadoopCheckpoints checkpoints(JavaSparkContext context) throws IOException {
        String folder = text(checkpointDirectory);
        return folder.isEmpty() ? null : HadoopCheckpoints.in(context.hadoopConfiguration(), folder);
    }

    private Averaging averagingOfRounds() {
        if (text(averaging).equals(BY_COST)) {
            return Averaging.byCost();
        }
        return integer(averagingSteps) == 0 ? Averaging.gradients() : Averaging.parameters(integer(averagingSteps));
    }

    private JavaRDD<TrainingShard> shardsOf(SparkTable table, Dl4jModel model, int count) {
        return table.shards(model.encoding().orElseThrow(), count, integer(batchSize), (Long) getOrDefault(seed));
    }

    private FitOptions options() {
        FitOptions options = FitOptions.epochs(integer(epochs));
        if (integer(patience) == 0) {
            return options;
        }
        Optional<StandardMetric> metric =
                Optional.ofNullable(Strings.emptyToNull(text(stoppingMetric))).map(StandardMetric::valueOf);
        Optional<String> task = Optional.ofNullable(Strings.emptyToNull(text(stoppingTask)));
        return options.withEarlyStopping(new EarlyStopping(task, integer(patience), 0, metric.map(chosen -> chosen)));
    }

    @Override
    public MultiTaskEstimator copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    /** {@return what reads estimators} */
    public static MLReader<MultiTaskEstimator> read() {
        return SavedParams.reader(MultiTaskEstimator.class);
    }

    /** {@return the estimator of a folder} */
    public static MultiTaskEstimator load(String path) {
        return read().load(path);
    }
}
