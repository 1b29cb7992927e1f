package org.mtl4j.dl4j.internal.fit;

import java.util.LinkedHashMap;
import java.util.Map;
import org.mtl4j.dl4j.internal.cpu.HostBuild;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.internal.io.Versions;
import org.nd4j.linalg.factory.Nd4j;

/** Lists the versions of everything that decides the bits of a result. */
final class Provenance {
    private Provenance() {}

    static Map<String, String> versions() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(
                "mtl-dl4j",
                Versions.ofPackage(Provenance.class, "org.mtl4j.dl4j").orElse("unknown"));
        putVersion(all, "org.deeplearning4j", "deeplearning4j-nn");
        putVersion(all, "org.nd4j", "nd4j-native");
        all.put("backend", Nd4j.getBackend().getClass().getSimpleName());
        if (HostBuild.lacksFastConvolution()) {
            all.put("oneDNN", "no");
        }
        all.put("threads", String.valueOf(HostThreads.available()));
        all.put("java", System.getProperty("java.version"));
        all.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return all;
    }

    private static void putVersion(Map<String, String> all, String groupId, String artifactId) {
        Versions.ofArtifact(Provenance.class, groupId, artifactId).ifPresent(version -> all.put(artifactId, version));
    }
}
