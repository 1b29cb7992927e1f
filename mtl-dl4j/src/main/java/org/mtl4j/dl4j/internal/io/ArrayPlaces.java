package org.mtl4j.dl4j.internal.io;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.mtl4j.dl4j.internal.graph.VertexNames;
import org.mtl4j.dl4j.internal.layer.FreezingUpdater;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.mtl4j.train.ParameterGroup;
import org.nd4j.linalg.api.ndarray.INDArray;
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
import org.nd4j.linalg.learning.config.RmsProp;

/**
 * Tells by which names the numbers of a graph are saved, and where they lie in it. Deeplearning4j has all parameters in
 * one row, and the state of the updaters in another, in an order of its own: by blocks of parameters with equal
 * updaters, in each block all of the first state, then all of the second. In a file each array stands by itself, in the
 * shape that it has in its layer.
 */
final class ArrayPlaces {
    /** Where the name of an array of parameters begins. */
    static final String PARAMETERS = "parameters/";
    /** Where the name of an array of the updaters' state begins. */
    static final String UPDATER = "updater/";
    /** Where the name of an array of averaged parameters begins. */
    static final String AVERAGE = "average/";

    private static final String INPUTS = "inputs/";
    private static final String TRUNK = "trunk/";
    private static final String SHARED = "shared/";
    private static final String UNITS = "units/";
    private static final String RELATEDNESS = "relatedness";
    private static final String SUFFIX = ".npy";

    /** What each state of an updater is called, in the order in which they lie. */
    private static final Map<Class<? extends IUpdater>, List<String>> STATES = Map.of(
            Adam.class, List.of("first-moment", "second-moment"),
            Nadam.class, List.of("first-moment", "second-moment"),
            AdaBelief.class, List.of("first-moment", "second-moment"),
            AMSGrad.class, List.of("first-moment", "second-moment", "largest-second-moment"),
            AdaMax.class, List.of("first-moment", "infinity-norm"),
            Nesterovs.class, List.of("velocity"),
            AdaGrad.class, List.of("squared-gradients"),
            RmsProp.class, List.of("squared-gradients"),
            AdaDelta.class, List.of("squared-gradients", "squared-updates"));

    /**
     * An array and its name.
     *
     * @param name of the entry
     * @param array a view of the graph's
     */
    record Place(String name, INDArray array) {}

    /** Where an array of parameters lies in the row of all. */
    private record Slot(String vertex, String path, long offset, long[] shape, char order) {
        long length() {
            return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        }

        INDArray in(INDArray row, long from) {
            return row.reshape(row.length())
                    .get(NDArrayIndex.interval(from, from + length()))
                    .reshape(order, shape);
        }
    }

    private final ComputationGraph graph;
    private final List<Slot> slots = new ArrayList<>();
    private final Map<String, Slot> byParameter = new HashMap<>();

    ArrayPlaces(ComputationGraph graph, MultiTaskNetwork network) {
        this.graph = graph;
        List<String> tasks = network.tasks().stream().map(Task::name).toList();
        long start = graph.params().offset();
        for (GraphVertex vertex : graph.getVertices()) {
            vertex.paramTable(false).forEach((parameter, array) -> {
                Slot slot = new Slot(
                        vertex.getVertexName(),
                        path(vertex.getVertexName(), tasks) + "/" + parameter,
                        array.offset() - start,
                        array.shape(),
                        orderOf(array));
                slots.add(slot);
                byParameter.put(key(vertex.getVertexName(), parameter), slot);
            });
        }
        slots.sort(Comparator.comparingLong(Slot::offset));
        long end = 0;
        for (Slot slot : slots) {
            if (slot.offset() != end) {
                throw new IllegalStateException("parameters of the graph overlap or are left out at " + slot.path());
            }
            end += slot.length();
        }
        if (end != graph.params().length()) {
            throw new IllegalStateException("the layers have %d parameters, the graph %d"
                    .formatted(end, graph.params().length()));
        }
    }

    /** The group of parameters that an array of the updaters' state belongs to; empty for those of layers. */
    static Optional<ParameterGroup> groupOf(String updaterState) {
        if (updaterState.startsWith(UPDATER + UNITS)) {
            return Optional.of(ParameterGroup.ALPHA);
        }
        return updaterState.startsWith(UPDATER + RELATEDNESS + "/")
                ? Optional.of(ParameterGroup.COEFFICIENTS)
                : Optional.empty();
    }

    /** The name of an array of parameters without where such names begin, and without its ending. */
    static String bare(String name) {
        return name.substring(PARAMETERS.length(), name.length() - SUFFIX.length());
    }

    /** The name, without beginning and ending, of the parameters that an array of the updaters' state belongs to. */
    static String ofState(String name) {
        return name.substring(UPDATER.length(), name.lastIndexOf('/'));
    }

    private static String key(String vertex, String parameter) {
        return vertex + "_" + parameter;
    }

    /** What a vertex is called in a file: by the tower, task or place of a unit that it belongs to. */
    private static String path(String vertex, List<String> tasks) {
        if (vertex.equals(VertexNames.RELATEDNESS)) {
            return RELATEDNESS;
        }
        if (tasks.contains(vertex)) {
            return "tasks/" + vertex;
        }
        if (VertexNames.inPart(vertex).isPresent()) {
            return SHARED + VertexNames.inPart(vertex).get();
        }
        if (vertex.startsWith(VertexNames.prefix(VertexNames.TRUNK))) {
            return TRUNK
                    + vertex.substring(VertexNames.prefix(VertexNames.TRUNK).length());
        }
        Optional<VertexNames.InputLayer> ofInput = VertexNames.inputLayer(vertex);
        if (ofInput.isPresent()) {
            return INPUTS + ofInput.get().input() + "/" + ofInput.get().path();
        }
        return VertexNames.unitPlace(vertex)
                .map(place -> UNITS + place)
                .or(() -> VertexNames.stitched(vertex).map(unit -> UNITS + unit.place() + "/" + unit.tower()))
                .orElse("towers/" + vertex);
    }

    private static char orderOf(INDArray array) {
        for (char order : new char[] {'c', 'f'}) {
            if (liesIn(order, array)) {
                return order;
            }
        }
        throw new IllegalStateException("parameters that lie neither in C's nor in Fortran's order");
    }

    private static boolean liesIn(char order, INDArray array) {
        int rank = array.rank();
        long expected = 1;
        int[] fastestFirst = IntStream.range(0, rank)
                .map(i -> order == 'c' ? rank - 1 - i : i)
                .toArray();
        for (int dimension : fastestFirst) {
            if (array.size(dimension) != 1 && array.stride(dimension) != expected) {
                return false;
            }
            expected *= array.size(dimension);
        }
        return true;
    }

    /** The vertices that have parameters, in the order in which these lie. */
    List<String> vertices() {
        return slots.stream().map(Slot::vertex).distinct().toList();
    }

    /** The parameters, by name. */
    List<Place> parameters() {
        return inRow(PARAMETERS, graph.params());
    }

    /** The numbers of an average, by the names of the parameters. */
    List<Place> average(INDArray row) {
        return inRow(AVERAGE, row);
    }

    private List<Place> inRow(String prefix, INDArray row) {
        return slots.stream()
                .map(slot -> new Place(prefix + slot.path() + SUFFIX, slot.in(row, slot.offset())))
                .sorted(Comparator.comparing(Place::name))
                .toList();
    }

    /** The state of the updaters, by the names of the parameters and its own. */
    List<Place> updaterState() {
        List<Place> places = new ArrayList<>();
        for (UpdaterBlock block : ((BaseMultiLayerUpdater<?>) graph.getUpdater(true)).getUpdaterBlocks()) {
            INDArray view = block.getUpdaterView();
            if (view == null || view.isEmpty()) {
                continue;
            }
            long parameters = block.getParamOffsetEnd() - block.getParamOffsetStart();
            for (UpdaterBlock.ParamState state : block.getLayersAndVariablesInBlock()) {
                String vertex = state.getLayer().getConfig().getLayerName();
                Slot slot = byParameter.get(key(vertex, state.getParamName()));
                List<String> names = namesOf(
                        state.getLayer().getConfig().getUpdaterByParam(state.getParamName()),
                        view.length() / parameters);
                for (int i = 0; i < names.size(); i++) {
                    long from = i * parameters + state.getParamOffsetStart() - block.getParamOffsetStart();
                    places.add(new Place(UPDATER + slot.path() + "/" + names.get(i) + SUFFIX, slot.in(view, from)));
                }
            }
        }
        places.sort(Comparator.comparing(Place::name));
        return places;
    }

    private static List<String> namesOf(IUpdater updater, long count) {
        List<String> names = STATES.get(FreezingUpdater.unwrap(updater).getClass());
        return names != null && names.size() == count
                ? names
                : IntStream.rangeClosed(1, Math.toIntExact(count))
                        .mapToObj(i -> "state-" + i)
                        .toList();
    }
}
