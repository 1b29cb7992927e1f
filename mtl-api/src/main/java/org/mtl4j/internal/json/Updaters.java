package org.mtl4j.internal.json;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.nd4j.linalg.learning.config.AMSGrad;
import org.nd4j.linalg.learning.config.AdaBelief;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.AdaMax;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nadam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Names updaters and their fields. The learning rate is left out where only a schedule says it. */
final class Updaters {
    private static final String RATE = "learningRate";
    private static final String SCHEDULE = "learningRateSchedule";
    private static final String EPSILON = "epsilon";
    private static final String MOMENTUM = "momentum";
    private static final String MOMENTUM_SCHEDULE = "momentumSchedule";
    private static final String MOMENTUM_CHANGES = "momentumChanges";

    static final Family<IUpdater> FAMILY = new Family<>(
            "updater",
            IUpdater.class,
            List.of(
                    rated("sgd", Sgd.class, Sgd::getLearningRate, Sgd::getLearningRateSchedule, new Rest<>() {
                        @Override
                        public void write(Sgd updater, ObjectNode out, SavedForm form) {
                            // nothing else
                        }

                        @Override
                        public Sgd read(double rate, JsonFields in, SavedForm form) {
                            return new Sgd(rate);
                        }
                    }),
                    moments(
                            "adam",
                            Adam.class,
                            Adam::getLearningRate,
                            Adam::getLearningRateSchedule,
                            u -> new double[] {u.getBeta1(), u.getBeta2(), u.getEpsilon()},
                            Adam::new),
                    moments(
                            "adamax",
                            AdaMax.class,
                            AdaMax::getLearningRate,
                            AdaMax::getLearningRateSchedule,
                            u -> new double[] {u.getBeta1(), u.getBeta2(), u.getEpsilon()},
                            AdaMax::new),
                    moments(
                            "nadam",
                            Nadam.class,
                            Nadam::getLearningRate,
                            Nadam::getLearningRateSchedule,
                            u -> new double[] {u.getBeta1(), u.getBeta2(), u.getEpsilon()},
                            Nadam::new),
                    moments(
                            "amsgrad",
                            AMSGrad.class,
                            AMSGrad::getLearningRate,
                            AMSGrad::getLearningRateSchedule,
                            u -> new double[] {u.getBeta1(), u.getBeta2(), u.getEpsilon()},
                            AMSGrad::new),
                    moments(
                            "adabelief",
                            AdaBelief.class,
                            AdaBelief::getLearningRate,
                            AdaBelief::getLearningRateSchedule,
                            u -> new double[] {u.getBeta1(), u.getBeta2(), u.getEpsilon()},
                            AdaBelief::new),
                    rated(
                            "adagrad",
                            AdaGrad.class,
                            AdaGrad::getLearningRate,
                            AdaGrad::getLearningRateSchedule,
                            new Rest<>() {
                                @Override
                                public void write(AdaGrad updater, ObjectNode out, SavedForm form) {
                                    out.put(EPSILON, updater.getEpsilon());
                                }

                                @Override
                                public AdaGrad read(double rate, JsonFields in, SavedForm form) {
                                    return new AdaGrad(rate, in.number(EPSILON));
                                }
                            }),
                    rated(
                            "rmsprop",
                            RmsProp.class,
                            RmsProp::getLearningRate,
                            RmsProp::getLearningRateSchedule,
                            new Rest<>() {
                                @Override
                                public void write(RmsProp updater, ObjectNode out, SavedForm form) {
                                    out.put("decay", updater.getRmsDecay()).put(EPSILON, updater.getEpsilon());
                                }

                                @Override
                                public RmsProp read(double rate, JsonFields in, SavedForm form) {
                                    return new RmsProp(rate, in.number("decay"), in.number(EPSILON));
                                }
                            }),
                    rated(
                            "nesterovs",
                            Nesterovs.class,
                            Nesterovs::getLearningRate,
                            Nesterovs::getLearningRateSchedule,
                            new Momentum()),
                    new Kind<>(
                            "adadelta",
                            AdaDelta.class,
                            (u, out, form) -> out.put("rho", u.getRho()).put(EPSILON, u.getEpsilon()),
                            (in, form) -> new AdaDelta(in.number("rho"), in.number(EPSILON))),
                    Kind.plain("none", NoOp.class, NoOp::new)),
            Map.of());

    private Updaters() {}

    /** What an updater has besides its rate. */
    private interface Rest<T> {
        void write(T updater, ObjectNode out, SavedForm form);

        T read(double rate, JsonFields in, SavedForm form);
    }

    private static final class Momentum implements Rest<Nesterovs> {
        @Override
        public void write(Nesterovs updater, ObjectNode out, SavedForm form) {
            out.put(MOMENTUM, updater.getMomentum());
            if (updater.getMomentumISchedule() != null) {
                out.set(MOMENTUM_SCHEDULE, form.write(updater.getMomentumISchedule()));
            }
            if (updater.getMomentumSchedule() != null) {
                out.set(MOMENTUM_CHANGES, Schedules.values(updater.getMomentumSchedule(), form));
            }
        }

        @Override
        public Nesterovs read(double rate, JsonFields in, SavedForm form) {
            return new Nesterovs(
                    rate,
                    null,
                    in.number(MOMENTUM),
                    in.has(MOMENTUM_SCHEDULE) ? form.readSchedule(in, MOMENTUM_SCHEDULE) : null,
                    in.has(MOMENTUM_CHANGES) ? Schedules.values(in, MOMENTUM_CHANGES) : null);
        }
    }

    private static <T extends IUpdater> Kind<T> rated(
            String name, Class<T> type, ToDoubleFunction<T> rate, Function<T, ISchedule> schedule, Rest<T> rest) {
        return new Kind<>(
                name,
                type,
                (updater, out, form) -> {
                    if (!Double.isNaN(rate.applyAsDouble(updater))) {
                        out.put(RATE, rate.applyAsDouble(updater));
                    }
                    if (schedule.apply(updater) != null) {
                        out.set(SCHEDULE, form.write(schedule.apply(updater)));
                    }
                    rest.write(updater, out, form);
                },
                (in, form) -> {
                    double constant = in.has(RATE) ? in.number(RATE) : Double.NaN;
                    T updater = rest.read(constant, in, form);
                    if (in.has(SCHEDULE)) {
                        updater.setLrAndSchedule(constant, form.readSchedule(in, SCHEDULE));
                    } else if (Double.isNaN(constant)) {
                        throw new IllegalArgumentException(
                                "%s: '%s' or '%s' is needed".formatted(in.where(), RATE, SCHEDULE));
                    }
                    return updater;
                });
    }

    private interface MomentsMaker<T> {
        T make(double rate, double beta1, double beta2, double epsilon);
    }

    private static <T extends IUpdater> Kind<T> moments(
            String name,
            Class<T> type,
            ToDoubleFunction<T> rate,
            Function<T, ISchedule> schedule,
            Function<T, double[]> values,
            MomentsMaker<T> maker) {
        return rated(name, type, rate, schedule, new Rest<>() {
            @Override
            public void write(T updater, ObjectNode out, SavedForm form) {
                double[] all = values.apply(updater);
                out.put("beta1", all[0]).put("beta2", all[1]).put(EPSILON, all[2]);
            }

            @Override
            public T read(double rate, JsonFields in, SavedForm form) {
                return maker.make(rate, in.number("beta1"), in.number("beta2"), in.number(EPSILON));
            }
        });
    }
}
