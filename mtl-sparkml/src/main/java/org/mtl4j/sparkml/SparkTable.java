package org.mtl4j.sparkml;

import com.google.common.collect.AbstractIterator;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.distributed.TrainingShard;
import org.mtl4j.internal.check.Check;
import org.mtl4j.internal.table.PackedRows;
import org.mtl4j.spark.DealtRows;

/**
 * The rows of a DataFrame as a table: what {@code org.mtl4j.table.Table} is for files. It makes an encoding of them by
 * one Spark job, and shards that workers train on. {@link MultiTaskEstimator} does so by itself; this is for runs with
 * {@link org.mtl4j.train.FitOptions} of your own:
 *
 * <pre>{@code
 * SparkTable table = SparkTable.of(rows, schema);
 * TableEncoding encoding = table.fitEncoding();
 * Dl4jModel model = Dl4jModel.create(networkOf(encoding), TrainingPlan.adam(1e-3));
 * model.setEncoding(encoding);
 * try (SparkWorkers workers = SparkWorkers.of(context, model, table.shards(encoding, 4, 256, 7))) {
 *     model.fit(workers, Averaging.gradients(), FitOptions.epochs(10));
 * }
 * }</pre>
 *
 * <p>Nothing is kept of the rows: each job reads the DataFrame. They have to be the same each time.
 */
public final class SparkTable {
    private final Dataset<Row> rows;
    private final TableSchema schema;
    private final TableColumns columns;
    private final String name;
    private final List<ReadRows> reads = new ArrayList<>();
    private @Nullable TableFacts facts;

    private SparkTable(Dataset<Row> rows, TableSchema schema, String name) {
        TableColumns.requireBatch(rows, "a table");
        this.name = name;
        List<String> used = schema.usedColumns();
        TableColumns.of(rows.schema(), schema, used); // on the driver, before any job
        this.rows = TableColumns.select(rows, used);
        this.schema = schema;
        this.columns = TableColumns.of(this.rows.schema(), schema, used);
    }

    /**
     * {@return the rows of a DataFrame as a table} No job is run.
     *
     * @param rows with all columns that the schema uses: numbers of any numeric type; categories, classes and labels of
     *     yes and no of type string, boolean, date, timestamp or any numeric one, read as text, whole numbers without a
     *     fraction
     * @throws IllegalArgumentException if a column is not there, or of another type; the message names it
     */
    public static SparkTable of(Dataset<Row> rows, TableSchema schema) {
        return of(rows, schema, "the DataFrame");
    }

    /** Calls it by this name in messages. */
    static SparkTable of(Dataset<Row> rows, TableSchema schema, String name) {
        return new SparkTable(rows, schema, name);
    }

    /** {@return what the columns are for} */
    public TableSchema schema() {
        return schema;
    }

    /**
     * {@return an encoding with the dictionaries and scales of these rows, to the bit that of the same rows in a file}
     * One job, unless {@link #rows} or this has been asked before.
     *
     * @throws IllegalArgumentException if there are no rows, a value is none that its column takes, or there are fewer
     *     than two classes of a task
     */
    public TableEncoding fitEncoding() {
        TableEncoding encoding = facts().encoding();
        facts().requireKnownLabels(encoding);
        return encoding;
    }

    /**
     * {@return the number of rows}
     *
     * @throws IllegalArgumentException as of {@link #fitEncoding}
     */
    public long rows() {
        return facts().rows();
    }

    TableFacts facts() {
        TableFacts known = facts;
        if (known == null) {
            TableSchema of = schema;
            TableColumns read = columns;
            JavaRDD<byte[]> parts = rows.javaRDD()
                    .mapPartitionsWithIndex(
                            (partition, some) ->
                                    List.of(facts(of, read, partition, some)).iterator(),
                            true);
            known = parts.getNumPartitions() == 0
                    ? new TableFacts(schema, 0)
                    : (TableFacts) Answer.valueOf(parts.treeReduce((a, b) ->
                            Answer.of(() -> ((TableFacts) Answer.valueOf(a)).merge((TableFacts) Answer.valueOf(b)))));
            known.requireRows(name);
            facts = known;
        }
        return known;
    }

    private static byte[] facts(TableSchema schema, TableColumns columns, int partition, Iterator<Row> rows) {
        TableFacts facts = new TableFacts(schema, partition);
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        while (rows.hasNext()) {
            columns.read(rows.next(), values);
            facts.add(values);
        }
        return Answer.of(() -> facts);
    }

    /**
     * {@return shards of these rows, made by executors} Rows are encoded, a code in as many bytes as it needs, and
     * dealt by a hash of what they are then and the seed ({@link DealtRows}). So what is trained is the same to the bit
     * whatever the partitions of the DataFrame, the order of its rows and that of its files, and the same to rounding
     * with another number of shards.
     *
     * @param encoding of this table's schema, usually that of the training rows
     * @param count how many shards, at least 1 and no more than rows
     * @param batchSize rows of all shards together in a step, at least 1
     * @param seed of the dealing and of the order of rows in each epoch
     * @throws IllegalArgumentException if a number is out of its range, the encoding is of another schema, a label is
     *     none that the encoding knows, or a number too large for single precision
     * @throws IllegalStateException if the rows are not those that {@link #fitEncoding} or {@link #rows} has read
     */
    public JavaRDD<TrainingShard> shards(TableEncoding encoding, int count, int batchSize, long seed) {
        Check.atLeast(1, count, "SparkTable: shards");
        Check.atLeast(1, batchSize, "SparkTable: batchSize");
        if (!encoding.schema().equals(schema)) {
            throw new IllegalArgumentException(
                    "the encoding is of another schema than the table: %s, and the table's is %s"
                            .formatted(encoding.schema(), schema));
        }
        facts().requireKnownLabels(encoding);
        if (rows() < count) {
            throw new IllegalArgumentException(
                    "%d rows are too few for %d shards; take at most as many shards as there are rows"
                            .formatted(rows(), count));
        }
        JavaSparkContext context =
                JavaSparkContext.fromSparkContext(rows.sparkSession().sparkContext());
        TableKryoClasses.require(context.sc());
        Broadcast<SentEncoding> sent = context.broadcast(new SentEncoding(encoding));
        TableColumns from = columns;
        ReadRows read = new ReadRows();
        context.sc().register(read);
        JavaRDD<byte[]> packed = rows.javaRDD()
                .mapPartitionsWithIndex(
                        (partition, some) ->
                                new PackedIterator(some, from, sent.value().get(), partition, read),
                        false);
        JavaRDD<TrainingShard> shards;
        try {
            shards = DealtRows.deal(packed, new TableDecoder(sent), count, batchSize, seed);
        } catch (IllegalArgumentException e) { // fewer rows than there were
            requireSame(read);
            throw e;
        }
        requireSame(read);
        reads.add(read);
        return shards;
    }

    private void requireSame(ReadRows read) {
        read.require(name, rows(), facts().sum());
    }

    /**
     * Looks whether rows that had to be read again, as where an executor was lost, were the same.
     *
     * @throws IllegalStateException if they were not
     */
    void requireUnchanged() {
        reads.forEach(this::requireSame);
    }

    /** Packs rows, up to one that cannot be, and tells which they were. */
    private static final class PackedIterator extends AbstractIterator<byte[]> {
        private final Iterator<Row> rows;
        private final TableColumns columns;
        private final PackedRows packed;
        private final @Nullable Object[] values;
        private final int partition;
        private final ReadRows read;
        private long count;
        private long sum;

        PackedIterator(Iterator<Row> rows, TableColumns columns, TableEncoding encoding, int partition, ReadRows read) {
            this.rows = rows;
            this.columns = columns;
            this.packed = new PackedRows(encoding);
            this.values = new @Nullable Object[columns.size()];
            this.partition = partition;
            this.read = read;
        }

        @Override
        protected byte @Nullable [] computeNext() {
            @Nullable String problem = null;
            while (rows.hasNext()) {
                columns.read(rows.next(), values);
                count++;
                sum += ReadRows.hash(values);
                if (problem == null) { // else the rows are counted alone
                    try {
                        float[] row = new float[packed.width()];
                        packed.pack(values, row);
                        return packed.toBytes(row);
                    } catch (IllegalArgumentException e) { // it would be the same again
                        problem = String.valueOf(e.getMessage());
                    }
                }
            }
            read.add(new ReadRows.Part(partition, count, sum, problem));
            return endOfData();
        }
    }

    /** Names the columns. */
    @Override
    public String toString() {
        return "SparkTable" + schema.usedColumns();
    }
}
