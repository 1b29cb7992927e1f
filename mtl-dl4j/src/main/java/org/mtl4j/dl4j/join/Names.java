package org.mtl4j.dl4j.join;

/** How things are called in a stitched graph. */
final class Names {
    static final String SEPARATOR = "/";
    static final String RELATEDNESS = "relatedness";
    private static final String STITCH = ":stitch";

    private Names() {}

    static String in(String network, String vertex) {
        return prefix(network) + vertex;
    }

    static String prefix(String network) {
        return network + SEPARATOR;
    }

    static String stitch(String vertex) {
        return vertex + STITCH;
    }
}
