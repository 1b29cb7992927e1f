package mtl.dl4j;

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
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import mtl.network.MultiTaskNetwork;
import mtl.train.EpochResult;
import mtl.train.TrainingPlan;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.nd4j.shade.jackson.databind.SerializationFeature;

/**
 * Model files: what Deeplearning4j's {@link ModelSerializer} writes, so that {@code restoreComputationGraph} reads them
 * too, and one more entry with the description, the plan, the history and the properties.
 */
final class ModelFile {
    private static final String ENTRY = "mtl.json";
    private static final int FORMAT = 1;
    private static final int LARGEST_ENTRY = 64 << 20;
    private static final long LARGEST_MODEL = 16L << 30;
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private ModelFile() {}

    record Saved(
            int format,
            JsonNode network,
            TrainingPlan plan,
            List<EpochResult> history,
            Map<String, String> properties) {}

    static void write(Dl4jModel model, Path file) throws IOException {
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
                    model.properties());
            try (FileSystem zip = FileSystems.newFileSystem(temporary, Map.of())) {
                Files.writeString(zip.getPath(ENTRY), MAPPER.writeValueAsString(saved), StandardCharsets.UTF_8);
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

    static Dl4jModel read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such model file");
        }
        Saved saved;
        MultiTaskNetwork network;
        try (ZipFile zip = new ZipFile(file.toFile())) {
            ZipEntry entry = zip.getEntry(ENTRY);
            if (entry == null) {
                throw new IOException(
                        ("%s: not a model of this library, it has no entry %s; a plain Deeplearning4j model is read by"
                                        + " ModelSerializer.restoreComputationGraph")
                                .formatted(file, ENTRY));
            }
            requireWhole(zip, file);
            saved = MAPPER.readValue(text(zip, entry, file), Saved.class);
            if (saved.format() != FORMAT) {
                throw new IOException("%s: model format %d, this version of the library reads format %d"
                        .formatted(file, saved.format(), FORMAT));
            }
            network = MultiTaskNetwork.fromJson(MAPPER.writeValueAsString(saved.network()));
        } catch (java.util.zip.ZipException e) {
            throw new IOException("%s: not a model file, or damaged: %s".formatted(file, e.getMessage()), e);
        } catch (JsonProcessingException e) {
            throw new IOException("%s: entry %s is damaged: %s".formatted(file, ENTRY, e.getOriginalMessage()), e);
        } catch (IllegalArgumentException e) {
            throw new IOException("%s: entry %s: %s".formatted(file, ENTRY, e.getMessage()), e);
        }
        return new Dl4jModel(network, saved.plan(), graph(file), saved.history(), saved.properties());
    }

    /** Reads everything once: zip files have check sums, and nobody looks at them otherwise. */
    private static void requireWhole(ZipFile zip, Path file) throws IOException {
        byte[] buffer = new byte[1 << 16];
        for (ZipEntry entry : Collections.list(zip.entries())) {
            CRC32 sum = new CRC32();
            long size = 0;
            try (InputStream in = zip.getInputStream(entry)) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    sum.update(buffer, 0, read);
                    size += read;
                    if (size > LARGEST_MODEL) {
                        throw new IOException(
                                "%s: entry %s is larger than %d bytes".formatted(file, entry.getName(), LARGEST_MODEL));
                    }
                }
            }
            if (sum.getValue() != entry.getCrc()) {
                throw new IOException(
                        "%s: damaged: entry %s has another check sum than it should".formatted(file, entry.getName()));
            }
        }
    }

    private static String text(ZipFile zip, ZipEntry entry, Path file) throws IOException {
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes(LARGEST_ENTRY + 1);
            if (bytes.length > LARGEST_ENTRY) {
                throw new IOException("%s: entry %s is larger than %d bytes".formatted(file, ENTRY, LARGEST_ENTRY));
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static ComputationGraph graph(Path file) throws IOException {
        try {
            return ModelSerializer.restoreComputationGraph(file.toFile(), true);
        } catch (RuntimeException e) {
            throw new IOException("%s: the graph in it is damaged: %s".formatted(file, e.getMessage()), e);
        }
    }
}
