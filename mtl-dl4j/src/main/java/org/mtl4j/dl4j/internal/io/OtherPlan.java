package org.mtl4j.dl4j.internal.io;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.io.ArrayPlaces.Place;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.schedule.LaterSchedule;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.TrainingEvent;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;

/** Gives a model another plan: the same numbers, by their names, in a graph that is built of it. */
public final class OtherPlan {
    private final ModelState old;
    private final TrainingPlan given;

    private OtherPlan(ModelState old, TrainingPlan given) {
        this.old = old;
        this.given = given;
    }

    /**
     * {@return the same model with another plan; the given one stays as it is}
     *
     * @param fromNow whether the plan's schedules begin now; otherwise they go by all steps and epochs that there were
     */
    public static ModelState of(ModelState old, TrainingPlan plan, boolean fromNow) {
        return new OtherPlan(old, plan).apply(fromNow);
    }

    private ModelState apply(boolean fromNow) {
        int done = old.graph().getIterationCount();
        int epochs = old.graph().getEpochCount();
        List<String> anew = anew();
        // updaters whose state begins anew correct it by the number of steps since
        int iterations = anew.isEmpty() || !fromNow ? done : 0;
        TrainingPlan plan = fromNow ? begun(given, iterations, epochs) : given;
        ComputationGraph graph = ModelFile.graph(old.network(), plan, iterations, epochs);
        ModelState state = new ModelState(old.network(), plan, graph, old.history(), old.properties());
        state.setEarlierIterations(old.earlierIterations() + done - iterations);
        state.setOutputsAsMade(old.outputsAsMade());
        old.encoding().ifPresent(state::setEncoding);
        if (old.hasSeenMaskedSteps()) {
            state.setSeenMaskedSteps();
        }
        copy(graph, plan);
        state.add(new TrainingEvent(
                epochs - 1,
                TrainingEvent.Kind.PLAN_CHANGED,
                "",
                "%s%s; before: %s"
                        .formatted(
                                plan,
                                anew.isEmpty()
                                        ? ""
                                        : "; the updater's state begins anew for " + String.join(", ", anew),
                                old.plan())));
        return state;
    }

    /** Says which parameters get an updater of another kind, whose state means something else. */
    private List<String> anew() {
        List<String> anew = new ArrayList<>();
        if (differ(old.plan().updater(), given.updater())) {
            anew.add("layers");
        }
        if (!old.network().stitches().isEmpty() && differ(ParameterGroup.ALPHA)) {
            anew.add("alpha");
        }
        if (old.network().regularizer().isPresent() && differ(ParameterGroup.COEFFICIENTS)) {
            anew.add("coefficients");
        }
        return anew;
    }

    private boolean differ(ParameterGroup group) {
        return differ(old.plan().updaterOf(group), given.updaterOf(group));
    }

    private static boolean differ(IUpdater a, IUpdater b) {
        return a.getClass() != b.getClass();
    }

    /** A plan whose schedules begin, and which holds parts, from this step and epoch on. */
    static TrainingPlan begun(TrainingPlan given, int iterations, int epochs) {
        Map<ParameterGroup, IUpdater> own = new HashMap<>();
        given.ownUpdaters()
                .forEach((group, updater) -> own.put(group, LaterSchedule.begin(updater, iterations, epochs)));
        return new TrainingPlan(
                given.seed(),
                LaterSchedule.begin(given.updater(), iterations, epochs),
                given.l2(),
                given.maxGradientNorm(),
                given.dataType(),
                own,
                given.held().stream().map(part -> part.beginningAt(epochs)).toList());
    }

    private void copy(ComputationGraph graph, TrainingPlan plan) {
        ArrayPlaces from = new ArrayPlaces(old.graph(), old.network());
        ArrayPlaces to = new ArrayPlaces(graph, old.network());
        Map<String, INDArray> numbers = new HashMap<>();
        from.parameters().forEach(place -> numbers.put(place.name(), place.array()));
        from.updaterState().forEach(place -> numbers.put(place.name(), place.array()));
        for (Place place : to.parameters()) {
            place.array().assign(numbers.get(place.name()).castTo(plan.dataType()));
        }
        for (Place place : to.updaterState()) {
            if (numbers.containsKey(place.name()) && !differ(old.plan(), plan, ArrayPlaces.groupOf(place.name()))) {
                place.array().assign(numbers.get(place.name()).castTo(plan.dataType()));
            }
        }
    }

    /** Tells whether parameters of a group, or of layers, have updaters of different kinds. */
    static boolean differ(TrainingPlan a, TrainingPlan b, Optional<ParameterGroup> group) {
        return differ(
                group.map(a::updaterOf).orElse(a.updater()),
                group.map(b::updaterOf).orElse(b.updater()));
    }
}
