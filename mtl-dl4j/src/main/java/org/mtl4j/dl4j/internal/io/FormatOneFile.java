package org.mtl4j.dl4j.internal.io;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.ZipException;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.assembly.GraphAssembly;
import org.mtl4j.dl4j.internal.io.ArrayPlaces.Place;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.dl4j.internal.model.ParameterAverage;
import org.mtl4j.internal.json.FormatOne;
import org.mtl4j.internal.json.JsonFields;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Reads model files of format 1: what Deeplearning4j's {@code ModelSerializer} wrote, with an entry of this library's
 * beside it. The graph is built of description and plan, as for later formats; of the saved one counters and the order
 * of its vertices are read, because the parameters lie in that.
 */
final class FormatOneFile {
    /** Only this format has such an entry. */
    static final String ENTRY = "mtl.json";

    private static final String CONFIGURATION = "configuration.json";
    private static final String COEFFICIENTS = "coefficients.bin";
    private static final String UPDATER = "updaterState.bin";
    private static final String AVERAGE = "average.bin";
    private static final String WITHOUT_PARAMETERS = "noParams.marker";
    private static final List<String> ENTRIES =
            List.of(ENTRY, AVERAGE, CONFIGURATION, COEFFICIENTS, UPDATER, WITHOUT_PARAMETERS);

    private final ModelZip zip;
    private final SavedTypes types;
    private final SavedForm form;

    FormatOneFile(ModelZip zip, SavedTypes types) {
        this.zip = zip;
        this.types = types;
        this.form = new SavedForm(types);
    }

    ModelState read() throws IOException {
        zip.requireEntries(ENTRIES::contains, ENTRIES.toString());
        try {
            return read(SavedForm.parse(zip.text(ENTRY, ModelFile.LARGEST_HISTORY), "entry " + ENTRY));
        } catch (RuntimeException e) { // whatever a description without some of its parts leads to
            String why = e.getMessage() == null ? "a part of it is missing" : e.getMessage();
            throw new IOException("%s: entry %s: %s".formatted(zip.name(), ENTRY, why), e);
        }
    }

    private ModelState read(JsonFields all) throws IOException {
        if (SavedForm.format(all) != 1) {
            throw new IllegalArgumentException("only files of format 1 have this entry");
        }
        FormatOne old = new FormatOne(types);
        MultiTaskNetwork network = MultiTaskNetwork.fromJson(form.text(all.node("network")), types);
        TrainingPlan plan = TrainingPlan.fromJson(form.text(all.node("plan")), types);
        TrainingHistory history = TrainingHistory.fromJson(
                form.text(old.history(all.node("history"), all.has("events") ? all.node("events") : null)));
        Map<String, String> properties = all.textsByName("properties");
        Optional<Long> averagedSteps = all.optional("averagedSteps", all::longInteger);
        if (averagedSteps.orElse(0L) < 0) {
            throw new IllegalArgumentException("averagedSteps is " + averagedSteps.get());
        }
        JsonFields configuration =
                SavedForm.parse(zip.text(CONFIGURATION, ModelFile.LARGEST_TEXT), "entry " + CONFIGURATION);
        zip.requireWhole((long) ModelFile.LARGEST_HISTORY
                + ModelFile.LARGEST_TEXT
                + ModelFile.MOST_BYTES_PER_PARAMETER * network.parameters());
        DataType type = plan.dataType();
        INDArray parameters = parameters(COEFFICIENTS, type, network);
        int iterations = configuration.integer("iterationCount");
        int epochs = configuration.integer("epochCount");
        List<String> saved = configuration.texts("topologicalOrderStr");
        ComputationGraph inFile =
                ModelFile.graph(network, plan, GraphAssembly.configureAsInFormatOne(network, plan), iterations, epochs);
        ArrayPlaces from = new ArrayPlaces(inFile, network);
        requireOrder(saved, from.vertices());
        inFile.params().assign(parameters.reshape(inFile.params().shape()));
        ComputationGraph graph = ModelFile.graph(network, plan, iterations, epochs);
        ArrayPlaces to = new ArrayPlaces(graph, network);
        copy(from.parameters(), to.parameters());
        INDArray state = array(UPDATER, type, ModelFile.MOST_STATE_PER_PARAMETER * network.parameters());
        if (state != null) {
            inFile.getUpdater(true).setStateViewArray(state);
            copy(from.updaterState(), to.updaterState());
        }
        ModelState model = new ModelState(network, plan, graph, history, properties);
        if (averagedSteps.isPresent()) {
            INDArray given = parameters(AVERAGE, ParameterAverage.typeFor(type), network);
            INDArray average = Nd4j.create(given.dataType(), graph.params().shape());
            copy(from.average(given.reshape(average.shape())), to.average(average));
            model.setAverage(new ParameterAverage(graph, average, averagedSteps.get()));
        }
        return model;
    }

    /** Copies arrays to those of the same names. */
    private static void copy(List<Place> from, List<Place> to) {
        Map<String, INDArray> byName = to.stream().collect(Collectors.toMap(Place::name, Place::array));
        from.forEach(place -> byName.get(place.name()).assign(place.array()));
    }

    /** The parameters of the file are in the order of its graph. */
    private static void requireOrder(List<String> saved, List<String> built) {
        List<String> theirs = saved.stream().filter(built::contains).toList();
        if (!theirs.equals(built)) {
            throw new IllegalArgumentException(
                    "the graph in it has its vertices in the order %s, and this version builds %s of its description"
                            .formatted(theirs, built));
        }
    }

    private INDArray parameters(String name, DataType type, MultiTaskNetwork network) throws IOException {
        INDArray parameters = array(name, type, network.parameters());
        if (parameters == null || parameters.length() != network.parameters()) {
            throw new IOException("%s: entry %s has %s parameters, its network has %d"
                    .formatted(
                            zip.name(), name, parameters == null ? "no" : parameters.length(), network.parameters()));
        }
        return parameters;
    }

    /** Null if there is no such entry. */
    private INDArray array(String name, DataType type, long most) throws IOException {
        if (!zip.has(name)) {
            return null;
        }
        try (InputStream in = new BufferedInputStream(zip.open(name), 1 << 16)) {
            return ArrayEntry.readRow(in, type, most);
        } catch (ZipException e) {
            throw e;
        } catch (IOException e) {
            throw zip.damaged(name, e);
        }
    }
}
