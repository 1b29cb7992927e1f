package org.mtl4j.dl4j.internal.io;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.dl4j.internal.model.ParameterAverage;
import org.mtl4j.dl4j.internal.trust.TrustedClasses;
import org.mtl4j.dl4j.layer.MemoryLayout;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonInclude;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/**
 * Model files: what Deeplearning4j's {@link ModelSerializer} writes, so that {@code restoreComputationGraph} reads them
 * too, and one more entry with the description, the plan, the history and the properties.
 */
public final class ModelFile {
    private static final String ENTRY = "mtl.json";
    private static final String AVERAGE = "average.bin";
    private static final int FORMAT = 1;
    /** Of the configuration of a graph. */
    private static final int LARGEST_TEXT = 64 << 20;
    /** Of the entry with the history, which grows with each epoch. */
    private static final int LARGEST_DESCRIPTION = 256 << 20;

    /** AMSGrad has the largest state of the updaters. */
    private static final long MOST_STATE_PER_PARAMETER = 3;

    private static final long MOST_BYTES_PER_PARAMETER = (2 + MOST_STATE_PER_PARAMETER) * Double.BYTES;

    private static final List<String> ENTRIES = List.of(
            ENTRY,
            AVERAGE,
            ModelSerializer.CONFIGURATION_JSON,
            ModelSerializer.COEFFICIENTS_BIN,
            ModelSerializer.UPDATER_BIN,
            ModelSerializer.NO_PARAMS_MARKER);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ModelFile() {}

    record Saved(
            int format,
            JsonNode network,
            TrainingPlan plan,
            List<EpochResult> history,
            List<TrainingEvent> events,
            Map<String, String> properties,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long averagedSteps) {}

    /** @param average of a run that is under way, for it to go on with */
    public static void write(ModelState model, Path file, Optional<ParameterAverage> average) throws IOException {
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        // not createTempFile, whose files only their owner may read
        Path temporary = target.resolveSibling(
                "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            try (OutputStream out = Files.newOutputStream(temporary)) {
                ModelSerializer.writeModel(model.graph(), out, true);
            }
            Saved saved = new Saved(
                    FORMAT,
                    MAPPER.readTree(model.network().toJson()),
                    model.plan(),
                    model.history().epochs(),
                    model.history().events(),
                    model.properties(),
                    average.map(ParameterAverage::steps).orElse(null));
            try (FileSystem zip = FileSystems.newFileSystem(temporary, Map.of())) {
                byte[] description = MAPPER.writeValueAsBytes(saved);
                if (description.length > LARGEST_DESCRIPTION) {
                    throw new IOException(
                            "%s: with its history of %d epochs the description has %d bytes, and at most %d are read"
                                    .formatted(file, saved.history().size(), description.length, LARGEST_DESCRIPTION));
                }
                Files.write(zip.getPath(ENTRY), description);
                if (average.isPresent()) {
                    try (DataOutputStream out = new DataOutputStream(
                            new BufferedOutputStream(Files.newOutputStream(zip.getPath(AVERAGE))))) {
                        Nd4j.write(average.get().values().reshape(1, -1), out);
                    }
                }
            }
            moveIntoPlace(temporary, target);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static void moveIntoPlace(Path temporary, Path target) throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    public static ModelState read(Path file) throws IOException {
        return read(file, List.of());
    }

    /** @param trustedPackages packages besides the library's own and Deeplearning4j's whose classes may be made */
    public static ModelState read(Path file, List<String> trustedPackages) throws IOException {
        return read(file, new TrustedClasses(trustedPackages));
    }

    /** A file of a run of this model: what that is made of may be in the file. */
    public static ModelState readOfRun(Path file, ModelState model) throws IOException {
        return read(
                file,
                new TrustedClasses(List.of())
                        .andThoseOf(model.network().toJson())
                        .andThoseOf(MAPPER.writeValueAsString(model.plan()))
                        .andThoseOf(model.graph().getConfiguration().toJson()));
    }

    private static ModelState read(Path file, TrustedClasses trusted) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such model file");
        }
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry entry = zip.getEntry(ENTRY);
            if (entry == null) {
                throw new IOException(
                        ("%s: not a model of this library, it has no entry %s; a plain Deeplearning4j model is read by"
                                        + " ModelSerializer.restoreComputationGraph")
                                .formatted(file, ENTRY));
            }
            requireKnownEntries(zip, file);
            String description = text(zip, entry, LARGEST_DESCRIPTION, file);
            TrustedClasses.checkDepth(description, "%s, entry %s".formatted(file, ENTRY));
            JsonNode all = MAPPER.readTree(description);
            trusted.namesIn(all.path("network"));
            // properties are text that nobody makes objects of
            for (String part : List.of("network", "plan")) {
                trusted.check(
                        MAPPER.writeValueAsString(all.path(part)), "%s, entry %s, %s".formatted(file, ENTRY, part));
            }
            Saved saved = MAPPER.treeToValue(all, Saved.class);
            if (saved.format() != FORMAT) {
                throw new IOException("%s: model format %d, this version of the library reads format %d"
                        .formatted(file, saved.format(), FORMAT));
            }
            MultiTaskNetwork network =
                    MultiTaskNetwork.fromJson(MAPPER.writeValueAsString(saved.network()), trusted.asSavedTypes());
            ZipEntry graph = zip.getEntry(ModelSerializer.CONFIGURATION_JSON);
            if (graph == null) {
                throw new IOException(
                        "%s: the entry %s is missing".formatted(file, ModelSerializer.CONFIGURATION_JSON));
            }
            String configuration = text(zip, graph, LARGEST_TEXT, file);
            trusted.check(configuration, file + ", entry " + graph.getName());
            requireWhole(
                    zip,
                    file,
                    (long) LARGEST_DESCRIPTION + LARGEST_TEXT + MOST_BYTES_PER_PARAMETER * network.parameters());
            ModelState model = new ModelState(
                    network,
                    saved.plan(),
                    graph(zip, file, configuration, network),
                    new TrainingHistory(saved.history(), saved.events() == null ? List.of() : saved.events()),
                    saved.properties());
            if (saved.averagedSteps() != null) {
                if (saved.averagedSteps() < 0) {
                    throw new IOException(
                            "%s: entry %s: averagedSteps is %d".formatted(file, ENTRY, saved.averagedSteps()));
                }
                INDArray average = parameters(
                        zip,
                        file,
                        AVERAGE,
                        ParameterAverage.typeFor(model.plan().dataType()),
                        network);
                model.setAverage(new ParameterAverage(
                        model.graph(), average.reshape(model.graph().params().shape()), saved.averagedSteps()));
            }
            return model;
        } catch (ZipException e) {
            throw new IOException("%s: not a model file, or damaged: %s".formatted(file, e.getMessage()), e);
        } catch (JsonProcessingException e) {
            throw new IOException("%s: entry %s is damaged: %s".formatted(file, ENTRY, e.getOriginalMessage()), e);
        } catch (RuntimeException e) { // whatever a description without some of its parts leads to
            String why = e.getMessage() == null ? "a part of it is missing" : e.getMessage();
            throw new IOException("%s: entry %s: %s".formatted(file, ENTRY, why), e);
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains(file.toString())) {
                throw e;
            }
            throw new IOException("%s: damaged: %s".formatted(file, e), e);
        }
    }

    private static void requireKnownEntries(ZipFile zip, Path file) throws IOException {
        for (ZipEntry entry : Collections.list(zip.entries())) {
            if (!ENTRIES.contains(entry.getName())) {
                // one kind, preprocessor.bin, would be read by Java's own deserialisation
                throw new IOException("%s: the entry '%s' does not belong into a model; accepted are %s"
                        .formatted(file, entry.getName(), ENTRIES));
            }
        }
    }

    /** Reads everything once: zip files have check sums, and nobody looks at them otherwise. */
    private static void requireWhole(ZipFile zip, Path file, long mostBytes) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = mostBytes;
        for (ZipEntry entry : Collections.list(zip.entries())) {
            CRC32 sum = new CRC32();
            try (InputStream in = zip.getInputStream(entry)) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    sum.update(buffer, 0, read);
                    left -= read;
                    if (left < 0) {
                        throw new IOException("%s: unpacked it is larger than %d bytes, more than its network can need"
                                .formatted(file, mostBytes));
                    }
                }
            }
            if (sum.getValue() != entry.getCrc()) {
                throw new IOException(
                        "%s: damaged: entry %s has another check sum than it should".formatted(file, entry.getName()));
            }
        }
    }

    private static String text(ZipFile zip, ZipEntry entry, int largest, Path file) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(largest + 1);
            if (bytes.length > largest) {
                throw new IOException("%s: entry %s is larger than %d bytes".formatted(file, entry.getName(), largest));
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** As Deeplearning4j restores it, but from the entries that have been looked at. */
    private static ComputationGraph graph(ZipFile zip, Path file, String configuration, MultiTaskNetwork network)
            throws IOException {
        try {
            ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(configuration);
            MemoryLayout.prepare(read); // the file may be older than what this does
            ComputationGraph graph = new ComputationGraph(read);
            DataType type = graph.getConfiguration().getDataType();
            graph.init(parameters(zip, file, ModelSerializer.COEFFICIENTS_BIN, type, network), false);
            INDArray state = array(
                    zip, file, ModelSerializer.UPDATER_BIN, type, MOST_STATE_PER_PARAMETER * network.parameters());
            if (state != null) {
                graph.getUpdater(true).setStateViewArray(state);
            }
            return graph;
        } catch (RuntimeException e) {
            throw new IOException("%s: the graph in it is damaged: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static INDArray parameters(ZipFile zip, Path file, String name, DataType type, MultiTaskNetwork network)
            throws IOException {
        INDArray parameters = array(zip, file, name, type, network.parameters());
        if (parameters == null || parameters.length() != network.parameters()) {
            throw new IOException("%s: entry %s has %s parameters, its network has %d"
                    .formatted(file, name, parameters == null ? "no" : parameters.length(), network.parameters()));
        }
        return parameters;
    }

    /** Null if there is no such entry. */
    private static INDArray array(ZipFile zip, Path file, String name, DataType type, long most) throws IOException {
        ZipEntry entry = zip.getEntry(name);
        if (entry == null) {
            return null;
        }
        try (InputStream in = new BufferedInputStream(zip.getInputStream(entry), 1 << 16)) {
            return ArrayEntry.readRow(in, type, most);
        } catch (ZipException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException("%s: entry %s is damaged: %s".formatted(file, name, e.getMessage()), e);
        }
    }
}
