package org.mtl4j.sparkml;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** A file system that knows which files were written, and may end the process while one is. */
public final class RecordedFiles extends RawLocalFileSystem {
    /** The name of the file at whose creation the process ends as by a kill, without a chance to tidy up. */
    static final String FATAL = "org.mtl4j.sparkml.fatalFile";

    /** Names, in the order in which they were created. */
    static final List<String> CREATED = Collections.synchronizedList(new ArrayList<>());

    @Override
    public URI getUri() {
        return URI.create("recorded:///");
    }

    @Override
    public String getScheme() {
        return "recorded";
    }

    @Override
    public FSDataOutputStream create(Path file, boolean overwrite) throws IOException {
        FSDataOutputStream out = super.create(file, overwrite);
        CREATED.add(file.getName());
        if (file.getName().equals(System.getProperty(FATAL))) {
            out.write(7);
            out.flush();
            Runtime.getRuntime().halt(137);
        }
        return out;
    }
}
