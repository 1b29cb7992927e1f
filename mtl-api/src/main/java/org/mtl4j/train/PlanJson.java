package org.mtl4j.train;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.mtl4j.internal.json.EnumNames;
import org.mtl4j.internal.json.EnumNames.Precision;
import org.mtl4j.internal.json.FormatOne;
import org.mtl4j.internal.json.JsonFields;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.saved.SavedTypes;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Writes and reads plans as JSON. */
final class PlanJson {
    private static final String WHAT = "plan";
    private static final String UPDATER = "updater";
    private static final String NORM = "maxGradientNorm";
    private static final String OWN = "ownUpdaters";
    private static final String HELD = "held";
    private static final String KIND = "kind";
    private static final String NAME = "name";
    private static final String FROM = "from";
    private static final String EPOCHS = "epochs";

    private PlanJson() {}

    private static String nameOf(ParameterGroup group) {
        return switch (group) {
            case ALPHA -> "alpha";
            case COEFFICIENTS -> "coefficients";
        };
    }

    private static String nameOf(HeldPart.Kind kind) {
        return switch (kind) {
            case TOWER -> "tower";
            case TASK -> "task";
            case PARAMETERS -> "parameters";
        };
    }

    private static HeldPart readHeld(JsonFields in) {
        String name = in.text(KIND);
        HeldPart.Kind kind = Arrays.stream(HeldPart.Kind.values())
                .filter(one -> nameOf(one).equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("%s: '%s' is no kind of part; there are tower, task and parameters"
                                .formatted(in.where(), name)));
        return new HeldPart(
                kind,
                in.text(NAME),
                in.has(FROM) ? in.integer(FROM) : 0,
                in.has(EPOCHS) ? in.integer(EPOCHS) : HeldPart.FOR_GOOD);
    }

    static String write(TrainingPlan plan, SavedTypes types) {
        SavedForm form = new SavedForm(types);
        ObjectNode out = form.object().put("format", SavedForm.FORMAT).put("seed", plan.seed());
        out.set(UPDATER, form.write(plan.updater()));
        out.put("l2", plan.l2());
        plan.maxGradientNorm().ifPresent(norm -> out.put(NORM, norm));
        out.put("precision", EnumNames.PRECISIONS.nameOf(Precision.of(plan.dataType())));
        for (ParameterGroup group : ParameterGroup.values()) {
            if (plan.ownUpdaters().containsKey(group)) {
                out.with(OWN).set(nameOf(group), form.write(plan.ownUpdaters().get(group)));
            }
        }
        for (HeldPart part : plan.held()) {
            ObjectNode fields = out.withArray(HELD).addObject();
            fields.put(KIND, nameOf(part.kind())).put(NAME, part.name());
            if (part.from() > 0) {
                fields.put(FROM, part.from());
            }
            if (part.epochs() != HeldPart.FOR_GOOD) {
                fields.put(EPOCHS, part.epochs());
            }
        }
        return form.text(out);
    }

    static TrainingPlan read(String json, SavedTypes types) {
        try {
            JsonFields fields = SavedForm.parse(json, WHAT);
            if (SavedForm.format(fields) == 1) {
                fields = JsonFields.of(new FormatOne(types).plan(fields.node()), WHAT);
            }
            return read(fields, new SavedForm(types));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not the JSON of a TrainingPlan: " + e.getMessage(), e);
        }
    }

    private static TrainingPlan read(JsonFields in, SavedForm form) {
        SavedForm.format(in);
        Map<ParameterGroup, IUpdater> own = new EnumMap<>(ParameterGroup.class);
        if (in.has(OWN)) {
            JsonFields updaters = in.object(OWN);
            for (ParameterGroup group : ParameterGroup.values()) {
                if (updaters.has(nameOf(group))) {
                    own.put(group, form.readUpdater(updaters, nameOf(group)));
                }
            }
            updaters.end();
        }
        TrainingPlan plan = new TrainingPlan(
                in.longInteger("seed"),
                form.readUpdater(in, UPDATER),
                in.number("l2"),
                in.has(NORM) ? OptionalDouble.of(in.number(NORM)) : OptionalDouble.empty(),
                in.oneOf("precision", EnumNames.PRECISIONS).type(),
                own,
                in.has(HELD) ? in.objects(HELD, PlanJson::readHeld) : List.of());
        in.end();
        return plan;
    }
}
