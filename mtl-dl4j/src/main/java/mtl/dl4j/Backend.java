package mtl.dl4j;

import org.nd4j.linalg.factory.Nd4j;

/** The ND4J backend of the application. */
final class Backend {
    private Backend() {}

    /** @throws IllegalStateException if there is none */
    static void require() {
        try {
            Nd4j.getBackend();
        } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
            throw new IllegalStateException(
                    "No usable ND4J backend on the class path. mtl-dl4j leaves the choice to the application: add"
                            + " org.nd4j:nd4j-native of the same version as nd4j-api with the classifier of your machine"
                            + " (for example linux-x86_64-onednn) for a CPU, or org.nd4j:nd4j-cuda-11.6 for a GPU; see the"
                            + " README, \"Choosing a backend\"",
                    e);
        }
    }
}
