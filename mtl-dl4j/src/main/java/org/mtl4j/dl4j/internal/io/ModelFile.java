package org.mtl4j.dl4j.internal.io;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.internal.assembly.GraphAssembly;
import org.mtl4j.dl4j.internal.io.ArrayPlaces.Place;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.dl4j.internal.model.ParameterAverage;
import org.mtl4j.internal.io.AtomicFile;
import org.mtl4j.internal.io.SimilarNames;
import org.mtl4j.internal.json.JsonFields;
import org.mtl4j.internal.json.SavedForm;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/**
 * Writes and reads model files: zip files with the description, the plan and the history as JSON, and the arrays by
 * name in the form of NumPy's files. The graph is not in it, but built of description and plan;
 * {@code docs/saved-form.md} has the entries. Files of format 1 are read by {@link FormatOneFile}.
 */
public final class ModelFile {
    private static final String MODEL = "model.json";
    private static final String NETWORK = "network.json";
    private static final String PLAN = "plan.json";
    private static final String HISTORY = "history.json";
    private static final String ENCODING = "encoding.json";
    private static final Set<String> TEXTS = Set.of(MODEL, NETWORK, PLAN, HISTORY, ENCODING);
    private static final List<String> ARRAYS =
            List.of(ArrayPlaces.PARAMETERS, ArrayPlaces.UPDATER, ArrayPlaces.AVERAGE, BalanceVectors.PREFIX);

    private static final String AVERAGED_STEPS = "averagedSteps";
    private static final String EARLIER_ITERATIONS = "earlierIterations";
    private static final String OUTPUTS_AS_MADE = "outputsAsMade";
    private static final String MASKED_STEPS = "maskedSteps";
    private static final String BALANCE = "balance";
    private static final String PROPERTIES = "properties";

    /** Of a description, a plan, or the properties. */
    static final int LARGEST_TEXT = 64 << 20;
    /** Of the history, which grows with each epoch. */
    static final int LARGEST_HISTORY = 256 << 20;

    /** AMSGrad has the largest state of the updaters. */
    static final long MOST_STATE_PER_PARAMETER = 3;

    /** Parameters, state and average, in double precision. */
    static final long MOST_BYTES_PER_PARAMETER = (2 + MOST_STATE_PER_PARAMETER) * Double.BYTES;

    /** Of an array's name, type and shape. */
    private static final int LARGEST_HEADER = 1 << 10;

    /** The same for all, so that the same model is the same bytes. */
    private static final LocalDateTime TIME = LocalDateTime.of(2000, 1, 1, 0, 0);

    private ModelFile() {}

    /**
     * Writes a model.
     *
     * @param types what types of the user's own are called
     * @param average of a run that is under way, for it to go on with
     */
    public static void write(ModelState model, Path file, SavedTypes types, Optional<ParameterAverage> average)
            throws IOException {
        AtomicFile.write(file, temporary -> {
            try (OutputStream out = Files.newOutputStream(temporary)) {
                write(model, out, types, average);
            } catch (FileSystemException e) {
                throw e; // names the file
            } catch (IOException e) { // too large, or a disk that is full
                throw new IOException(file + ": " + e.getMessage(), e);
            }
        });
    }

    /** Writes a model, and leaves the stream open. */
    public static void write(ModelState model, OutputStream out, SavedTypes types, Optional<ParameterAverage> average)
            throws IOException {
        ArrayPlaces places = new ArrayPlaces(model.graph(), model.network());
        ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
        text(zip, MODEL, properties(model, average), LARGEST_TEXT);
        text(zip, NETWORK, model.network().toJson(types), LARGEST_TEXT);
        text(zip, PLAN, model.plan().toJson(types), LARGEST_TEXT);
        if (model.encoding().isPresent()) {
            text(zip, ENCODING, model.encoding().get().toJson(), LARGEST_TEXT);
        }
        zip.putNextEntry(entry(HISTORY));
        model.history().writeJson(new EntryOutput(zip, HISTORY, LARGEST_HISTORY));
        zip.closeEntry();
        zip.setLevel(Deflater.BEST_SPEED); // weights are noise to it
        List<Place> arrays = new ArrayList<>(places.parameters());
        arrays.addAll(places.updaterState());
        average.ifPresent(running -> arrays.addAll(places.average(running.values())));
        model.balance()
                .ifPresent(state -> arrays.addAll(
                        BalanceVectors.places(state, model.network().tasks())));
        for (Place place : arrays) {
            zip.putNextEntry(entry(place.name()));
            NumPyArray.write(place.array(), zip);
            zip.closeEntry();
        }
        zip.finish();
    }

    private static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLargeException(String message) {
            super(message);
        }
    }

    /** Writes into an entry, which stays open when this is closed, as much as is read again. */
    private static final class EntryOutput extends FilterOutputStream {
        private final String name;
        private final long largest;
        private long written;

        EntryOutput(OutputStream zip, String name, long largest) {
            super(zip);
            this.name = name;
            this.largest = largest;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            written += count;
            if (written > largest) {
                throw new TooLargeException("the entry %s would have more than %d bytes, and at most so many are read"
                        .formatted(name, largest));
            }
            out.write(bytes, from, count);
        }

        @Override
        public void close() throws IOException {
            out.flush();
        }
    }

    private static void text(ZipOutputStream zip, String name, String text, int largest) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > largest) {
            throw new TooLargeException(
                    "the entry %s would have %d bytes, and at most %d are read".formatted(name, bytes.length, largest));
        }
        zip.putNextEntry(entry(name));
        zip.write(bytes);
        zip.closeEntry();
    }

    private static ZipEntry entry(String name) {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(TIME);
        return entry;
    }

    private static String properties(ModelState model, Optional<ParameterAverage> average) {
        SavedForm form = new SavedForm(SavedTypes.none());
        ObjectNode out = form.object()
                .put("format", SavedForm.FORMAT)
                .put("iterations", model.iterations())
                .put("epochs", model.graph().getEpochCount());
        average.ifPresent(running -> out.put(AVERAGED_STEPS, running.steps()));
        model.balance().ifPresent(state -> BalanceStateJson.write(state, out.putObject(BALANCE)));
        if (model.earlierIterations() > 0) {
            out.put(EARLIER_ITERATIONS, model.earlierIterations());
        }
        ArrayNode outputs = out.putArray(OUTPUTS_AS_MADE);
        model.outputsAsMade().forEach(outputs::add);
        if (model.hasSeenMaskedSteps()) {
            out.put(MASKED_STEPS, true);
        }
        ObjectNode properties = out.putObject(PROPERTIES);
        model.properties().forEach(properties::put);
        return form.text(out);
    }

    /**
     * Reads a model.
     *
     * @param types what types of the user's own are called, and which packages are trusted
     * @throws IOException if there is no such file, or it is no model; the message names it
     */
    public static ModelState read(Path file, SavedTypes types) throws IOException {
        requireFile(file);
        if (file.getFileSystem() == FileSystems.getDefault()) {
            return read(file, file.toString(), types);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, file.toString(), types);
        }
    }

    /** A file that is there and cannot be looked at is not one that is missing. */
    private static void requireFile(Path file) throws IOException {
        try {
            if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
                throw new FileSystemException(file.toString(), null, "not a regular file, and so no model");
            }
        } catch (NoSuchFileException e) {
            String resource = file.toString().contains("!/")
                    ? "; what lies in a jar is no file, and is read by getResourceAsStream and load(InputStream)"
                    : SimilarNames.hint(file);
            throw new NoSuchFileException(file.toString(), null, "no such model file" + resource);
        }
    }

    /**
     * {@return whether a file could be read to its end and was changed since it was written: it is no zip file, or its
     * parts differ from their check sums} What is whole and yet no model for this version, as one of a later format, is
     * not damaged.
     *
     * @throws IOException if the file cannot be read
     */
    static boolean isDamaged(Path file) throws IOException {
        requireFile(file);
        if (file.getFileSystem() == FileSystems.getDefault()) {
            return ModelZip.isDamaged(file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return withCopy(in, ModelZip::isDamaged);
        }
    }

    /**
     * Reads a model from a stream, to its end, and leaves it open. What comes in is put into a temporary file first.
     *
     * @throws IOException if the stream cannot be read or has no model, or there is no room for the temporary file
     */
    public static ModelState read(InputStream in, SavedTypes types) throws IOException {
        return read(in, "the stream", types);
    }

    private static ModelState read(InputStream in, String name, SavedTypes types) throws IOException {
        return withCopy(in, temporary -> read(temporary, name, types));
    }

    private interface Reader<T> {
        T read(Path file) throws IOException;
    }

    /** Has what comes in read from a file of the default file system. */
    private static <T> T withCopy(InputStream in, Reader<T> reader) throws IOException {
        Path temporary = Files.createTempFile("mtl-model", ".zip");
        try {
            Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
            return reader.read(temporary);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Reads a file of a run of this model: what that is made of may be in the file. */
    static ModelState readOfRun(Path file, ModelState model) throws IOException {
        return read(file, NamedClasses.of(model.network(), model.plan()));
    }

    private static ModelState read(Path file, String name, SavedTypes types) throws IOException {
        try (ModelZip zip = new ModelZip(file, name)) {
            if (zip.has(FormatOneFile.ENTRY)) {
                return new FormatOneFile(zip, types).read();
            }
            if (!zip.has(MODEL)) {
                throw new IOException(
                        ("%s: not a model of this library, it has no entry %s; a plain Deeplearning4j model is read by"
                                        + " ModelSerializer.restoreComputationGraph")
                                .formatted(name, MODEL));
            }
            return read(zip, types);
        } catch (ZipException e) {
            throw new IOException("%s: not a model file, or damaged: %s".formatted(name, e.getMessage()), e);
        } catch (RuntimeException e) { // whatever a description without some of its parts leads to
            String why = e.getMessage() == null ? "a part of it is missing" : e.getMessage();
            throw new IOException("%s: %s".formatted(name, why), e);
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains(name)) {
                throw e;
            }
            throw new IOException(
                    "%s: %s: %s".formatted(name, e instanceof EOFException ? "damaged" : "cannot be read", e), e);
        }
    }

    private static ModelState read(ModelZip zip, SavedTypes types) throws IOException {
        JsonFields model = SavedForm.parse(zip.text(MODEL, LARGEST_TEXT), "entry " + MODEL);
        if (SavedForm.format(model) != SavedForm.FORMAT) {
            throw new IllegalArgumentException("entry %s: a file of format 1 has no such entry".formatted(MODEL));
        }
        int iterations = model.integer("iterations");
        int epochs = model.integer("epochs");
        Optional<Long> averagedSteps = model.optional(AVERAGED_STEPS, model::longInteger);
        long earlier = model.optional(EARLIER_ITERATIONS, model::longInteger).orElse(0L);
        Optional<List<String>> outputsAsMade = model.optional(OUTPUTS_AS_MADE, model::texts);
        boolean maskedSteps = model.optional(MASKED_STEPS, model::flag).orElse(false);
        Optional<BalanceStateJson.Read> balance =
                model.optional(BALANCE, name -> BalanceStateJson.read(model.object(name)));
        BalanceVectors vectors = balance.map(BalanceStateJson.Read::vectors).orElse(BalanceVectors.NONE);
        Map<String, String> properties = model.textsByName(PROPERTIES);
        model.end();
        if (iterations < 0 || epochs < 0 || earlier < 0 || averagedSteps.orElse(0L) < 0) {
            throw new IllegalArgumentException("entry %s: iterations %d, epochs %d, %s %s: a number is below 0"
                    .formatted(MODEL, iterations, epochs, AVERAGED_STEPS, averagedSteps.orElse(0L)));
        }
        zip.requireEntries(
                name -> TEXTS.contains(name) || ARRAYS.stream().anyMatch(name::startsWith),
                "%s, and arrays below %s".formatted(TEXTS, ARRAYS));
        MultiTaskNetwork network = parsed(zip, NETWORK, LARGEST_TEXT, text -> MultiTaskNetwork.fromJson(text, types));
        TrainingPlan plan = parsed(zip, PLAN, LARGEST_TEXT, text -> TrainingPlan.fromJson(text, types));
        TrainingHistory history = history(zip);
        long parameters = network.parameters();
        vectors.requireWithin(parameters);
        zip.requireWhole((long) LARGEST_HISTORY
                + (TEXTS.stream().filter(zip::has).count() - 1) * LARGEST_TEXT
                + MOST_BYTES_PER_PARAMETER * parameters
                + vectors.bytes(network.tasks())
                + LARGEST_HEADER * zip.entries());
        long bytes = zip.bytesBelow(ArrayPlaces.PARAMETERS); // before memory is asked for
        if (bytes < NumPyArray.bytes(plan.dataType(), parameters)) {
            throw new IllegalArgumentException("the arrays below %s have %d bytes, too few for %d parameters of type %s"
                    .formatted(ArrayPlaces.PARAMETERS, bytes, parameters, plan.dataType()));
        }
        ComputationGraph graph = graph(network, plan, iterations, epochs);
        ModelState state = new ModelState(network, plan, graph, history, properties);
        state.setEarlierIterations(earlier);
        outputsAsMade.ifPresent(state::setOutputsAsMade); // older files have nothing of it
        if (maskedSteps) {
            state.setSeenMaskedSteps();
        }
        if (zip.has(ENCODING)) {
            state.setEncoding(parsed(zip, ENCODING, LARGEST_TEXT, TableEncoding::fromJson));
        }
        state.setBalance(balance.map(BalanceStateJson.Read::state));
        fill(zip, state, averagedSteps, vectors);
        return state;
    }

    /** Builds a graph whose parameters are 0. */
    static ComputationGraph graph(MultiTaskNetwork network, TrainingPlan plan, int iterations, int epochs) {
        return graph(network, plan, GraphAssembly.configure(network, plan), iterations, epochs);
    }

    /** Builds a graph of a configuration whose parameters are 0. */
    static ComputationGraph graph(
            MultiTaskNetwork network,
            TrainingPlan plan,
            ComputationGraphConfiguration configuration,
            int iterations,
            int epochs) {
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init(Nd4j.create(plan.dataType(), 1, network.parameters()), false);
        graph.getConfiguration().setIterationCount(iterations);
        graph.getConfiguration().setEpochCount(epochs);
        return graph;
    }

    private static void fill(ModelZip zip, ModelState state, Optional<Long> averagedSteps, BalanceVectors vectors)
            throws IOException {
        ComputationGraph graph = state.graph();
        ArrayPlaces places = new ArrayPlaces(graph, state.network());
        List<Place> all = new ArrayList<>(places.parameters());
        all.addAll(places.updaterState());
        if (averagedSteps.isPresent()) {
            DataType type = ParameterAverage.typeFor(state.plan().dataType());
            INDArray average = Nd4j.create(type, graph.params().shape());
            all.addAll(places.average(average));
            state.setAverage(new ParameterAverage(graph, average, averagedSteps.get()));
        }
        List<Place> remembered = vectors.empty(state.network().tasks());
        all.addAll(remembered);
        Set<String> names = new HashSet<>(TEXTS);
        all.forEach(place -> names.add(place.name()));
        zip.requireEntries(names::contains, "those of its network and plan");
        for (Place place : all) {
            try (InputStream in = new BufferedInputStream(zip.open(place.name()), 1 << 16)) {
                place.array()
                        .assign(NumPyArray.read(
                                in, place.array().dataType(), place.array().shape()));
            } catch (ZipException e) {
                throw e;
            } catch (IOException e) {
                throw zip.damaged(place.name(), e);
            }
        }
        state.setBalance(state.balance()
                .map(known ->
                        vectors.with(known, remembered, state.network().tasks().size())));
    }

    private static TrainingHistory history(ModelZip zip) throws IOException {
        try {
            return TrainingHistory.readJson(zip.open(HISTORY, LARGEST_HISTORY));
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("entry %s: %s".formatted(HISTORY, e.getMessage()), e);
        }
    }

    private interface Parser<T> {
        T parse(String text);
    }

    private static <T> T parsed(ModelZip zip, String entry, int largest, Parser<T> parser) throws IOException {
        try {
            return parser.parse(zip.text(entry, largest));
        } catch (RuntimeException e) {
            String why = e.getMessage() == null ? "a part of it is missing" : e.getMessage();
            throw new IllegalArgumentException("entry %s: %s".formatted(entry, why), e);
        }
    }
}
