package org.mtl4j.train.history;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.mtl4j.internal.json.JsonFields;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.relatedness.WeightRelatednessRegularizer.Pair;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.nd4j.shade.jackson.core.JsonGenerator;
import org.nd4j.shade.jackson.core.JsonParser;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.core.JsonToken;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Writes and reads histories as JSON. */
final class HistoryJson {
    private static final String WHAT = "history";
    private static final String FORMAT = "format";
    private static final String EPOCHS = "epochs";
    private static final String TOWERS = "towers";
    private static final String EVENTS = "events";
    private static final String EPOCH = "epoch";
    private static final String UNITS = "units";
    private static final String KIND = "kind";
    private static final String METRICS = "validationMetrics";
    private static final String GRADIENTS = "gradients";
    private static final String EXAMPLE_WEIGHTS = "exampleWeights";
    private static final String STEPS = "steps";
    private static final String MEAN = "mean";
    private static final String LEAST = "least";
    private static final String LARGEST = "largest";

    private final SavedForm form = new SavedForm(SavedTypes.none());
    private final Map<String, String> texts = new HashMap<>();

    private HistoryJson() {}

    /** Writes piece by piece: a history is larger than everything else in a model that is no array. */
    static void write(TrainingHistory history, OutputStream out) throws IOException {
        HistoryJson json = new HistoryJson();
        try (JsonGenerator generator = SavedForm.generator(out)) {
            generator.writeStartObject();
            generator.writeNumberField(FORMAT, SavedForm.FORMAT);
            generator.writeArrayFieldStart(EPOCHS);
            for (EpochResult result : history.epochs()) {
                generator.writeTree(json.write(result));
            }
            generator.writeEndArray();
            generator.writeArrayFieldStart(EVENTS);
            for (TrainingEvent event : history.events()) {
                generator.writeTree(json.form
                        .object()
                        .put(EPOCH, event.epoch())
                        .put(KIND, nameOf(event.kind()))
                        .put("subject", event.subject())
                        .put("text", event.text()));
            }
            generator.writeEndArray();
            generator.writeEndObject();
        }
    }

    private static String nameOf(Kind kind) {
        return switch (kind) {
            case TOWERS_JOINED -> "towers-joined";
            case TOWER_TAKEN -> "tower-taken";
            case RUN_STARTED -> "run-started";
            case TASK_STOPPED -> "task-stopped";
            case TASK_RESUMED -> "task-resumed";
            case ALPHA_DIVERGING -> "alpha-diverging";
            case LISTENER_LIMITS -> "listener-limits";
            case PLAN_CHANGED -> "plan-changed";
            case NETWORK_CHANGED -> "network-changed";
            case RATE_SET_ON_GRAPH -> "rate-set-on-graph";
            case TASK_UNLABELLED -> "task-unlabelled";
            case SHARDS_UNEVEN -> "shards-uneven";
            case AVERAGING_CHOSEN -> "averaging-chosen";
            case RUN_STOPPED -> "run-stopped";
            case BEST_KEPT -> "best-kept";
            case HISTORY_SHORTENED -> "history-shortened";
        };
    }

    private ObjectNode write(EpochResult result) {
        ObjectNode out = form.object()
                .put(EPOCH, result.epoch())
                .put("iterations", result.iterations())
                .put("learningRate", result.learningRate())
                .put("score", result.score());
        put(out, "trainingLoss", result.trainingLoss());
        out.put("relatedness", result.relatedness());
        put(out, "validationLoss", result.validationLoss());
        put(out, "lossWeights", result.lossWeights());
        ArrayNode alphas = out.putArray("alphas");
        result.alphas().forEach(alpha -> alphas.addObject()
                .put("place", alpha.place())
                .put("to", alpha.to())
                .put("from", alpha.from())
                .put(MEAN, alpha.mean())
                .put(LEAST, alpha.least())
                .put(LARGEST, alpha.largest()));
        ArrayNode ties = out.putArray("ties");
        for (RelatednessState tie : result.ties()) {
            ObjectNode fields = ties.addObject().put("layer", tie.layer());
            if (tie.towers().size() == 2) {
                fields.setAll(form.write(tie.pair()));
            } else {
                ArrayNode towers = fields.putArray(TOWERS);
                tie.towers().forEach(towers::add);
            }
            fields.put("value", tie.value());
            put(fields, "coefficients", tie.coefficients());
        }
        if (!result.units().isEmpty()) { // as ever without
            ArrayNode units = out.putArray(UNITS);
            result.units().forEach(unit -> units.addObject()
                    .put("place", unit.place())
                    .put("quantity", unit.quantity())
                    .put("to", unit.to())
                    .put("from", unit.from())
                    .put(MEAN, unit.mean())
                    .put(LEAST, unit.least())
                    .put(LARGEST, unit.largest()));
        }
        if (!result.validationMetrics().isEmpty()) { // as ever without
            ObjectNode tasks = out.putObject(METRICS);
            result.validationMetrics().forEach((task, metrics) -> {
                ObjectNode values = tasks.putObject(task);
                metrics.forEach((name, metric) ->
                        values.putObject(name).put("value", metric.value()).put("baseline", metric.baseline()));
            });
        }
        result.gradients().ifPresent(gradients -> write(gradients, out.putObject(GRADIENTS)));
        result.exampleWeights().ifPresent(weights -> out.putObject(EXAMPLE_WEIGHTS)
                .put("examples", weights.examples())
                .put("sum", weights.sum())
                .put("squares", weights.squares())
                .put(LEAST, weights.least())
                .put(LARGEST, weights.largest()));
        return out;
    }

    private static void write(TaskGradients gradients, ObjectNode out) {
        out.put(STEPS, gradients.steps());
        ArrayNode norms = out.putArray("norms");
        gradients.norms().forEach(norm -> norms.addObject()
                .put("task", norm.task())
                .put(STEPS, norm.steps())
                .put(MEAN, norm.mean())
                .put(LEAST, norm.least())
                .put(LARGEST, norm.largest()));
        ArrayNode cosines = out.putArray("cosines");
        gradients.cosines().forEach(cosine -> cosines.addObject()
                .put("first", cosine.first())
                .put("second", cosine.second())
                .put(STEPS, cosine.steps())
                .put(MEAN, cosine.mean())
                .put(LEAST, cosine.least())
                .put(LARGEST, cosine.largest())
                .put("conflicts", cosine.conflicts()));
    }

    private static void put(ObjectNode out, String name, Map<String, Double> numbers) {
        ObjectNode fields = out.putObject(name);
        numbers.forEach(fields::put);
    }

    static TrainingHistory read(InputStream in) throws IOException {
        try (JsonParser parser = SavedForm.parser(in)) {
            return new HistoryJson().read(parser);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "not the JSON of a TrainingHistory: %s: %s".formatted(WHAT, e.getOriginalMessage()), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not the JSON of a TrainingHistory: " + e.getMessage(), e);
        }
    }

    private TrainingHistory read(JsonParser in) throws IOException {
        if (in.nextToken() != JsonToken.START_OBJECT) {
            JsonFields.of(SavedForm.next(in, WHAT), WHAT); // which it is not
        }
        List<EpochResult> epochs = null;
        List<TrainingEvent> events = null;
        ObjectNode rest = form.object();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.getCurrentName();
            in.nextToken();
            switch (field) {
                case EPOCHS -> epochs = objects(in, field, this::readEpoch);
                case EVENTS -> events = objects(in, field, this::readEvent);
                default -> rest.set(field, SavedForm.next(in, WHAT));
            }
        }
        if (in.currentToken() != JsonToken.END_OBJECT) {
            throw new IllegalArgumentException(WHAT + ": it ends too early");
        }
        JsonFields fields = JsonFields.of(rest, WHAT);
        if (SavedForm.format(fields) == 1) {
            throw new IllegalArgumentException("a history of format 1 is part of a model");
        }
        if (epochs == null || events == null) {
            throw new IllegalArgumentException("%s: '%s' is missing".formatted(WHAT, epochs == null ? EPOCHS : EVENTS));
        }
        fields.end();
        return new TrainingHistory(epochs, events);
    }

    private <T> List<T> objects(JsonParser in, String field, Function<JsonFields, T> reader) throws IOException {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            throw new IllegalArgumentException("%s: '%s' is to be an array".formatted(WHAT, field));
        }
        List<T> list = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            String where = "%s.%s[%s]".formatted(WHAT, field, list.size());
            JsonFields object = JsonFields.of(SavedForm.next(in, where), where);
            list.add(reader.apply(object));
            object.end();
        }
        return list;
    }

    /** The same object for the same text: names come again in every epoch. */
    private String shared(String text) {
        String known = texts.putIfAbsent(text, text);
        return known == null ? text : known;
    }

    private Map<String, Double> numbers(JsonFields in, String field) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        in.numbersByName(field).forEach((name, number) -> numbers.put(shared(name), number));
        return numbers;
    }

    private TrainingEvent readEvent(JsonFields in) {
        String name = in.text(KIND);
        for (Kind kind : Kind.values()) {
            if (nameOf(kind).equals(name)) {
                return new TrainingEvent(in.integer(EPOCH), kind, shared(in.text("subject")), shared(in.text("text")));
            }
        }
        throw new IllegalArgumentException("%s: '%s' is no kind of event".formatted(in.where(), name));
    }

    private EpochResult readEpoch(JsonFields in) {
        return EpochResult.builder(in.integer(EPOCH))
                .iterations(in.longInteger("iterations"))
                .learningRate(in.number("learningRate"))
                .score(in.number("score"))
                .trainingLoss(numbers(in, "trainingLoss"))
                .relatedness(in.number("relatedness"))
                .validationLoss(numbers(in, "validationLoss"))
                .lossWeights(numbers(in, "lossWeights"))
                .alphas(in.objects("alphas", this::readAlpha))
                .ties(in.objects("ties", this::readTie))
                .validationMetrics(in.has(METRICS) ? readMetrics(in.object(METRICS)) : Map.of())
                .units(in.has(UNITS) ? in.objects(UNITS, this::readUnit) : List.of())
                .gradients(in.optional(GRADIENTS, name -> readGradients(in.object(name))))
                .exampleWeights(in.optional(EXAMPLE_WEIGHTS, name -> readWeights(in.object(name))))
                .build();
    }

    private TaskGradients readGradients(JsonFields in) {
        TaskGradients gradients = new TaskGradients(
                in.longInteger(STEPS),
                in.objects(
                        "norms",
                        norm -> new TaskGradients.Norm(
                                shared(norm.text("task")),
                                norm.longInteger(STEPS),
                                norm.number(MEAN),
                                norm.number(LEAST),
                                norm.number(LARGEST))),
                in.objects(
                        "cosines",
                        cosine -> new TaskGradients.Cosine(
                                shared(cosine.text("first")),
                                shared(cosine.text("second")),
                                cosine.longInteger(STEPS),
                                cosine.number(MEAN),
                                cosine.number(LEAST),
                                cosine.number(LARGEST),
                                cosine.number("conflicts"))));
        in.end();
        return gradients;
    }

    private static ExampleWeights readWeights(JsonFields in) {
        ExampleWeights weights = new ExampleWeights(
                in.longInteger("examples"),
                in.number("sum"),
                in.number("squares"),
                in.number(LEAST),
                in.number(LARGEST));
        in.end();
        return weights;
    }

    private UnitState readUnit(JsonFields in) {
        return new UnitState(
                shared(in.text("place")),
                shared(in.text("quantity")),
                shared(in.text("to")),
                shared(in.text("from")),
                in.number(MEAN),
                in.number(LEAST),
                in.number(LARGEST));
    }

    private Map<String, Map<String, MetricValue>> readMetrics(JsonFields tasks) {
        Map<String, Map<String, MetricValue>> metrics = new LinkedHashMap<>();
        tasks.node().fieldNames().forEachRemaining(task -> {
            JsonFields values = tasks.object(task);
            Map<String, MetricValue> ofTask = new LinkedHashMap<>();
            values.node().fieldNames().forEachRemaining(name -> {
                JsonFields value = values.object(name);
                ofTask.put(shared(name), new MetricValue(value.number("value"), value.number("baseline")));
                value.end();
            });
            metrics.put(shared(task), ofTask);
        });
        return metrics;
    }

    private AlphaState readAlpha(JsonFields in) {
        return new AlphaState(
                shared(in.text("place")),
                shared(in.text("to")),
                shared(in.text("from")),
                in.number(MEAN),
                in.number(LEAST),
                in.number(LARGEST));
    }

    private RelatednessState readTie(JsonFields in) {
        List<String> towers;
        if (in.has(TOWERS)) {
            towers = in.texts(TOWERS).stream().map(this::shared).toList();
        } else {
            Pair pair = form.readPair(in);
            towers = List.of(shared(pair.first()), shared(pair.second()));
        }
        return new RelatednessState(shared(in.text("layer")), towers, in.number("value"), numbers(in, "coefficients"));
    }
}
