package org.mtl4j.train;

import java.util.EnumMap;
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

    private PlanJson() {}

    private static String nameOf(ParameterGroup group) {
        return switch (group) {
            case ALPHA -> "alpha";
            case COEFFICIENTS -> "coefficients";
        };
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
                own);
        in.end();
        return plan;
    }
}
