package org.mtl4j.dl4j.internal.fit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.mtl4j.dl4j.internal.cpu.HostBuild;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.nd4j.linalg.factory.Nd4j;

/** The versions of everything that decides the bits of a result. */
final class Provenance {
    private Provenance() {}

    static Map<String, String> versions() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("mtl-dl4j", version("/org/mtl4j/dl4j/version.properties").orElse("unknown"));
        for (String artifact : new String[] {"org.deeplearning4j/deeplearning4j-nn", "org.nd4j/nd4j-native"}) {
            version("/META-INF/maven/%s/pom.properties".formatted(artifact))
                    .ifPresent(version -> all.put(artifact.substring(artifact.indexOf('/') + 1), version));
        }
        all.put("backend", Nd4j.getBackend().getClass().getSimpleName());
        if (HostBuild.lacksFastConvolution()) {
            all.put("oneDNN", "no");
        }
        all.put("threads", String.valueOf(HostThreads.available()));
        all.put("java", System.getProperty("java.version"));
        all.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return all;
    }

    /** Jars that Maven made have their version in such a file. */
    private static Optional<String> version(String resource) {
        try (InputStream in = Provenance.class.getResourceAsStream(resource)) {
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
