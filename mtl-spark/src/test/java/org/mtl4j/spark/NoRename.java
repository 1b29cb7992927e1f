package org.mtl4j.spark;

import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** A file system that refuses to rename, as a store of objects that cannot do it at once should. */
public final class NoRename extends RawLocalFileSystem {
    static Configuration configuration() {
        Configuration configuration = new Configuration();
        configuration.set("fs.norename.impl", NoRename.class.getName());
        return configuration;
    }

    @Override
    public URI getUri() {
        return URI.create("norename:///");
    }

    @Override
    public String getScheme() {
        return "norename";
    }

    @Override
    public boolean rename(Path from, Path to) {
        throw new UnsupportedOperationException("nothing is renamed here: " + from);
    }
}
