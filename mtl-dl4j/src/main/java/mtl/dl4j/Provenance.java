package mtl.dl4j;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import mtl.dl4j.host.HostThreads;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.versioncheck.VersionCheck;
import org.nd4j.versioncheck.VersionInfo;

/** The versions of everything that decides the bits of a result. */
final class Provenance {
    private Provenance() {}

    static Map<String, String> versions() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("mtl-dl4j", own());
        for (VersionInfo info : VersionCheck.getVersionInfos()) {
            if (info.getArtifactId().equals("deeplearning4j-nn")
                    || info.getArtifactId().startsWith("nd4j-native")
                    || info.getArtifactId().startsWith("nd4j-cuda")) {
                all.put(info.getArtifactId(), info.getBuildVersion());
            }
        }
        all.put("backend", Nd4j.getBackend().getClass().getSimpleName());
        all.put("threads", String.valueOf(HostThreads.available()));
        all.put("java", System.getProperty("java.version"));
        all.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return all;
    }

    private static String own() {
        try (InputStream in = Provenance.class.getResourceAsStream("version.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
