package org.mtl4j.dl4j.internal.io;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.assembly.GraphAssembly;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.internal.io.ArrayPlaces.Place;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.Stitch;
import org.mtl4j.network.Tower;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.sharing.UnitParameter;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.TrainingEvent;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
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

/**
 * Lets a model go on in another network, which has more towers, tasks or layers, or fewer: what has the same name and
 * shape in both keeps its numbers, and units keep what is among towers that are in both.
 */
public final class OtherNetwork {
    /** Updaters whose first steps are right whatever the count of steps is. */
    private static final Set<Class<? extends IUpdater>> COUNT_NOTHING =
            Set.of(Sgd.class, NoOp.class, Nesterovs.class, AdaGrad.class, RmsProp.class, AdaDelta.class);

    private final ModelState old;
    private final MultiTaskNetwork network;
    private final Set<String> kept = new TreeSet<>();
    private final Set<String> adapted = new TreeSet<>();
    private final Set<String> anew = new TreeSet<>();
    private final Set<String> dropped = new TreeSet<>();

    private OtherNetwork(ModelState old, MultiTaskNetwork network) {
        this.old = old;
        this.network = network;
    }

    /**
     * What has come of a model.
     *
     * @param state the model in the other network
     * @param kept names of the arrays that are as they were
     * @param adapted of those of units that have rows or columns more, or fewer
     * @param anew of those that were drawn, or set to what they start at
     * @param dropped of those that are not in the network any more
     */
    public record Result(
            ModelState state, List<String> kept, List<String> adapted, List<String> anew, List<String> dropped) {}

    /**
     * {@return a model in another network; the given one stays as it is}
     *
     * @param plan by which it is trained from now on
     */
    public static Result of(ModelState old, MultiTaskNetwork network, TrainingPlan plan) {
        return new OtherNetwork(old, network).apply(plan);
    }

    private Result apply(TrainingPlan given) {
        ModelState fresh = ModelState.create(network, given);
        Map<String, INDArray> before = new HashMap<>();
        for (Place place : new ArrayPlaces(old.graph(), old.network()).parameters()) {
            before.put(ArrayPlaces.bare(place.name()), place.array());
        }
        Set<String> seen = new TreeSet<>();
        for (Place place : new ArrayPlaces(fresh.graph(), network).parameters()) {
            String name = ArrayPlaces.bare(place.name());
            seen.add(name);
            sort(name, place.array(), before.get(name));
        }
        before.keySet().stream().filter(name -> !seen.contains(name)).forEach(dropped::add);

        int done = old.graph().getIterationCount();
        int epochs = old.graph().getEpochCount();
        int iterations = anew.isEmpty() && adapted.isEmpty() || countsNothing(given) ? done : 0;
        TrainingPlan plan = OtherPlan.begun(given, iterations, epochs);
        ComputationGraph graph = ModelFile.graph(network, plan, iterations, epochs);
        graph.params().assign(fresh.graph().params());
        copy(graph, plan, iterations == 0 ? done : 0);
        startEqual(graph);

        ModelState state = new ModelState(network, plan, graph, old.history(), old.properties());
        state.setEarlierIterations(old.earlierIterations() + done - iterations);
        state.setOutputsAsMade(outputsAsMade());
        if (old.encoding().isPresent() && inputsOf(network).equals(inputsOf(old.network()))) {
            state.setEncoding(old.encoding().get());
        }
        if (old.hasSeenMaskedSteps()) {
            state.setSeenMaskedSteps();
        }
        state.add(new TrainingEvent(epochs - 1, TrainingEvent.Kind.NETWORK_CHANGED, "", text(plan)));
        return new Result(state, List.copyOf(kept), List.copyOf(adapted), List.copyOf(anew), List.copyOf(dropped));
    }

    private void sort(String name, INDArray array, INDArray before) {
        if (rowOf(name).isPresent()) {
            Row row = rowOf(name).get();
            if (row.before().isPresent() && row.before().get().equals(row.towers()) && alike(array, before)) {
                kept.add(name);
            } else if (row.isOld()) {
                adapted.add(name);
            } else {
                anew.add(name);
            }
        } else if (before != null && alike(array, before)) {
            kept.add(name);
        } else {
            anew.add(name);
        }
    }

    private static boolean alike(INDArray a, INDArray b) {
        return b != null && Arrays.equals(a.shape(), b.shape());
    }

    private static boolean countsNothing(TrainingPlan plan) {
        return COUNT_NOTHING.contains(plan.updater().getClass())
                && plan.ownUpdaters().values().stream().allMatch(own -> COUNT_NOTHING.contains(own.getClass()));
    }

    /**
     * What goes into one tower at a unit: numbers {@code [rows, joined towers, block]}.
     *
     * @param tower that it goes into
     * @param towers all that the unit joins now
     * @param before all that it joined, if it was there with as many numbers for each pair of towers
     * @param isOld whether the tower was there
     * @param rows how many rows of such numbers there are
     */
    private record Row(String tower, List<String> towers, Optional<List<String>> before, boolean isOld, long rows) {}

    /** What an array of a unit is, if the unit is one that mixes towers by numbers for each pair of them. */
    private Optional<Row> rowOf(String name) {
        for (Stitch stitch : network.stitches()) {
            for (int to = 0; to < stitch.towers().size(); to++) {
                String tower = stitch.towers().get(to);
                String beginning = "units/" + stitch.place() + "/" + tower + "/";
                Optional<UnitParameter> mix = mix(stitch, to);
                if (mix.isPresent() && name.equals(beginning + mix.get().name())) {
                    boolean isOld =
                            old.network().towers().stream().map(Tower::name).anyMatch(tower::equals);
                    return Optional.of(
                            new Row(tower, stitch.towers(), towersBefore(stitch, to), isOld, rows(mix.get())));
                }
            }
        }
        return Optional.empty();
    }

    private static long rows(UnitParameter mix) {
        return mix.length() / mix.shape()[mix.shape().length - 1];
    }

    /** The parameter by which a unit of the library's mixes what goes into a tower; its last axis is tower by tower. */
    private static Optional<UnitParameter> mix(Stitch stitch, int to) {
        SharingUnit unit = stitch.unit();
        String name = unit instanceof CrossStitchUnit || unit instanceof SluiceUnit
                ? "alpha"
                : unit instanceof NddrUnit ? NddrUnit.WEIGHTS : "";
        return stitch.unitParameters().stream()
                .filter(parameter ->
                        parameter.output() == to && parameter.name().equals(name))
                .findFirst();
    }

    /** The towers that a unit joined, if it was there with as many numbers for each pair of towers. */
    private Optional<List<String>> towersBefore(Stitch stitch, int to) {
        String tower = stitch.towers().get(to);
        UnitParameter now = mix(stitch, to).orElseThrow();
        for (Stitch other : old.network().stitches()) {
            int then = other.towers().indexOf(tower);
            if (other.place().equals(stitch.place())
                    && other.unit().getClass() == stitch.unit().getClass()
                    && then >= 0) {
                UnitParameter before = mix(other, then).orElseThrow();
                boolean alike = rows(before) == rows(now)
                        && before.length() * stitch.towers().size()
                                == now.length() * other.towers().size();
                return alike ? Optional.of(other.towers()) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** @param steps that were made by a count that begins at 0 again; 0 if it goes on */
    private void copy(ComputationGraph graph, TrainingPlan plan, int steps) {
        ArrayPlaces from = new ArrayPlaces(old.graph(), old.network());
        ArrayPlaces to = new ArrayPlaces(graph, network);
        Map<String, INDArray> numbers = new HashMap<>();
        from.parameters().forEach(place -> numbers.put(place.name(), place.array()));
        from.updaterState().forEach(place -> numbers.put(place.name(), place.array()));
        for (Place place : to.parameters()) {
            String name = ArrayPlaces.bare(place.name());
            INDArray before = numbers.get(place.name());
            if (kept.contains(name)) {
                place.array().assign(before.castTo(plan.dataType()));
            } else if (adapted.contains(name)) {
                adapt(rowOf(name).orElseThrow(), before, place.array(), true);
            }
        }
        for (Place place : to.updaterState()) {
            String name = ArrayPlaces.ofState(place.name());
            INDArray before = numbers.get(place.name());
            if (before == null || OtherPlan.differ(old.plan(), plan, ArrayPlaces.groupOf(place.name()))) {
                continue;
            }
            if (kept.contains(name) && alike(place.array(), before)) {
                place.array().assign(before.castTo(plan.dataType()));
            } else if (adapted.contains(name)) {
                adapt(rowOf(name).orElseThrow(), before, place.array(), false);
            }
            if (steps > 0) {
                place.array().divi(missing(place.name(), plan, steps));
            }
        }
    }

    /**
     * What a mean over so many steps lacks to be one over all: Adam and its kin correct their moments by the count of
     * steps, and would overstate those of few if that begins anew.
     */
    private static double missing(String state, TrainingPlan plan, int steps) {
        IUpdater updater = ArrayPlaces.groupOf(state).map(plan::updaterOf).orElse(plan.updater());
        double[] decays;
        if (updater instanceof Adam adam) {
            decays = new double[] {adam.getBeta1(), adam.getBeta2()};
        } else if (updater instanceof Nadam nadam) {
            decays = new double[] {nadam.getBeta1(), nadam.getBeta2()};
        } else if (updater instanceof AMSGrad amsGrad) {
            decays = new double[] {amsGrad.getBeta1(), amsGrad.getBeta2()};
        } else if (updater instanceof AdaBelief adaBelief) {
            decays = new double[] {adaBelief.getBeta1(), adaBelief.getBeta2()};
        } else if (updater instanceof AdaMax adaMax) {
            decays = new double[] {adaMax.getBeta1(), 0};
        } else {
            decays = new double[] {0, 0};
        }
        return 1 - Math.pow(decays[state.endsWith("/first-moment.npy") ? 0 : 1], steps);
    }

    /** Fills a mix: what was between towers stays, and nothing comes from the others. */
    private static void adapt(Row row, INDArray before, INDArray now, boolean alpha) {
        int towers = row.towers().size();
        long block = now.length() / row.rows() / towers;
        INDArray filled = Nd4j.zeros(now.dataType(), row.rows(), towers, block);
        if (row.before().isPresent() && before != null) {
            List<String> then = row.before().get();
            INDArray old = before.castTo(now.dataType()).dup('c').reshape('c', row.rows(), then.size(), block);
            for (int t = 0; t < towers; t++) {
                int from = then.indexOf(row.towers().get(t));
                if (from >= 0) {
                    INDArray place = filled.get(NDArrayIndex.all(), NDArrayIndex.interval(t, t + 1));
                    place.assign(old.get(NDArrayIndex.all(), NDArrayIndex.interval(from, from + 1)));
                }
            }
        } else if (alpha) {
            int own = row.towers().indexOf(row.tower());
            for (long i = 0; i < block; i++) { // one number for each channel, or a square of which this is the identity
                filled.putScalar(row.rows() == 1 ? 0 : i, own, i, 1);
            }
        }
        now.assign(filled.reshape('c', now.shape()));
    }

    /** Gives layers that are to start equal the weights of one that was there. */
    private void startEqual(ComputationGraph graph) {
        if (!network.equalStart()) {
            return;
        }
        Set<String> keptVertices = new LinkedHashSet<>();
        for (Tower tower : network.towers()) {
            keptVertices.add(tower.name());
        }
        keptVertices.retainAll(old.network().towers().stream().map(Tower::name).toList());
        for (List<String> alike : GraphAssembly.alikeLayers(network)) {
            Optional<String> source = alike.stream()
                    .filter(vertex -> keptVertices.contains(towerOf(vertex)))
                    .findFirst();
            source.ifPresent(first -> alike.stream()
                    .filter(vertex -> !keptVertices.contains(towerOf(vertex)))
                    .forEach(vertex -> graph.getVertex(vertex)
                            .params()
                            .assign(graph.getVertex(first).params())));
        }
    }

    private static String towerOf(String vertex) {
        return vertex.substring(0, vertex.indexOf(VertexNames.SEPARATOR));
    }

    private List<String> outputsAsMade() {
        Set<String> waiting = old.outputsAsMade();
        return network.tasks().stream()
                .filter(task -> task.start() == OutputStart.TARGET_MEAN)
                .map(Task::name)
                .filter(task -> waiting.contains(task)
                        || anew.stream().anyMatch(name -> name.startsWith("tasks/" + task + "/")))
                .toList();
    }

    private String text(TrainingPlan plan) {
        Map<String, String> text = new LinkedHashMap<>();
        List<String> before = old.network().towers().stream().map(Tower::name).toList();
        List<String> now = network.towers().stream().map(Tower::name).toList();
        text.put("towers", now + (before.equals(now) ? "" : ", before " + before));
        text.put(
                "tasks",
                names(network)
                        + (names(old.network()).equals(names(network)) ? "" : ", before " + names(old.network())));
        text.put("arrays kept", String.valueOf(kept.size()));
        text.put("adapted", String.valueOf(adapted));
        text.put("begun anew", String.valueOf(anew));
        text.put("dropped", String.valueOf(dropped));
        text.put("plan", String.valueOf(plan));
        List<String> parts = new ArrayList<>();
        text.forEach((what, is) -> parts.add(what + " " + is));
        return String.join("; ", parts);
    }

    private static List<String> names(MultiTaskNetwork network) {
        return network.tasks().stream().map(Task::name).toList();
    }

    private static Map<String, Shape> inputsOf(MultiTaskNetwork network) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        network.inputs().forEach(input -> shapes.put(input.name(), input.shape()));
        return shapes;
    }
}
