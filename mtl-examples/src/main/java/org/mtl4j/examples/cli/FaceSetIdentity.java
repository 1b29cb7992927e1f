package org.mtl4j.examples.cli;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mtl4j.faces.FaceCrops;

/**
 * Tells sets of faces apart, by what is seen on the crops and by their labels.
 *
 * @param faces how many there are
 * @param sha256 the {@linkplain FaceCrops#fingerprint fingerprint} of all of them
 */
record FaceSetIdentity(int faces, String sha256) {
    private static final Pattern TEXT = Pattern.compile("([0-9]+) faces, SHA-256 ([0-9a-f]{64})");

    /** Computes the identity of some faces. */
    static FaceSetIdentity of(FaceCrops crops) {
        return new FaceSetIdentity(crops.size(), crops.fingerprint());
    }

    /** Reads what {@link #toString} has written; empty if it has not. */
    static Optional<FaceSetIdentity> parse(String text) {
        Matcher parts = TEXT.matcher(text);
        return parts.matches()
                ? Optional.of(new FaceSetIdentity(Integer.parseInt(parts.group(1)), parts.group(2)))
                : Optional.empty();
    }

    /** {@return the form in which models have it among their properties, the same in every language} */
    @Override
    public String toString() {
        return faces + " faces, SHA-256 " + sha256;
    }
}
