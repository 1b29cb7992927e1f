package org.mtl4j.data;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.internal.check.PlainNumber;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.internal.sum.Moments;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Input;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How rows of a table become the numbers that a network takes: the {@linkplain TableSchema schema} with the
 * dictionaries and scales of the training rows. It is made by a {@link Fitter}, and applied to training data, to other
 * data and, in an application, to rows of raw values, so that all are encoded alike.
 *
 * <p>The features of a row are codes, one for each category in the order of the schema, and numbers: those of the
 * schema, in its order, and behind them an indicator of each column that has one.
 */
public final class TableEncoding {
    /**
     * The code of a value that had none among the training rows, and of a missing one in a column of which no training
     * row lacked it: nothing was learned of either.
     */
    public static final int NOT_SEEN = 0;

    /** The code of a missing value. */
    public static final int MISSING = 1;

    /** What batches and networks call the input of the categories' codes. */
    public static final String CODES = "codes";

    /** What batches and networks call the input of the numbers. */
    public static final String NUMBERS = "numbers";

    private static final Logger log = LoggerFactory.getLogger(TableEncoding.class);

    private static final int FIRST_VALUE = 2;

    /** So many different values of a category are counted, as a bound of the memory that takes. */
    private static final int MOST_DIFFERENT = 5_000_000;

    private final TableSchema schema;
    private final ImmutableList<String> cells;
    private final ImmutableMap<String, Integer> placeOfCell;
    private final int[] placesOfCategories;
    private final int[] placesOfNumbers;
    private final ImmutableList<Column.Number> numberColumns;
    private final ImmutableList<ImmutableList<String>> values;
    private final ImmutableList<ImmutableMap<String, Integer>> codes;
    /** Made when a program first gives a value that is no text of a dictionary. */
    private final ImmutableList<Supplier<ImmutableMap<String, Integer>>> ofOtherText;

    private final ImmutableList<NumberScale> scales;
    private final ImmutableMap<String, ImmutableList<String>> classes;
    /** By task and class. */
    private final Map<String, ImmutableMap<String, Integer>> placesOfClasses = new HashMap<>();
    /** Of the tasks whose labels are scaled; one for each column. */
    private final ImmutableMap<String, ImmutableList<NumberScale>> labelScales;

    private final ImmutableSet<String> withMissing;
    private final int[] codesOfMissing;

    TableEncoding(
            TableSchema schema,
            List<? extends List<String>> values,
            List<NumberScale> scales,
            Map<String, ? extends List<String>> classes,
            Map<String, ? extends List<NumberScale>> labelScales,
            Set<String> withMissing) {
        this.schema = schema;
        this.withMissing = ImmutableSet.copyOf(withMissing);
        this.codesOfMissing = schema.categories().stream()
                .mapToInt(column -> withMissing.contains(column.name()) ? MISSING : NOT_SEEN)
                .toArray();
        this.cells = ImmutableList.copyOf(schema.usedColumns());
        this.placeOfCell = places(cells, 0);
        this.placesOfCategories = schema.categories().stream()
                .mapToInt(column -> place(column.name()))
                .toArray();
        this.numberColumns = ImmutableList.copyOf(schema.numbers());
        this.placesOfNumbers =
                numberColumns.stream().mapToInt(column -> place(column.name())).toArray();
        this.values = values.stream().map(ImmutableList::copyOf).collect(ImmutableList.toImmutableList());
        this.codes = this.values.stream().map(of -> places(of, FIRST_VALUE)).collect(ImmutableList.toImmutableList());
        this.ofOtherText = this.codes.stream()
                .map(of -> Suppliers.memoize(() -> ofOtherText(of)))
                .collect(ImmutableList.toImmutableList());
        this.scales = ImmutableList.copyOf(scales);
        ImmutableMap.Builder<String, ImmutableList<String>> byTask = ImmutableMap.builder();
        classes.forEach((task, names) -> byTask.put(task, ImmutableList.copyOf(names)));
        this.classes = byTask.buildOrThrow();
        this.classes.forEach((task, names) -> placesOfClasses.put(task, places(names, 0)));
        ImmutableMap.Builder<String, ImmutableList<NumberScale>> scaled = ImmutableMap.builder();
        labelScales.forEach((task, of) -> scaled.put(task, ImmutableList.copyOf(of)));
        this.labelScales = scaled.buildOrThrow();
        checkCount("dictionaries", values.size(), schema.categories().size());
        checkCount("scales", scales.size(), schema.numbers().size());
        for (Label label : schema.labels()) {
            if (label instanceof Label.Classes && !this.classes.containsKey(label.task())) {
                throw new IllegalArgumentException(
                        "TableEncoding: the classes of task '%s' are missing".formatted(label.task()));
            }
            if (isScaled(label)) {
                checkCount(
                        "scales of the labels of task '%s'".formatted(label.task()),
                        this.labelScales
                                .getOrDefault(label.task(), ImmutableList.of())
                                .size(),
                        label.columns().size());
            }
        }
    }

    private static void checkCount(String what, int count, int expected) {
        if (count != expected) {
            throw new IllegalArgumentException(
                    "TableEncoding: expected %s %s, got %s".formatted(expected, what, count));
        }
    }

    private static boolean isScaled(Label label) {
        return label instanceof Label.Numbers numbers && numbers.scaling() != Scaling.NONE;
    }

    private static ImmutableMap<String, Integer> places(List<String> names, int first) {
        ImmutableMap.Builder<String, Integer> places = ImmutableMap.builder();
        for (int i = 0; i < names.size(); i++) {
            places.put(names.get(i), first + i);
        }
        return places.buildOrThrow();
    }

    /** {@return a fitter without rows} */
    public static Fitter fitter(TableSchema schema) {
        return new Fitter(schema);
    }

    /** {@return what the columns are for} */
    public TableSchema schema() {
        return schema;
    }

    /** {@return the columns whose values a row has to have, in the order in which {@link #encode} takes them} */
    public List<String> cells() {
        return cells;
    }

    /**
     * {@return for each category the number of its codes, those of values that were not seen and of missing ones
     * included}
     */
    public List<Integer> categorySizes() {
        return values.stream().map(of -> of.size() + FIRST_VALUE).toList();
    }

    /** {@return the values of a category, from code 2 on} */
    public List<String> values(String column) {
        for (int i = 0; i < values.size(); i++) {
            if (schema.categories().get(i).name().equals(column)) {
                return values.get(i);
            }
        }
        throw new IllegalArgumentException("no category '%s'; there are %s"
                .formatted(
                        column, schema.categories().stream().map(Column::name).toList()));
    }

    /** {@return how many numbers the features of a row have, indicators included} */
    public int numbers() {
        return scales.size()
                + (int) schema.numbers().stream()
                        .filter(Column.Number::missingIndicator)
                        .count();
    }

    /**
     * {@return the inputs that a network of this table has: {@link #CODES} where there are categories, of the shape
     * {@link Shape#categories}, and {@link #NUMBERS} where there are numbers, a vector}
     */
    public Map<String, Shape> inputs() {
        ImmutableMap.Builder<String, Shape> inputs = ImmutableMap.builder();
        if (!values.isEmpty()) {
            inputs.put(
                    CODES,
                    Shape.categories(
                            categorySizes().stream().mapToInt(Integer::intValue).toArray()));
        }
        if (numbers() > 0) {
            inputs.put(NUMBERS, Shape.vector(numbers()));
        }
        return inputs.buildOrThrow();
    }

    /**
     * {@return the start of a network with these {@link #inputs()}, the categories looked up in tables of learned rows}
     * Towers and layers are added to it, and the tasks are those of {@link #task}.
     *
     * @param dimension the length of the row that is learned for each value of a category, at least 1
     * @throws IllegalArgumentException if it is below 1
     */
    public NetworkBuilder network(int dimension) {
        NetworkBuilder network = MultiTaskNetwork.builder();
        inputs().forEach((name, shape) -> {
            if (name.equals(CODES)) {
                network.input(name, shape, layers -> layers.embedding(dimension));
            } else {
                network.input(name, shape);
            }
        });
        return network;
    }

    /**
     * {@return the task of this name, with its usual loss}
     *
     * @throws IllegalArgumentException if the schema has no label of such a task
     */
    public Task task(String name) {
        return tasks().stream()
                .filter(task -> task.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no task '%s'; there are %s"
                        .formatted(name, tasks().stream().map(Task::name).toList())));
    }

    /** {@return the tasks that the labels are of, with their usual losses} */
    public List<Task> tasks() {
        return schema.labels().stream().map(this::task).toList();
    }

    private Task task(Label label) {
        if (label instanceof Label.Numbers numbers) {
            return Task.regression(numbers.task(), numbers.columns().size());
        }
        if (label instanceof Label.Flags flags) {
            return Task.multiLabel(flags.task(), flags.columns().toArray(String[]::new));
        }
        return Task.classification(label.task(), classesOf(label.task()).toArray(String[]::new));
    }

    private ImmutableList<String> classesOf(String task) {
        ImmutableList<String> names = classes.get(task);
        if (names == null) {
            throw new IllegalArgumentException(
                    "no classes of task '%s'; there are those of %s".formatted(task, classes.keySet()));
        }
        return names;
    }

    /**
     * Encodes the features of one row.
     *
     * @param row for each column its value: a text, a number, or null where it is missing; what is not a feature is not
     *     looked at
     * @throws IllegalArgumentException if a column of the features is not there, or its value is no number where one is
     *     expected; the message names the column
     */
    public EncodedRow encode(Map<String, ? extends @Nullable Object> row) {
        EncodedRow encoded = new EncodedRow(new int[values.size()], new float[numbers()]);
        encode(cellsOf(row), encoded);
        return encoded;
    }

    private @Nullable Object[] cellsOf(Map<?, ? extends @Nullable Object> row) {
        @Nullable Object[] found = new @Nullable Object[cells.size()];
        for (Column column : schema.columns()) {
            if (column instanceof Column.Number || column instanceof Column.Category) {
                if (!row.containsKey(column.name())) {
                    throw new IllegalArgumentException(
                            "the row has no column '%s'; it has %s".formatted(column.name(), row.keySet()));
                }
                found[place(column.name())] = row.get(column.name());
            }
        }
        return found;
    }

    /**
     * Encodes the features of several rows as a network takes them.
     *
     * @param rows at least one, each a map as for {@link #encode(Map)}, or a record whose components are called as the
     *     columns are but for case and signs that Java does not allow: {@code hoursPerWeek} for {@code hours-per-week}
     * @return by the names of {@link #inputs()} {@code [rows, columns]} in single precision
     * @throws IllegalArgumentException as for one row; the message names the row, counted from 0
     */
    public Map<String, INDArray> features(List<?> rows) {
        return features(rows, 0);
    }

    /**
     * Encodes the features of several rows, as {@link #features(List)} does, of a longer list.
     *
     * @param first the number of the first of them, for messages
     */
    public Map<String, INDArray> features(List<?> rows, int first) {
        ImmutableMap.Builder<String, INDArray> arrays = ImmutableMap.builder();
        numbersOf(rows, first).forEach((name, values) -> arrays.put(name, Nd4j.createFromArray(values)));
        return arrays.buildOrThrow();
    }

    /**
     * Encodes the features of several rows as {@link #features(List, int)} does, as Java's arrays.
     *
     * @return by the names of {@link #inputs()} {@code [rows][columns]}
     */
    public Map<String, float[][]> numbersOf(List<?> rows, int first) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("there is no row");
        }
        float[][] codesOfRows = new float[rows.size()][values.size()];
        float[][] numbersOfRows = new float[rows.size()][numbers()];
        EncodedRow encoded = new EncodedRow(new int[values.size()], new float[numbers()]);
        List<String> features = schema.featuresAlone().usedColumns();
        for (int row = 0; row < rows.size(); row++) {
            try {
                encode(cellsOf(RawRow.of(rows.get(row), features)), encoded);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "row %s, counted from 0: %s".formatted(first + row, e.getMessage()), e);
            }
            for (int i = 0; i < values.size(); i++) {
                codesOfRows[row][i] = encoded.codes()[i];
            }
            System.arraycopy(encoded.numbers(), 0, numbersOfRows[row], 0, encoded.numbers().length);
        }
        ImmutableMap.Builder<String, float[][]> arrays = ImmutableMap.builder();
        inputs().keySet().forEach(name -> arrays.put(name, name.equals(CODES) ? codesOfRows : numbersOfRows));
        return arrays.buildOrThrow();
    }

    /**
     * {@return what outputs of a network say of one row} Those of scaled labels are scaled back to the units of their
     * columns.
     *
     * @param tasks of the network
     * @param outputs of each task, in the order of the tasks
     */
    public RowPrediction prediction(List<Task> tasks, List<double[]> outputs) {
        List<RowPrediction.Answer> answers = new ArrayList<>();
        for (int t = 0; t < tasks.size(); t++) {
            Task task = tasks.get(t);
            double[] values = isScaled(task.name()) ? inUnits(task.name(), outputs.get(t)) : outputs.get(t);
            answers.add(new RowPrediction.Answer(task, outputNames(task), values));
        }
        return RowPrediction.of(answers);
    }

    /** {@return whether the labels of a task are numbers that are scaled before a network learns them} */
    public boolean isScaled(String task) {
        return labelScales.containsKey(task);
    }

    /**
     * {@return labels of a task, or what a network says of them, scaled back to the units of their columns} They are
     * the same numbers where the labels are {@linkplain #isScaled not scaled}. A label that was scaled and is scaled
     * back has been rounded to single precision between.
     *
     * @param values one for each output, or those of several rows one behind the other
     */
    public double[] inUnits(String task, double[] values) {
        double[] inUnits = values.clone();
        ImmutableList<NumberScale> scales = labelScales.get(task);
        for (int i = 0; scales != null && i < inUnits.length; i++) {
            inUnits[i] = scales.get(i % scales.size()).invert(inUnits[i]);
        }
        return inUnits;
    }

    /**
     * {@return labels of a task, or what a network says of them, scaled back to the units of their columns}
     *
     * @param values {@code [rows, outputs]}
     * @return a new array in double precision; the same array where the labels are {@linkplain #isScaled not scaled}
     */
    public INDArray inUnits(String task, INDArray values) {
        return isScaled(task)
                ? Nd4j.create(inUnits(task, Rows.numbers(values)), values.shape(), DataType.DOUBLE)
                : values;
    }

    /** The names of the columns for real numbers, else those of the task; numbers where it has none. */
    private List<String> outputNames(Task task) {
        for (Label label : schema.labels()) {
            if (label instanceof Label.Numbers numbers
                    && label.task().equals(task.name())
                    && numbers.columns().size() == task.outputs()) {
                return numbers.columns();
            }
            if (label instanceof Label.Classes
                    && label.task().equals(task.name())
                    && task.classNames().isEmpty()) {
                return classesOf(task.name());
            }
        }
        return IntStream.range(0, task.outputs()).mapToObj(task::className).toList();
    }

    private int place(String column) {
        Integer place = placeOfCell.get(column);
        if (place == null) {
            throw new IllegalArgumentException("no column '%s'; there are %s".formatted(column, cells));
        }
        return place;
    }

    /**
     * Encodes the features of one row into arrays that there are already.
     *
     * @param row the values in the order of {@link #cells()}, each a text, a number, or null where it is missing
     * @throws IllegalArgumentException if a value is no number where one is expected; the message names the column
     */
    public void encode(@Nullable Object[] row, EncodedRow into) {
        for (int i = 0; i < placesOfCategories.length; i++) {
            into.codes()[i] = code(i, row[placesOfCategories[i]]);
        }
        int indicator = placesOfNumbers.length;
        for (int i = 0; i < placesOfNumbers.length; i++) {
            Column.Number column = numberColumns.get(i);
            OptionalDouble number = Cells.number(row[placesOfNumbers[i]], column.name(), schema);
            into.numbers()[i] = scaled(i, number.orElse(Double.NaN));
            if (column.missingIndicator()) {
                into.numbers()[indicator++] = number.isPresent() ? 0 : 1;
            }
        }
    }

    /**
     * Checks that a network reads what this makes of rows.
     *
     * @throws IllegalArgumentException if an input of the network is none of {@link #inputs()}, or of another shape, or
     *     a task of both has another kind, another number of outputs or other classes
     */
    public void requireFits(MultiTaskNetwork network) {
        Map<String, Shape> made = inputs();
        for (Input input : network.inputs()) {
            boolean alone = network.inputs().size() == 1 && made.size() == 1;
            Shape shape = alone ? made.values().iterator().next() : made.get(input.name());
            if (!input.shape().equals(shape)) {
                throw new IllegalArgumentException(
                        "the encoding of a table does not fit the network: its input '%s' is %s, and rows become %s"
                                .formatted(input.name(), input.shape(), made));
            }
        }
        for (Task task : network.tasks()) {
            for (Task own : tasks()) {
                boolean same = own.kind() == task.kind()
                        && own.outputs() == task.outputs()
                        && (own.classNames().equals(task.classNames())
                                || task.classNames().isEmpty()
                                || own.classNames().isEmpty());
                if (own.name().equals(task.name()) && !same) {
                    throw new IllegalArgumentException(
                            ("the encoding of a table does not fit the network: its task '%s' is %s %s,"
                                            + " the table's %s %s")
                                    .formatted(task.name(), task.kind(), outputsOf(task), own.kind(), outputsOf(own)));
                }
            }
        }
    }

    private static String outputsOf(Task task) {
        return task.classNames().isEmpty()
                ? "of %s outputs".formatted(task.outputs())
                : task.classNames().toString();
    }

    /**
     * {@return the code of a value of a category}
     *
     * @param category its place among {@link TableSchema#categories()}
     * @param value a text, a number, or null where it is missing
     */
    public int code(int category, @Nullable Object value) {
        String text = Cells.text(value, cells.get(placesOfCategories[category]), schema);
        if (text == null) {
            return codesOfMissing[category];
        }
        Integer code = codes.get(category).get(text);
        if (code == null && !(value instanceof String)) {
            code = ofOtherText.get(category).get().get(otherText(text));
        }
        return code == null ? NOT_SEEN : code;
    }

    /**
     * What texts have in common that are the same number, or the same flag: a program's 7 is what a file calls 7.0 or
     * 007, and its true what a file calls True.
     */
    private static String otherText(String text) {
        OptionalDouble number = PlainNumber.parse(text);
        return number.isPresent()
                ? Double.toString(number.getAsDouble() + 0.0) // of which there is one 0
                : text.toLowerCase(Locale.ROOT);
    }

    /** The codes by what a program may call their values; without those that it cannot tell apart. */
    private static ImmutableMap<String, Integer> ofOtherText(ImmutableMap<String, Integer> codes) {
        Map<String, Integer> found = new HashMap<>();
        codes.forEach((text, code) -> {
            boolean flag = text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false");
            if (flag || PlainNumber.parse(text).isPresent()) {
                found.merge(otherText(text), code, (one, other) -> NOT_SEEN);
            }
        });
        return ImmutableMap.copyOf(found);
    }

    /**
     * {@return a number as it is among the features}
     *
     * @param column the place of its column among {@link TableSchema#numbers()}
     * @param number finite; NaN where it is missing
     * @throws IllegalArgumentException if it is too large for single precision; the message names the column
     */
    public float scaled(int column, double number) {
        NumberScale scale = scales.get(column);
        return Double.isNaN(number)
                ? (float) scale.missing()
                : single(numberColumns.get(column).name(), number, scale.apply(number));
    }

    private static float single(String column, double given, double scaled) {
        float single = (float) scaled;
        if (!Float.isFinite(single)) {
            throw new IllegalArgumentException("column '%s': %s is too large: %s"
                    .formatted(
                            column,
                            given,
                            given == scaled
                                    ? "single precision ends at " + Float.MAX_VALUE
                                    : "scaled it is %s, and single precision ends at %s"
                                            .formatted(scaled, Float.MAX_VALUE)));
        }
        return single;
    }

    /**
     * {@return a label of a task of real numbers as a network learns it}
     *
     * @param output the place of its column among those of the label
     * @param number finite
     * @throws IllegalArgumentException if it is too large for single precision; the message names the column
     */
    public float scaledLabel(Label.Numbers label, int output, double number) {
        ImmutableList<NumberScale> scales = labelScales.get(label.task());
        return single(
                label.columns().get(output),
                number,
                scales == null ? number : scales.get(output).apply(number));
    }

    /**
     * Encodes the labels of one task.
     *
     * @param label one of the schema's
     * @param row as for {@link #encode(Object[], EncodedRow)}
     * @param into gets the label, one-hot for classes, 0 where it is missing: as long as the task has outputs
     * @param present gets 1 where the label is present and 0 where it is missing: as long as the task has outputs, or 1
     *     for classes
     * @throws IllegalArgumentException if a value is none that the label takes; the message names column and task
     */
    public void encodeLabel(Label label, @Nullable Object[] row, float[] into, float[] present) {
        Arrays.fill(into, 0);
        if (label instanceof Label.Classes of) {
            String text = Cells.text(row[place(of.column())], of.column(), schema);
            present[0] = text == null ? 0 : 1;
            if (text != null) {
                into[classIndex(of, text)] = 1;
            }
            return;
        }
        List<String> columns = label.columns();
        for (int i = 0; i < columns.size(); i++) {
            String column = columns.get(i);
            OptionalDouble number = label instanceof Label.Flags flags
                    ? flag(flags, column, Cells.text(row[place(column)], column, schema))
                    : Cells.number(row[place(column)], column, schema);
            present[i] = number.isPresent() ? 1 : 0;
            if (number.isPresent()) {
                into[i] = label instanceof Label.Numbers numbers
                        ? scaledLabel(numbers, i, number.getAsDouble())
                        : (float) number.getAsDouble();
            }
        }
    }

    /**
     * {@return the number of the class that a value stands for, or 1 for yes and 0 for no; -1 if it is missing}
     *
     * @param label of classes or flags
     * @param output the place of its column among those of the label
     * @param value a text, a number, or null
     * @throws IllegalArgumentException if it is none that the label takes, or the label is of real numbers; the message
     *     names the column
     */
    public int labelOf(Label label, int output, @Nullable Object value) {
        String column = label.columns().get(output);
        String text = Cells.text(value, column, schema);
        if (label instanceof Label.Classes classesOf) {
            return text == null ? -1 : classIndex(classesOf, text);
        }
        if (label instanceof Label.Flags flags) {
            return (int) flag(flags, column, text).orElse(-1);
        }
        throw new IllegalArgumentException("the labels of task '%s' are real numbers".formatted(label.task()));
    }

    private int classIndex(Label.Classes label, String text) {
        ImmutableList<String> names = classesOf(label.task());
        Map<String, Integer> places = placesOfClasses.getOrDefault(label.task(), ImmutableMap.of());
        Integer index = places.get(label.classOf().getOrDefault(text, text));
        if (index == null && label.otherwise().isPresent()) {
            index = places.get(label.otherwise().get());
        }
        if (index == null) {
            throw new IllegalArgumentException("column '%s', task '%s': '%s' is none of the classes %s"
                    .formatted(label.column(), label.task(), text, names));
        }
        return index;
    }

    private static OptionalDouble flag(Label.Flags label, String column, @Nullable String text) {
        if (text == null) {
            return OptionalDouble.empty();
        }
        if (label.yes().contains(text) || label.no().contains(text)) {
            return OptionalDouble.of(label.yes().contains(text) ? 1 : 0);
        }
        throw new IllegalArgumentException("column '%s', task '%s': expected one of %s for yes or %s for no, got '%s'"
                .formatted(column, label.task(), label.yes(), label.no(), text));
    }

    /**
     * {@return the weight of the example; 1 where the schema has no column of weights}
     *
     * @param row as for {@link #encode(Object[], EncodedRow)}
     * @throws IllegalArgumentException if it is missing, negative or not finite
     */
    public double weight(@Nullable Object[] row) {
        if (schema.weight().isEmpty()) {
            return 1;
        }
        String column = schema.weight().get();
        OptionalDouble weight = Cells.number(row[place(column)], column, schema);
        return checkedWeight(column, weight.orElse(Double.NaN));
    }

    /**
     * {@return the weight of an example}
     *
     * @param column where it is from
     * @param weight NaN where it is missing
     * @throws IllegalArgumentException if it is missing, negative or too large for single precision; the message names
     *     the column
     */
    public static double checkedWeight(String column, double weight) {
        if (!(weight >= 0)) {
            throw new IllegalArgumentException("column '%s': expected a weight of at least 0, got %s"
                    .formatted(column, Double.isNaN(weight) ? "none" : weight));
        }
        var unused = single(column, weight, weight);
        return weight;
    }

    /** {@return this encoding as JSON} */
    public String toJson() {
        return TableJson.write(this);
    }

    /**
     * {@return the encoding of a JSON text}
     *
     * @throws IllegalArgumentException if it is none; the message says where
     */
    public static TableEncoding fromJson(String json) {
        return TableJson.readEncoding(json);
    }

    /**
     * {@return this encoding with the labels that another one has of more tasks} Features are encoded as they were,
     * whatever the other one does with them: a model of a table learns a task more from other rows.
     *
     * @throws IllegalArgumentException if a column of these labels is something else here
     */
    public TableEncoding withLabelsOf(TableEncoding other) {
        Set<String> own = new HashSet<>();
        schema.labels().forEach(label -> own.add(label.task()));
        List<Label> more = other.schema.labels().stream()
                .filter(label -> !own.contains(label.task()))
                .toList();
        if (more.isEmpty()) {
            return this;
        }
        List<Label> labels = new ArrayList<>(schema.labels());
        labels.addAll(more);
        Set<String> read = new HashSet<>();
        Map<String, List<String>> allClasses = new LinkedHashMap<>(classes);
        Map<String, List<NumberScale>> allScales = new LinkedHashMap<>(labelScales);
        for (Label label : more) {
            read.addAll(label.columns());
            if (label instanceof Label.Classes) {
                allClasses.put(label.task(), other.classesOf(label.task()));
            }
            if (other.isScaled(label.task())) {
                allScales.put(label.task(), other.labelScales.get(label.task()));
            }
        }
        List<Column> columns = schema.columns().stream()
                .filter(column -> !(column instanceof Column.Ignored && read.contains(column.name())))
                .toList();
        return new TableEncoding(
                new TableSchema(columns, labels, schema.missing()), values, scales, allClasses, allScales, withMissing);
    }

    /**
     * {@return the same encoding for a table with fewer labels, or with other weights and groups}
     *
     * @throws IllegalArgumentException if the table has other features, or a label that this encoding has not
     */
    public TableEncoding forSchema(TableSchema ofTable) {
        if (ofTable.equals(schema)) {
            return this;
        }
        if (!schema.numbers().equals(ofTable.numbers())
                || !schema.categories().equals(ofTable.categories())
                || !schema.missing().equals(ofTable.missing())
                || !ImmutableSet.copyOf(schema.labels()).containsAll(ofTable.labels())) {
            throw new IllegalArgumentException(
                    "the encoding is of another schema than the table: %s, and the table's is %s"
                            .formatted(schema, ofTable));
        }
        Set<String> tasks = new HashSet<>();
        ofTable.labels().forEach(label -> tasks.add(label.task()));
        Map<String, List<String>> itsClasses = new LinkedHashMap<>(classes);
        itsClasses.keySet().retainAll(tasks);
        Map<String, List<NumberScale>> itsScales = new LinkedHashMap<>(labelScales);
        itsScales.keySet().retainAll(tasks);
        return new TableEncoding(ofTable, values, scales, itsClasses, itsScales, withMissing);
    }

    /**
     * {@return whether features become the same codes and numbers by another one, and labels of tasks that both have
     * the same classes or scaled numbers} Either may have labels of more tasks.
     */
    public boolean encodesAlike(TableEncoding other) {
        Map<String, List<String>> common = new HashMap<>(classes);
        common.keySet().retainAll(other.classes.keySet());
        boolean labelsAlike = schema.labels().stream().allMatch(label -> other.schema.labels().stream()
                .filter(of -> of.task().equals(label.task()))
                .allMatch(of -> Objects.equals(labelScales.get(of.task()), other.labelScales.get(of.task()))));
        return inputs().equals(other.inputs())
                && schema.categories().equals(other.schema.categories())
                && schema.numbers().equals(other.schema.numbers())
                && schema.missing().equals(other.schema.missing())
                && values.equals(other.values)
                && scales.equals(other.scales)
                && withMissing.equals(other.withMissing)
                && labelsAlike
                && common.entrySet().stream()
                        .allMatch(entry -> entry.getValue().equals(other.classes.get(entry.getKey())));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TableEncoding that
                && schema.equals(that.schema)
                && values.equals(that.values)
                && scales.equals(that.scales)
                && classes.equals(that.classes)
                && labelScales.equals(that.labelScales)
                && withMissing.equals(that.withMissing);
    }

    @Override
    public int hashCode() {
        return schema.hashCode() * 31 + values.hashCode();
    }

    ImmutableList<ImmutableList<String>> dictionaries() {
        return values;
    }

    ImmutableList<NumberScale> scales() {
        return scales;
    }

    ImmutableMap<String, ImmutableList<String>> classes() {
        return classes;
    }

    ImmutableMap<String, ImmutableList<NumberScale>> labelScales() {
        return labelScales;
    }

    /** The categories of which a training row lacked the value. */
    ImmutableSet<String> withMissing() {
        return withMissing;
    }

    /**
     * Collects what an encoding has to know of the training rows. The result does not depend on their order, nor on how
     * they are divided among several that are {@linkplain #merge merged}, to the bit. Not thread-safe.
     */
    public static final class Fitter implements Serializable {
        private static final long serialVersionUID = 1L;

        private final TableSchema schema;
        private final ImmutableList<String> cells;
        /** Of each category its values, each with an array of one number: how often it was there. */
        private final List<Map<String, long[]>> counts = new ArrayList<>();

        private final List<NumberStatistics> statistics = new ArrayList<>();
        private final Map<String, TreeSet<String>> classes = new HashMap<>();
        /** Of each task whose label names values, and takes all others for one class. */
        private final Map<String, NamedValues> named = new HashMap<>();
        /** Of each column of scaled labels, in the order of the labels. */
        private final List<NumberStatistics> labelStatistics = new ArrayList<>();

        private final Set<String> withMissing = new LinkedHashSet<>();
        private long rows;

        private Fitter(TableSchema schema) {
            this.schema = schema;
            this.cells = ImmutableList.copyOf(schema.usedColumns());
            schema.categories().forEach(column -> counts.add(new HashMap<>()));
            schema.numbers().forEach(column -> statistics.add(new NumberStatistics(column.scaling())));
            for (Label label : schema.labels()) {
                if (label instanceof Label.Numbers numbers && isScaled(label)) {
                    label.columns().forEach(column -> labelStatistics.add(new NumberStatistics(numbers.scaling())));
                }
            }
        }

        /**
         * Adds a row.
         *
         * @param row the values of the schema's {@linkplain TableSchema#usedColumns used columns}, in that order, each
         *     a text, a number, or null where it is missing
         * @throws IllegalArgumentException if a value is no number where one is expected; the message names the column
         */
        public Fitter add(@Nullable Object[] row) {
            if (row.length != cells.size()) {
                throw new IllegalArgumentException(
                        "expected a value for each of the columns %s, got %s".formatted(cells, row.length));
            }
            int place = 0;
            int category = 0;
            int number = 0;
            for (Column column : schema.columns()) {
                if (column instanceof Column.Ignored) {
                    continue;
                }
                Object value = row[place++];
                if (column instanceof Column.Category) {
                    String text = Cells.text(value, column.name(), schema);
                    if (text == null) {
                        withMissing.add(column.name());
                    } else {
                        count((Column.Category) column, counts.get(category), text);
                    }
                    category++;
                } else if (column instanceof Column.Number) {
                    OptionalDouble given = Cells.number(value, column.name(), schema);
                    given.ifPresent(statistics.get(number)::add);
                    number++;
                }
            }
            int scaled = 0;
            for (Label label : schema.labels()) {
                for (int i = 0; isScaled(label) && i < label.columns().size(); i++) {
                    String column = label.columns().get(i);
                    Cells.number(row[cells.indexOf(column)], column, schema)
                            .ifPresent(labelStatistics.get(scaled++)::add);
                }
                if (label instanceof Label.Classes of && (of.classes().isEmpty() || NamedValues.areOf(of))) {
                    String text = Cells.text(row[cells.indexOf(of.column())], of.column(), schema);
                    if (text != null) {
                        addClass(of, text);
                    }
                }
            }
            rows++;
            return this;
        }

        private void addClass(Label.Classes label, String text) {
            if (label.classes().isEmpty()) {
                classes.computeIfAbsent(label.task(), task -> new TreeSet<>())
                        .add(label.classOf()
                                .getOrDefault(text, label.otherwise().orElse(text)));
            }
            if (NamedValues.areOf(label)) {
                named.computeIfAbsent(label.task(), task -> new NamedValues()).add(label, text);
            }
        }

        /**
         * Adds what another one has collected of other rows, as in another process.
         *
         * @throws IllegalArgumentException if it is of another schema, or a category has too many different values
         */
        public Fitter merge(Fitter other) {
            if (!schema.equals(other.schema)) {
                throw new IllegalArgumentException("cannot merge what was collected by the schema %s with that by %s"
                        .formatted(schema, other.schema));
            }
            List<Column.Category> categories = schema.categories();
            for (int i = 0; i < categories.size(); i++) {
                Map<String, long[]> into = counts.get(i);
                other.counts.get(i).forEach((text, count) -> add(into, text, count[0]));
                checkDifferent(categories.get(i), into);
            }
            for (int i = 0; i < statistics.size(); i++) {
                statistics.get(i).add(other.statistics.get(i));
            }
            for (int i = 0; i < labelStatistics.size(); i++) {
                labelStatistics.get(i).add(other.labelStatistics.get(i));
            }
            other.classes.forEach((task, names) ->
                    classes.computeIfAbsent(task, name -> new TreeSet<>()).addAll(names));
            other.named.forEach((task, values) ->
                    named.computeIfAbsent(task, name -> new NamedValues()).merge(values));
            withMissing.addAll(other.withMissing);
            rows += other.rows;
            return this;
        }

        /** {@return how many rows there were} */
        public long rows() {
            return rows;
        }

        /**
         * {@return the encoding} Values that a label takes for a class and no row has, such as one of
         * {@link Label#yesWhere} that is misspelt, are named in the log: other rows may have them.
         *
         * @throws IllegalArgumentException if there was no row, or the rows have fewer than two classes of a task whose
         *     classes are those of the training rows
         */
        public TableEncoding build() {
            if (rows == 0) {
                throw new IllegalArgumentException("TableEncoding: there is no training row");
            }
            List<List<String>> values = new ArrayList<>();
            for (int i = 0; i < counts.size(); i++) {
                values.add(dictionary(schema.categories().get(i), counts.get(i)));
            }
            ImmutableMap.Builder<String, List<String>> names = ImmutableMap.builder();
            for (Label label : schema.labels()) {
                if (label instanceof Label.Classes of) {
                    List<String> found = of.classes().isEmpty()
                            ? List.copyOf(classes.getOrDefault(of.task(), new TreeSet<>()))
                            : of.classes();
                    if (found.size() < 2) {
                        throw new IllegalArgumentException(
                                "column '%s', task '%s': a task needs at least two classes, the training rows have %s"
                                        .formatted(of.column(), of.task(), found));
                    }
                    names.put(of.task(), found);
                }
            }
            TableEncoding encoding =
                    new TableEncoding(schema, values, scales(), names.buildOrThrow(), labelScales(), withMissing);
            warnings().forEach(warning -> log.warn("{}", warning));
            return encoding;
        }

        /** {@return what is said of values that labels name and no row has} */
        List<String> warnings() {
            List<String> warnings = new ArrayList<>();
            for (Label label : schema.labels()) {
                if (label instanceof Label.Classes of && NamedValues.areOf(of)) {
                    named.getOrDefault(of.task(), new NamedValues())
                            .warning(of, rows)
                            .ifPresent(warnings::add);
                }
            }
            return warnings;
        }

        private List<NumberScale> scales() {
            List<NumberScale> scales = new ArrayList<>();
            for (int i = 0; i < statistics.size(); i++) {
                scales.add(statistics.get(i).scale(schema.numbers().get(i).name()));
            }
            return scales;
        }

        private ImmutableMap<String, List<NumberScale>> labelScales() {
            ImmutableMap.Builder<String, List<NumberScale>> byTask = ImmutableMap.builder();
            int next = 0;
            for (Label label : schema.labels()) {
                if (isScaled(label)) {
                    List<NumberScale> scales = new ArrayList<>();
                    for (int i = 0; i < label.columns().size(); i++) {
                        NumberScale scale = labelStatistics
                                .get(next++)
                                .scale(label.columns().get(i));
                        scales.add(new NumberScale(scale.scaling(), scale.offset(), scale.factor(), 0));
                    }
                    byTask.put(label.task(), scales);
                }
            }
            return byTask.buildOrThrow();
        }

        private static void count(Column.Category column, Map<String, long[]> counts, String text) {
            if (add(counts, text, 1)) {
                checkDifferent(column, counts);
            }
        }

        /** {@return whether the text was not there before} */
        private static boolean add(Map<String, long[]> counts, String text, long more) {
            long[] count = counts.get(text);
            if (count == null) {
                counts.put(text, new long[] {more});
            } else {
                count[0] += more;
            }
            return count == null;
        }

        private static void checkDifferent(Column.Category column, Map<String, long[]> counts) {
            if (counts.size() > MOST_DIFFERENT) {
                throw new IllegalArgumentException(
                        ("column '%s': the training rows have more than %s different values, which no table of codes"
                                        + " is for; is it an identifier? TableSchema.Builder.ignored leaves it out")
                                .formatted(column.name(), MOST_DIFFERENT));
            }
        }

        private static List<String> dictionary(Column.Category column, Map<String, long[]> counts) {
            return counts.entrySet().stream()
                    .filter(entry -> entry.getValue()[0] >= column.leastCount())
                    .sorted(Comparator.comparing((Map.Entry<String, long[]> entry) -> -entry.getValue()[0])
                            .thenComparing(Map.Entry::getKey))
                    .limit(column.mostValues())
                    .map(Map.Entry::getKey)
                    .toList();
        }
    }

    /** What is collected of a column of numbers. */
    private static final class NumberStatistics implements Serializable {
        private static final long serialVersionUID = 1L;

        private final Scaling scaling;
        private final Moments moments = new Moments();
        private double least = Double.POSITIVE_INFINITY;
        private double largest = Double.NEGATIVE_INFINITY;

        NumberStatistics(Scaling scaling) {
            this.scaling = scaling;
        }

        void add(double number) {
            double onScale = NumberScale.onScale(scaling, number);
            moments.add(onScale, 1);
            least = Math.min(least, onScale);
            largest = Math.max(largest, onScale);
        }

        void add(NumberStatistics other) {
            moments.add(other.moments);
            least = Math.min(least, other.least);
            largest = Math.max(largest, other.largest);
        }

        NumberScale scale(String column) {
            if (!(moments.weight() > 0)) {
                return new NumberScale(scaling, 0, 0, 0);
            }
            double mean = moments.mean();
            boolean constant = largest == least;
            double offset = scaling == Scaling.NONE ? 0 : scaling == Scaling.MIN_MAX ? least : mean;
            double width = scaling == Scaling.MIN_MAX ? largest - least : Math.sqrt(moments.variance());
            double factor = scaling == Scaling.NONE ? 1 : constant ? 0 : 1 / width;
            double missing = (mean - offset) * factor;
            boolean finite = Double.isFinite(mean) && Float.isFinite((float) missing) && Double.isFinite(factor);
            if (!finite || factor == 0 && !constant) {
                throw new IllegalArgumentException(
                        ("column '%s': the training rows' numbers, from %s to %s, are too large or too close to each"
                                        + " other for the scaling %s in double precision")
                                .formatted(column, least, largest, scaling));
            }
            return new NumberScale(scaling, offset, factor, missing);
        }
    }
}
