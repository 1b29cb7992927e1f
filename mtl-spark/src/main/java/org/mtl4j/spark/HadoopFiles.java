package org.mtl4j.spark;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.mtl4j.dl4j.Dl4jModel;

/** Reads and writes model files on Hadoop's file systems, through a local copy. */
final class HadoopFiles {
    private final Configuration configuration;

    HadoopFiles(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Reads a model. */
    Dl4jModel load(String file) throws IOException {
        Path path = new Path(file);
        java.nio.file.Path local = Files.createTempFile("mtl-model", ".zip");
        try {
            path.getFileSystem(configuration).copyToLocalFile(false, path, new Path(local.toUri()), true);
            return Dl4jModel.load(local);
        } catch (IOException e) {
            throw new IOException("%s: %s".formatted(file, e.getMessage()), e);
        } finally {
            Files.deleteIfExists(local);
        }
    }

    /**
     * Looks, before hours of work, whether a model can be written.
     *
     * @throws IOException if it cannot; the message names the file
     */
    void requireWritable(String file) throws IOException {
        Path path = new Path(file);
        Path temporary = path.suffix(".tmp");
        FileSystem files = path.getFileSystem(configuration);
        if (files.exists(path) && files.getFileStatus(path).isDirectory()) {
            throw new IOException("%s: it is to be the file of the model, and is a folder".formatted(file));
        }
        try {
            files.create(temporary, true).close();
            files.delete(temporary, false);
        } catch (IOException e) {
            throw new IOException("%s: the model could not be written there: %s".formatted(file, e.getMessage()), e);
        }
    }

    /**
     * Writes it under another name and moves it into place.
     *
     * @throws IOException if that fails; the message then names a local file with the model, which is kept
     */
    void save(Dl4jModel model, String file) throws IOException {
        Path path = new Path(file);
        Path temporary = path.suffix(".tmp");
        java.nio.file.Path local = Files.createTempFile("mtl-model", ".zip");
        model.save(local);
        try {
            FileSystem files = path.getFileSystem(configuration);
            files.copyFromLocalFile(false, true, new Path(local.toUri()), temporary);
            files.delete(path, false); // not every file system renames over a file
            if (!moved(files, temporary, path)) { // nor does every one rename
                files.copyFromLocalFile(false, true, new Path(local.toUri()), path);
                files.delete(temporary, false);
            }
        } catch (IOException | RuntimeException e) {
            throw new IOException(
                    "%s: %s; the model is in %s, on the machine of the driver".formatted(file, e.getMessage(), local),
                    e);
        }
        Files.deleteIfExists(local);
    }

    private static boolean moved(FileSystem files, Path from, Path to) throws IOException {
        try {
            return files.rename(from, to);
        } catch (UnsupportedOperationException e) {
            return false;
        }
    }
}
