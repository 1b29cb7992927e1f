package org.mtl4j.internal.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Properties;

/** Reads versions from files on the class path that Maven has written. */
public final class Versions {
    private Versions() {}

    /**
     * {@return the version in the file {@code version.properties} of the package of this class; empty if there is none}
     */
    public static Optional<String> beside(Class<?> type) {
        return read(type, "version.properties");
    }

    /**
     * {@return the version in that file of another package; empty if there is none}
     *
     * @param user whose class loader is asked
     * @param name of the package
     */
    public static Optional<String> ofPackage(Class<?> user, String name) {
        return read(user, "/" + name.replace('.', '/') + "/version.properties");
    }

    /**
     * {@return the version of the artifact in the jar that Maven made of it; empty if it is not there, or not such a
     * jar}
     *
     * @param user whose class loader is asked
     */
    public static Optional<String> ofArtifact(Class<?> user, String groupId, String artifactId) {
        return read(user, "/META-INF/maven/" + groupId + "/" + artifactId + "/pom.properties");
    }

    private static Optional<String> read(Class<?> type, String resource) {
        try (InputStream in = type.getResourceAsStream(resource)) {
            if (in == null) {
                return Optional.empty();
            }
            Properties properties = new Properties();
            properties.load(in);
            return Optional.ofNullable(properties.getProperty("version"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
