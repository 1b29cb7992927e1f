package org.mtl4j.internal.json;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mtl4j.schedule.CosineSchedule;
import org.mtl4j.schedule.LaterSchedule;
import org.mtl4j.schedule.ScaledLearningRate;
import org.mtl4j.schedule.WarmUpSchedule;
import org.nd4j.linalg.schedule.CycleSchedule;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.InverseSchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.RampSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.SigmoidSchedule;
import org.nd4j.linalg.schedule.StepSchedule;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Names schedules and their fields. */
final class Schedules {
    private static final String PER = "per";
    private static final String START = "start";
    private static final String FACTOR = "factor";
    private static final String POWER = "power";
    private static final String BASE = "base";

    static final Family<ISchedule> FAMILY = new Family<>(
            "schedule",
            ISchedule.class,
            List.of(
                    new Kind<>(
                            "cosine",
                            CosineSchedule.class,
                            (s, out, form) -> out.put(START, s.start())
                                    .put("end", s.end())
                                    .put("epochs", s.epochs()),
                            (in, form) -> new CosineSchedule(in.number(START), in.number("end"), in.integer("epochs"))),
                    new Kind<>(
                            "warm-up",
                            WarmUpSchedule.class,
                            (s, out, form) ->
                                    out.put("iterations", s.iterations()).set(BASE, form.write(s.base())),
                            (in, form) -> new WarmUpSchedule(form.readSchedule(in, BASE), in.integer("iterations"))),
                    new Kind<>(
                            "later",
                            LaterSchedule.class,
                            (s, out, form) -> out.put("iterations", s.iterations())
                                    .put("epochs", s.epochs())
                                    .set(BASE, form.write(s.base())),
                            (in, form) -> new LaterSchedule(
                                    form.readSchedule(in, BASE), in.integer("iterations"), in.integer("epochs"))),
                    new Kind<>(
                            "scaled-rate",
                            ScaledLearningRate.class,
                            (s, out, form) -> out.put(FACTOR, s.factor())
                                    .put("frozenEpochs", s.frozenEpochs())
                                    .set(BASE, form.write(s.base())),
                            (in, form) -> new ScaledLearningRate(
                                    form.readUpdater(in, BASE), in.number(FACTOR), in.integer("frozenEpochs"))),
                    new Kind<>(
                            "fixed",
                            FixedSchedule.class,
                            (s, out, form) -> out.put("value", s.getValue()),
                            (in, form) -> new FixedSchedule(in.number("value"))),
                    new Kind<>(
                            "exponential",
                            ExponentialSchedule.class,
                            (s, out, form) -> put(out, s.getScheduleType(), s.getInitialValue())
                                    .put(FACTOR, s.getGamma()),
                            (in, form) -> new ExponentialSchedule(per(in), in.number(START), in.number(FACTOR))),
                    new Kind<>(
                            "inverse",
                            InverseSchedule.class,
                            (s, out, form) -> put(out, s.getScheduleType(), s.getInitialValue())
                                    .put(FACTOR, s.getGamma())
                                    .put(POWER, s.getPower()),
                            (in, form) -> new InverseSchedule(
                                    per(in), in.number(START), in.number(FACTOR), in.number(POWER))),
                    new Kind<>(
                            "polynomial",
                            PolySchedule.class,
                            (s, out, form) -> put(out, s.getScheduleType(), s.getInitialValue())
                                    .put(POWER, s.getPower())
                                    .put("length", s.getMaxIter()),
                            (in, form) -> new PolySchedule(
                                    per(in), in.number(START), in.number(POWER), in.integer("length"))),
                    new Kind<>(
                            "sigmoid",
                            SigmoidSchedule.class,
                            (s, out, form) -> put(out, s.getScheduleType(), s.getInitialValue())
                                    .put(FACTOR, s.getGamma())
                                    .put("middle", s.getStepSize()),
                            (in, form) -> new SigmoidSchedule(
                                    per(in), in.number(START), in.number(FACTOR), in.integer("middle"))),
                    new Kind<>(
                            "step",
                            StepSchedule.class,
                            (s, out, form) -> put(out, s.getScheduleType(), s.getInitialValue())
                                    .put(FACTOR, s.getDecayRate())
                                    .put("length", s.getStep()),
                            (in, form) -> new StepSchedule(
                                    per(in), in.number(START), in.number(FACTOR), in.number("length"))),
                    new Kind<>(
                            "cycle",
                            CycleSchedule.class,
                            (s, out, form) -> put(out, s.getScheduleType(), s.getInitialLearningRate())
                                    .put("largest", s.getMaxLearningRate())
                                    .put("length", s.getCycleLength())
                                    .put("annealingLength", s.getAnnealingLength())
                                    .put("annealingFactor", s.getAnnealingDecay()),
                            (in, form) -> new CycleSchedule(
                                    per(in),
                                    in.number(START),
                                    in.number("largest"),
                                    in.integer("length"),
                                    in.integer("annealingLength"),
                                    in.number("annealingFactor"))),
                    new Kind<>(
                            "map",
                            MapSchedule.class,
                            (s, out, form) -> out.put(PER, EnumNames.SCHEDULE_TYPES.nameOf(s.getScheduleType()))
                                    .set("values", values(s.getValues(), form)),
                            (in, form) -> new MapSchedule(per(in), values(in, "values")))),
            Map.of(
                    RampSchedule.class,
                    "ND4J gives no access to what it is made of; org.mtl4j.schedule.WarmUpSchedule does the same"));

    private Schedules() {}

    private static ObjectNode put(ObjectNode out, ScheduleType type, double start) {
        return out.put(PER, EnumNames.SCHEDULE_TYPES.nameOf(type)).put(START, start);
    }

    private static ScheduleType per(JsonFields in) {
        return in.oneOf(PER, EnumNames.SCHEDULE_TYPES);
    }

    /** Numbers by whole numbers, in ascending order. */
    static ObjectNode values(Map<Integer, Double> values, SavedForm form) {
        ObjectNode out = form.object();
        new TreeMap<>(values).forEach((key, value) -> out.put(String.valueOf(key), value));
        return out;
    }

    static Map<Integer, Double> values(JsonFields in, String name) {
        Map<Integer, Double> values = new HashMap<>();
        in.numbersByName(name).forEach((key, value) -> {
            try {
                values.put(Integer.valueOf(key), value);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "%s: '%s' has the key '%s', which is no whole number".formatted(in.where(), name, key), e);
            }
        });
        return values;
    }
}
