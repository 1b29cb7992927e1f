package org.mtl4j.train.history;

import java.util.Map;
import org.mtl4j.internal.json.JsonFields;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Writes and reads histories as JSON. */
final class HistoryJson {
    private static final String WHAT = "history";
    private static final String EPOCH = "epoch";
    private static final String KIND = "kind";

    private final SavedForm form = new SavedForm(SavedTypes.none());

    private HistoryJson() {}

    static String write(TrainingHistory history) {
        HistoryJson json = new HistoryJson();
        ObjectNode out = json.form.object().put("format", SavedForm.FORMAT);
        ArrayNode epochs = out.putArray("epochs");
        history.epochs().forEach(result -> epochs.add(json.write(result)));
        ArrayNode events = out.putArray("events");
        history.events().forEach(event -> events.addObject()
                .put(EPOCH, event.epoch())
                .put(KIND, nameOf(event.kind()))
                .put("subject", event.subject())
                .put("text", event.text()));
        return json.form.text(out);
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
            case RATE_SET_ON_GRAPH -> "rate-set-on-graph";
            case TASK_UNLABELLED -> "task-unlabelled";
            case RUN_STOPPED -> "run-stopped";
            case BEST_KEPT -> "best-kept";
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
                .put("mean", alpha.mean())
                .put("least", alpha.least())
                .put("largest", alpha.largest()));
        ArrayNode ties = out.putArray("ties");
        for (RelatednessState tie : result.ties()) {
            ObjectNode fields = ties.addObject().put("layer", tie.layer());
            fields.setAll(form.write(tie.pair()));
            fields.put("value", tie.value());
            put(fields, "coefficients", tie.coefficients());
        }
        return out;
    }

    private static void put(ObjectNode out, String name, Map<String, Double> numbers) {
        ObjectNode fields = out.putObject(name);
        numbers.forEach(fields::put);
    }

    static TrainingHistory read(String json) {
        try {
            JsonFields in = SavedForm.parse(json, WHAT);
            HistoryJson reader = new HistoryJson();
            if (SavedForm.format(in) == 1) {
                throw new IllegalArgumentException("a history of format 1 is part of a model");
            }
            TrainingHistory history = new TrainingHistory(
                    in.objects("epochs", reader::readEpoch), in.objects("events", HistoryJson::readEvent));
            in.end();
            return history;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not the JSON of a TrainingHistory: " + e.getMessage(), e);
        }
    }

    private static TrainingEvent readEvent(JsonFields in) {
        String name = in.text(KIND);
        for (Kind kind : Kind.values()) {
            if (nameOf(kind).equals(name)) {
                return new TrainingEvent(in.integer(EPOCH), kind, in.text("subject"), in.text("text"));
            }
        }
        throw new IllegalArgumentException("%s: '%s' is no kind of event".formatted(in.where(), name));
    }

    private EpochResult readEpoch(JsonFields in) {
        return new EpochResult(
                in.integer(EPOCH),
                in.longInteger("iterations"),
                in.number("learningRate"),
                in.number("score"),
                in.numbersByName("trainingLoss"),
                in.number("relatedness"),
                in.numbersByName("validationLoss"),
                in.numbersByName("lossWeights"),
                in.objects("alphas", HistoryJson::readAlpha),
                in.objects("ties", this::readTie));
    }

    private static AlphaState readAlpha(JsonFields in) {
        return new AlphaState(
                in.text("place"),
                in.text("to"),
                in.text("from"),
                in.number("mean"),
                in.number("least"),
                in.number("largest"));
    }

    private RelatednessState readTie(JsonFields in) {
        return new RelatednessState(
                in.text("layer"), form.readPair(in), in.number("value"), in.numbersByName("coefficients"));
    }
}
