package org.mtl4j.sparkml;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.saved.SavedTypes;

/**
 * Adds the predictions of a model to a DataFrame. It is what {@link MultiTaskEstimator} gives, and any model that knows
 * how rows of a table are encoded becomes one, wherever it was trained:
 *
 * <pre>{@code
 * MultiTaskTransformer transformer = MultiTaskTransformer.of(Dl4jModel.load(Path.of("adult.zip")));
 * transformer.transform(rows).where("income_prediction = '>50K'").write().parquet("hdfs:///rich");
 * }</pre>
 *
 * <p>For each task there are
 *
 * <ul>
 *   <li>{@code <task>_prediction}: the most likely class as a string; of labels of yes and no an array of those that
 *       are more likely yes than no; of one real number a double, of several an array of doubles in the order of the
 *       schema's columns;
 *   <li>{@code <task>_probability}, but for real numbers: a vector with the probability of each class, in their order,
 *       or of yes for each label. {@code vector_to_array(income_probability)[1]} is a number for SQL.
 * </ul>
 *
 * <p>Rows are asked about {@link #setPredictionBatchSize} at a time, within the partition and in its order; an executor
 * reads the model once. Streaming DataFrames are transformed likewise. What is saved is a folder in the way of
 * {@code spark.ml}, with the library's own model file in it, {@code model.zip}, which {@link Dl4jModel#load} reads.
 *
 * <p>Models with layers of your own name their packages when they are read: in {@link #load(String, String...)}, or, as
 * part of a pipeline, in the setting {@code spark.org.mtl4j.trustedPackages} of the session, with commas between them.
 */
public final class MultiTaskTransformer extends Model<MultiTaskTransformer> implements MLWritable {
    private static final long serialVersionUID = 1L;

    /** The model file in the folder of a saved transformer. */
    private static final String FILE = "model.zip";

    private static final String TRUSTED = "spark.org.mtl4j.trustedPackages";

    private static final int BATCH_SIZE = 1024;

    private final String uid;
    private transient Dl4jModel model;
    private final String[] trustedPackages;
    private final Param<String> handleInvalid;
    private final IntParam predictionBatchSize;
    private final BooleanParam servingPredictor;
    private transient @Nullable Broadcast<SentModel> sent;
    private transient @Nullable SparkContext sentBy;

    private MultiTaskTransformer(String uid, Dl4jModel model, String... trustedPackages) {
        this.uid = uid;
        this.model = model;
        this.trustedPackages = trustedPackages.clone();
        this.handleInvalid = TableParams.handleInvalid(this);
        this.predictionBatchSize = TableParams.predictionBatchSize(this);
        this.servingPredictor = TableParams.servingPredictor(this);
        setDefault(handleInvalid, MissingValues.KEEP);
        setDefault(predictionBatchSize, BATCH_SIZE);
    }

    /**
     * {@return a transformer that asks this model} It asks it as it is when the first DataFrame is transformed.
     *
     * @param model one with an {@linkplain Dl4jModel#encoding() encoding}
     * @param trustedPackages as of {@link Dl4jModel#load}, for models with layers of your own
     * @throws IllegalArgumentException if it has no encoding
     */
    public static MultiTaskTransformer of(Dl4jModel model, String... trustedPackages) {
        return of(Identifiable$.MODULE$.randomUID("multiTask"), model, trustedPackages);
    }

    static MultiTaskTransformer of(String uid, Dl4jModel model, String... trustedPackages) {
        if (model.encoding().isEmpty()) {
            throw new IllegalArgumentException(
                    "the model has no encoding of a table, by which rows become what it reads; it keeps that of a"
                            + " table's batches that it is trained on, or is given one by setEncoding");
        }
        return new MultiTaskTransformer(uid, model, trustedPackages);
    }

    @Override
    public String uid() {
        return uid;
    }

    /** {@return the model} */
    public Dl4jModel model() {
        return model;
    }

    private TableEncoding encoding() {
        return model.encoding().orElseThrow();
    }

    private PredictionColumns added() {
        return PredictionColumns.of(model.network().tasks(), encoding());
    }

    /** {@return the parameter of {@link #setHandleInvalid}} */
    public Param<String> handleInvalid() {
        return handleInvalid;
    }

    /**
     * Says what is done with features that are missing: {@code keep} encodes them as missing (the default),
     * {@code error} refuses them.
     */
    public MultiTaskTransformer setHandleInvalid(String value) {
        set(handleInvalid, value);
        return this;
    }

    /** {@return the parameter of {@link #setPredictionBatchSize}} */
    public IntParam predictionBatchSize() {
        return predictionBatchSize;
    }

    /** Says how many rows are asked about at a time: 1,024 if it is not said. */
    public MultiTaskTransformer setPredictionBatchSize(int rows) {
        set(predictionBatchSize, rows);
        return this;
    }

    /** {@return the parameter of {@link #setServingPredictor}} */
    public BooleanParam servingPredictor() {
        return servingPredictor;
    }

    /**
     * Says whether rows are asked about by the predictor that services use ({@link Dl4jModel#predictor()}), one for
     * each executor, in the place of the model itself. It answers the same within 1e-5 of a task's largest output, in
     * less time.
     *
     * <p>If it is not said, each executor takes the predictor for a model of single precision, if it computes on a CPU,
     * and the model itself otherwise and where a layer is one that the predictor does not have, as yours are.
     *
     * @param served true for the predictor, and a model that it does not know is refused before a job; false for the
     *     model, whose answers are those of {@link Dl4jModel#predict} to the bit for batches of the same rows
     */
    public MultiTaskTransformer setServingPredictor(boolean served) {
        set(servingPredictor, served);
        return this;
    }

    /**
     * {@return the columns that a DataFrame will have}
     *
     * @throws IllegalArgumentException if a column that the model reads is not there or has another type, or the name
     *     of one that is added is taken
     */
    @Override
    public StructType transformSchema(StructType schema) {
        features(schema);
        PredictionColumns added = added();
        TableColumns.requireFree(schema, added.names());
        return added.appendedTo(schema, encoding());
    }

    private TableColumns features(StructType given) {
        TableSchema schema = encoding().schema();
        return TableColumns.of(given, schema, TableColumns.features(schema));
    }

    private boolean refusesMissing() {
        return getOrDefault(handleInvalid).equals(MissingValues.ERROR);
    }

    /**
     * {@return the rows with the columns added} No job is run.
     *
     * @throws IllegalArgumentException as of {@link #transformSchema}, or if the serving predictor is to answer and has
     *     no kernel for a layer of the model
     */
    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        Dataset<Row> rows = dataset.toDF();
        StructType all = transformSchema(rows.schema());
        Answering answering = answering();
        if (answering == Answering.PREDICTOR) {
            model.predictor().close(); // that it can be made is known here, and not by a job that fails
        }
        TablePredictor predictor = new TablePredictor(
                sent(rows.sparkSession().sparkContext()),
                features(rows.schema()),
                added(),
                refusesMissing(),
                (Integer) getOrDefault(predictionBatchSize),
                answering);
        Dataset<Row> predicted =
                rows.mapPartitions((MapPartitionsFunction<Row, Row>) predictor::predict, Encoders.row(all));
        StructType made = predicted.schema();
        return TableColumns.numbered(predicted)
                .select(IntStream.range(0, all.size())
                        .mapToObj(place -> as(all.apply(place), made.apply(place), place))
                        .toArray(Column[]::new));
    }

    private Answering answering() {
        if (!isSet(servingPredictor)) {
            return Answering.PREDICTOR_IF_KNOWN;
        }
        return (Boolean) getOrDefault(servingPredictor) ? Answering.PREDICTOR : Answering.MODEL;
    }

    /** With the metadata, and the fields of an interval, which an encoder of rows leaves out. */
    private static Column as(StructField field, StructField made, int place) {
        Column column = TableColumns.numbered(place);
        boolean same = made.dataType().sameType(field.dataType());
        return (same ? column : column.cast(field.dataType())).as(field.name(), field.metadata());
    }

    /**
     * Scores every task on the rows of a DataFrame, where they are: what {@link Dl4jModel#evaluate} gives for the same
     * rows in one process, merged without rounding.
     *
     * @param dataset with features and labels, and the weights of the examples where the schema has them
     * @throws IllegalArgumentException if a column is not there or has another type, there are no rows, or a value is
     *     none that its column takes
     */
    public Map<String, TaskScore> evaluate(Dataset<?> dataset) {
        return TableEvaluation.of(
                sent(dataset.sparkSession().sparkContext()), model, dataset.toDF(), refusesMissing(), (Integer)
                        getOrDefault(predictionBatchSize));
    }

    private synchronized Broadcast<SentModel> sent(SparkContext context) {
        Broadcast<SentModel> known = sent;
        if (known == null || sentBy != context) { // which an application may stop, and begin anew
            TableKryoClasses.require(context);
            try {
                known = JavaSparkContext.fromSparkContext(context).broadcast(SentModel.of(model, trustedPackages));
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
            sent = known;
            sentBy = context;
        }
        return known;
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
        out.defaultWriteObject();
        out.writeObject(SentModel.of(model, trustedPackages));
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        model = ((SentModel) in.readObject()).get();
    }

    @Override
    public MultiTaskTransformer copy(ParamMap extra) {
        MultiTaskTransformer copy = new MultiTaskTransformer(uid, model, trustedPackages);
        copy.sent = sent;
        copy.sentBy = sentBy;
        copyValues(copy, extra);
        copy.setParent(parent());
        return copy;
    }

    /** {@return what writes this transformer as a folder} */
    @Override
    public MLWriter write() {
        return new Writer(this);
    }

    /** {@return what reads transformers} */
    public static MLReader<MultiTaskTransformer> read() {
        return new Reader();
    }

    /** {@return the transformer of a folder, on any Hadoop file system} */
    public static MultiTaskTransformer load(String path) {
        return read().load(path);
    }

    /**
     * {@return the transformer of a folder, on any Hadoop file system}
     *
     * @param trustedPackages as of {@link Dl4jModel#load}
     */
    public static MultiTaskTransformer load(String path, String... trustedPackages) {
        return new Reader(trustedPackages).load(path);
    }

    private static final class Writer extends MLWriter {
        private final MultiTaskTransformer transformer;

        Writer(MultiTaskTransformer transformer) {
            this.transformer = transformer;
        }

        @Override
        public void saveImpl(String path) {
            SavedParams.write(transformer, path, sc());
            Path file = new Path(path, FILE);
            try {
                FileSystem files = file.getFileSystem(sc().hadoopConfiguration());
                try (OutputStream out = files.create(file, true)) {
                    transformer.model.save(out, SavedTypes.none());
                }
            } catch (IOException e) {
                throw new UncheckedIOException("%s: %s".formatted(file, e.getMessage()), e);
            }
        }
    }

    private static final class Reader extends MLReader<MultiTaskTransformer> {
        private final String[] trustedPackages;

        Reader(String... trustedPackages) {
            this.trustedPackages = trustedPackages.clone();
        }

        @Override
        public MultiTaskTransformer load(String path) {
            DefaultParamsReader.Metadata metadata = SavedParams.read(path, sc(), MultiTaskTransformer.class);
            String[] packages = trustedPackages.length > 0
                    ? trustedPackages
                    : Arrays.stream(sparkSession().conf().get(TRUSTED, "").split(","))
                            .map(String::strip)
                            .filter(name -> !name.isEmpty())
                            .toArray(String[]::new);
            Dl4jModel model = model(new Path(path, FILE), sc().hadoopConfiguration(), packages);
            MultiTaskTransformer transformer = of(metadata.uid(), model, packages);
            SavedParams.set(metadata, transformer);
            return transformer;
        }

        private static Dl4jModel model(Path file, Configuration configuration, String... packages) {
            try (InputStream in = file.getFileSystem(configuration).open(file)) {
                return Dl4jModel.load(in, SavedTypes.none().trusting(packages));
            } catch (IOException e) {
                throw new UncheckedIOException("%s: %s".formatted(file, e.getMessage()), e);
            }
        }
    }

    @Override
    public String toString() {
        return "MultiTaskTransformer[%s, tasks %s]"
                .formatted(
                        uid,
                        model.network().tasks().stream()
                                .map(task -> task.name())
                                .toList());
    }
}
