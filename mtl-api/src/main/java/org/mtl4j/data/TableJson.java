package org.mtl4j.data;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.mtl4j.internal.json.JsonFields;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.saved.SavedTypes;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Writes and reads schemas and encodings as JSON. */
final class TableJson {
    private static final String WITH_MISSING = "withMissing";
    private static final String COLUMN = "column";
    private static final String COLUMNS = "columns";
    private static final String ROLE = "role";
    private static final String KIND = "kind";
    private static final String TASK = "task";
    private static final String CLASSES = "classes";
    private static final String CLASS_OF = "classOf";
    private static final String OTHERWISE = "otherwise";
    private static final String SCALING = "scaling";
    private static final String INDICATOR = "missingIndicator";
    private static final String LEAST_COUNT = "leastCount";
    private static final String MOST_VALUES = "mostValues";
    private static final String LABELS = "labels";
    private static final String LABEL_SCALES = "labelScales";
    private static final String MISSING = "missing";
    private static final String YES = "yes";
    private static final String NO = "no";
    private static final String SCHEMA = "schema";
    private static final String VALUES = "values";
    private static final String SCALES = "scales";
    private static final String OFFSET = "offset";
    private static final String FACTOR = "factor";

    private static final ImmutableMap<Scaling, String> SCALINGS = ImmutableMap.of(
            Scaling.NONE, "none",
            Scaling.STANDARD, "standard",
            Scaling.LOG_STANDARD, "log-standard",
            Scaling.MIN_MAX, "min-max");

    private final SavedForm form = new SavedForm(SavedTypes.none());

    static String write(TableSchema schema) {
        TableJson json = new TableJson();
        ObjectNode out = json.form.object().put("format", SavedForm.FORMAT);
        out.setAll(json.fields(schema));
        return json.form.text(out);
    }

    static String write(TableEncoding encoding) {
        TableJson json = new TableJson();
        ObjectNode out = json.form.object().put("format", SavedForm.FORMAT);
        out.set(SCHEMA, json.fields(encoding.schema()));
        ArrayNode values = out.putArray(VALUES);
        encoding.dictionaries().forEach(of -> of.forEach(values.addArray()::add));
        ArrayNode scales = out.putArray(SCALES);
        encoding.scales().forEach(scale -> scales.addObject()
                .put(OFFSET, scale.offset())
                .put(FACTOR, scale.factor())
                .put(MISSING, scale.missing()));
        if (!encoding.labelScales().isEmpty()) { // files without it are those of all versions
            ObjectNode labelScales = out.putObject(LABEL_SCALES);
            encoding.labelScales().forEach((task, of) -> {
                ArrayNode ofTask = labelScales.putArray(task);
                of.forEach(
                        scale -> ofTask.addObject().put(OFFSET, scale.offset()).put(FACTOR, scale.factor()));
            });
        }
        ObjectNode classes = out.putObject(CLASSES);
        encoding.classes().forEach((task, names) -> names.forEach(classes.putArray(task)::add));
        new TreeSet<>(encoding.withMissing()).forEach(out.putArray(WITH_MISSING)::add);
        return json.form.text(out);
    }

    private ObjectNode fields(TableSchema schema) {
        ObjectNode out = form.object();
        ArrayNode columns = out.putArray(COLUMNS);
        schema.columns().forEach(column -> columns.add(fields(column)));
        ArrayNode labels = out.putArray(LABELS);
        schema.labels().forEach(label -> labels.add(fields(label)));
        schema.missing().forEach(out.putArray(MISSING)::add);
        return out;
    }

    private ObjectNode fields(Column column) {
        ObjectNode out = form.object().put(COLUMN, column.name());
        if (column instanceof Column.Number number) {
            return out.put(ROLE, "number")
                    .put(SCALING, SCALINGS.get(number.scaling()))
                    .put(INDICATOR, number.missingIndicator());
        }
        if (column instanceof Column.Category category) {
            return out.put(ROLE, "category")
                    .put(LEAST_COUNT, category.leastCount())
                    .put(MOST_VALUES, category.mostValues());
        }
        return out.put(
                ROLE,
                column instanceof Column.Weight ? "weight" : column instanceof Column.Group ? "group" : "ignored");
    }

    private ObjectNode fields(Label label) {
        ObjectNode out = form.object().put(TASK, label.task());
        if (label instanceof Label.Classes of) {
            out.put(KIND, "classes").put(COLUMN, of.column());
            of.classes().forEach(out.putArray(CLASSES)::add);
            new TreeMap<>(of.classOf()).forEach(out.putObject(CLASS_OF)::put);
            of.otherwise().ifPresent(name -> out.put(OTHERWISE, name));
            return out;
        }
        out.put(KIND, label instanceof Label.Flags ? "flags" : "numbers");
        label.columns().forEach(out.putArray(COLUMNS)::add);
        if (label instanceof Label.Numbers numbers && numbers.scaling() != Scaling.NONE) {
            out.put(SCALING, SCALINGS.get(numbers.scaling()));
        }
        if (label instanceof Label.Flags flags) {
            new TreeSet<>(flags.yes()).forEach(out.putArray(YES)::add);
            new TreeSet<>(flags.no()).forEach(out.putArray(NO)::add);
        }
        return out;
    }

    static TableSchema readSchema(String json) {
        JsonFields in = SavedForm.parse(json, "table schema");
        SavedForm.format(in);
        TableSchema schema = schema(in);
        in.end();
        return schema;
    }

    static TableEncoding readEncoding(String json) {
        JsonFields in = SavedForm.parse(json, "table encoding");
        SavedForm.format(in);
        JsonFields schemaFields = in.object(SCHEMA);
        TableSchema schema = schema(schemaFields);
        schemaFields.end();
        List<List<String>> values = in.list(VALUES, (element, place) -> texts(element, place));
        List<Column.Number> numbers = schema.numbers();
        int[] next = {0};
        List<NumberScale> scales = in.objects(SCALES, fields -> {
            int column = next[0]++;
            Scaling scaling = column < numbers.size() ? numbers.get(column).scaling() : Scaling.NONE;
            return new NumberScale(scaling, fields.number(OFFSET), fields.number(FACTOR), fields.number(MISSING));
        });
        Map<String, List<NumberScale>> labelScales = new LinkedHashMap<>();
        in.optional(LABEL_SCALES, in::object).ifPresent(byTask -> {
            for (Label label : schema.labels()) {
                if (label instanceof Label.Numbers of && of.scaling() != Scaling.NONE) {
                    labelScales.put(
                            of.task(),
                            byTask.objects(
                                    of.task(),
                                    fields -> new NumberScale(
                                            of.scaling(), fields.number(OFFSET), fields.number(FACTOR), 0)));
                }
            }
            byTask.end();
        });
        Map<String, List<String>> classes = new LinkedHashMap<>();
        JsonFields byTask = in.object(CLASSES);
        byTask.node().fieldNames().forEachRemaining(task -> classes.put(task, byTask.texts(task)));
        List<String> withMissing = in.texts(WITH_MISSING);
        in.end();
        return new TableEncoding(schema, values, scales, classes, labelScales, ImmutableSet.copyOf(withMissing));
    }

    private static List<String> texts(org.nd4j.shade.jackson.databind.JsonNode element, String place) {
        ObjectNode wrapped = new SavedForm(SavedTypes.none()).object();
        wrapped.set(VALUES, element);
        return JsonFields.of(wrapped, place).texts(VALUES);
    }

    private static TableSchema schema(JsonFields in) {
        return new TableSchema(
                in.objects(COLUMNS, TableJson::column),
                in.objects(LABELS, TableJson::label),
                ImmutableSet.copyOf(in.texts(MISSING)));
    }

    private static Column column(JsonFields in) {
        String name = in.text(COLUMN);
        String role = in.text(ROLE);
        return switch (role) {
            case "number" -> new Column.Number(name, scaling(in), in.flag(INDICATOR));
            case "category" -> new Column.Category(name, in.integer(LEAST_COUNT), in.integer(MOST_VALUES));
            case "weight" -> new Column.Weight(name);
            case "group" -> new Column.Group(name);
            case "ignored" -> new Column.Ignored(name);
            default ->
                throw new IllegalArgumentException("%s: '%s' is no role of a column".formatted(in.where(), role));
        };
    }

    private static Scaling scaling(JsonFields in) {
        String name = in.text(SCALING);
        return SCALINGS.entrySet().stream()
                .filter(entry -> entry.getValue().equals(name))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "%s: '%s' is no scaling; there are %s".formatted(in.where(), name, SCALINGS.values())));
    }

    private static Label label(JsonFields in) {
        String task = in.text(TASK);
        String kind = in.text(KIND);
        return switch (kind) {
            case "classes" ->
                new Label.Classes(
                        task,
                        in.text(COLUMN),
                        in.texts(CLASSES),
                        in.textsByName(CLASS_OF),
                        in.optional(OTHERWISE, in::text));
            case "numbers" -> new Label.Numbers(task, in.texts(COLUMNS), in.has(SCALING) ? scaling(in) : Scaling.NONE);
            case "flags" ->
                new Label.Flags(
                        task, in.texts(COLUMNS), ImmutableSet.copyOf(in.texts(YES)), ImmutableSet.copyOf(in.texts(NO)));
            default -> throw new IllegalArgumentException("%s: '%s' is no kind of label".formatted(in.where(), kind));
        };
    }

    private TableJson() {}
}
