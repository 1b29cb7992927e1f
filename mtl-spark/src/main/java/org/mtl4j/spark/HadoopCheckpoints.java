package org.mtl4j.spark;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.history.EpochResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the checkpoints of a run on any of Hadoop's file systems, so that a run whose driver was lost goes on from
 * another machine, to the same weights, bit for bit.
 *
 * <pre>{@code
 * try (HadoopCheckpoints kept = HadoopCheckpoints.in(context.hadoopConfiguration(), "s3a://models/run-7")) {
 *     model.fit(workers, Averaging.gradients(), kept.addTo(FitOptions.epochs(25)));
 * }
 * }</pre>
 *
 * <p>Nothing is renamed, which stores of objects cannot do at once: each file is complete when a small one of its name
 * and {@code .complete} lies beside it, which is written last, and has its size and SHA-256. A file without it, or of
 * another content, is passed over with a warning. What {@link Checkpoints} says of one directory for one run holds here
 * as well. Checkpoints are written to a temporary folder of this machine first, and copied after each epoch that has
 * one.
 */
public final class HadoopCheckpoints implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HadoopCheckpoints.class);
    private static final String COMPLETE = ".complete";

    /** What a run writes, without files that it is about to move into place. */
    private static final Pattern NAMES = Pattern.compile("(checkpoint|best)-[0-9]{6,9}\\.zip|options\\.json");

    private final FileSystem files;
    private final Path directory;
    private final java.nio.file.Path local;

    /** What is complete there, by name, as its marker says it. */
    private final Map<String, String> complete = new HashMap<>();

    private HadoopCheckpoints(FileSystem files, Path directory, java.nio.file.Path local) {
        this.files = files;
        this.directory = directory;
        this.local = local;
    }

    /**
     * Reads the checkpoints that there are.
     *
     * @param directory with its file system, such as {@code hdfs:///runs/7}; made if it is not there
     * @throws IOException if they cannot be read, or others not be written there; the message names the directory
     */
    public static HadoopCheckpoints in(Configuration configuration, String directory) throws IOException {
        HadoopCheckpoints kept;
        try {
            Path path = new Path(directory);
            FileSystem files = path.getFileSystem(configuration);
            requireWritable(files, path);
            kept = new HadoopCheckpoints(files, path, Files.createTempDirectory("mtl-checkpoints"));
        } catch (IOException | RuntimeException e) { // of a path that is none, or a file system that is not there
            throw new IOException("checkpoints in %s: %s".formatted(directory, e.getMessage()), e);
        }
        try {
            kept.fetch();
        } catch (IOException e) {
            kept.close();
            throw new IOException("checkpoints in %s: %s".formatted(directory, e.getMessage()), e);
        }
        return kept;
    }

    /** Looks, before hours of work, whether files can be written. */
    private static void requireWritable(FileSystem files, Path directory) throws IOException {
        Path probe = new Path(directory, "writable.tmp");
        files.create(probe, true).close();
        files.delete(probe, false);
    }

    /** {@return the options with a checkpoint after each epoch, of which the newest two are kept} */
    public FitOptions addTo(FitOptions options) {
        return addTo(options, 1, 2);
    }

    /**
     * {@return the options with checkpoints here}
     *
     * @param everyEpochs as of {@link Checkpoints}
     * @param kept as of {@link Checkpoints}
     * @throws IllegalArgumentException if a number is below 1
     */
    public FitOptions addTo(FitOptions options, int everyEpochs, int kept) {
        return options.withCheckpoints(new Checkpoints(local, everyEpochs, kept))
                .withListener(new ProgressListener() {
                    @Override
                    public void onEpoch(EpochResult result) { // its checkpoint has been written by now
                        try {
                            send();
                        } catch (IOException e) {
                            throw new UncheckedIOException(
                                    "checkpoints in %s: %s".formatted(directory, e.getMessage()), e);
                        }
                    }
                });
    }

    /** {@return a message of a run with the directory in the place of the temporary folder of this machine} */
    public String withDirectory(String message) {
        return message.replace(local.toString(), directory.toString());
    }

    private void fetch() throws IOException {
        FileStatus[] there;
        try {
            there = files.listStatus(directory);
        } catch (FileNotFoundException e) {
            return;
        }
        Set<String> names = new TreeSet<>();
        for (FileStatus file : there) {
            names.add(file.getPath().getName());
        }
        for (String name : names) {
            if (!NAMES.matcher(name).matches()) {
                continue;
            }
            if (!names.contains(name + COMPLETE)) {
                log.warn("{}/{} was not written to its end, and is passed over", directory, name);
                continue;
            }
            String marker;
            try (InputStream in = files.open(new Path(directory, name + COMPLETE))) {
                marker = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
            java.nio.file.Path copy = local.resolve(name);
            try (InputStream in = files.open(new Path(directory, name))) {
                Files.copy(in, copy);
            }
            if (marker.equals(markerOf(copy))) {
                complete.put(name, marker);
            } else {
                log.warn("{}/{} is not what its marker says, and is passed over", directory, name);
                Files.delete(copy);
            }
        }
    }

    /** Copies what is new, checkpoints last as they may need what else there is, and deletes what is gone. */
    private void send() throws IOException {
        List<java.nio.file.Path> here;
        try (Stream<java.nio.file.Path> all = Files.list(local)) {
            here = all.filter(
                            file -> NAMES.matcher(file.getFileName().toString()).matches())
                    .sorted(Comparator.comparing((java.nio.file.Path file) ->
                                    file.getFileName().toString().startsWith("checkpoint"))
                            .thenComparing(Comparator.naturalOrder()))
                    .toList();
        }
        Set<String> gone = new TreeSet<>(complete.keySet());
        for (java.nio.file.Path file : here) {
            String name = file.getFileName().toString();
            gone.remove(name);
            String marker = markerOf(file);
            if (!marker.equals(complete.get(name))) {
                delete(name);
                try (OutputStream out = files.create(new Path(directory, name), true)) {
                    Files.copy(file, out);
                }
                try (OutputStream out = files.create(new Path(directory, name + COMPLETE), true)) {
                    out.write(marker.getBytes(StandardCharsets.UTF_8));
                }
                complete.put(name, marker);
            }
        }
        for (String name : gone) {
            delete(name);
        }
    }

    /** Deletes a file there, if there is one, its marker first. */
    private void delete(String name) throws IOException {
        complete.remove(name);
        files.delete(new Path(directory, name + COMPLETE), false);
        files.delete(new Path(directory, name), false);
    }

    private static String markerOf(java.nio.file.Path file) throws IOException {
        return "%s bytes, SHA-256 %s%n"
                .formatted(
                        Files.size(file),
                        com.google.common.io.Files.asByteSource(file.toFile()).hash(Hashing.sha256()))
                .replace("\r", "");
    }

    /** Deletes what is on this machine; what has been copied stays. */
    @Override
    public void close() throws IOException {
        MoreFiles.deleteRecursively(local, RecursiveDeleteOption.ALLOW_INSECURE);
    }

    /** {@return the directory} */
    @Override
    public String toString() {
        return "HadoopCheckpoints[%s]".formatted(directory);
    }
}
