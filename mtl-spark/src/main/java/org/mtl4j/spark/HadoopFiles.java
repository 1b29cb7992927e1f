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

    /** Writes it under another name and moves it into place. */
    void save(Dl4jModel model, String file) throws IOException {
        Path path = new Path(file);
        Path temporary = path.suffix(".tmp");
        FileSystem files = path.getFileSystem(configuration);
        java.nio.file.Path local = Files.createTempFile("mtl-model", ".zip");
        try {
            model.save(local);
            files.copyFromLocalFile(false, true, new Path(local.toUri()), temporary);
            files.delete(path, false); // not every file system renames over a file
            if (!files.rename(temporary, path)) {
                throw new IOException("%s: the model was written to %s, and could not be moved into place"
                        .formatted(file, temporary));
            }
        } finally {
            Files.deleteIfExists(local);
        }
    }
}
