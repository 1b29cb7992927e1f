package org.mtl4j.faces;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds and checks what samples are marked with. */
final class LayoutOfSamples {
    private LayoutOfSamples() {}

    /**
     * {@return the layout of samples}
     *
     * @throws IllegalArgumentException if two have points of different schemes, or different attributes of one name
     */
    static FaceLayout of(List<FaceSample> samples) {
        LandmarkScheme scheme = null;
        FaceSample first = null;
        Set<FaceAttribute> attributes = new LinkedHashSet<>();
        List<FaceAttribute> seen = List.of();
        for (FaceSample sample : samples) {
            if (sample.landmarks().isPresent()) {
                LandmarkScheme theirs = sample.landmarks().get().scheme();
                if (scheme == null) {
                    scheme = theirs;
                    first = sample;
                } else if (!scheme.equals(theirs)) {
                    throw new IllegalArgumentException(
                            "'%s' and '%s' have different points, and a corpus has points of one scheme: %s"
                                    .formatted(
                                            first == null ? "" : first.id(),
                                            sample.id(),
                                            scheme.difference(theirs).orElseThrow()));
                }
            }
            List<FaceAttribute> spoken = sample.attributes().attributes();
            if (spoken != seen) { // samples mostly share the list
                attributes.addAll(spoken);
                seen = spoken;
            }
        }
        LandmarkScheme points = scheme == null ? LandmarkScheme.FIVE_POINTS : scheme;
        boolean ofMtfl = FaceAttributes.OF_MTFL.containsAll(attributes) && points.equals(LandmarkScheme.FIVE_POINTS);
        return ofMtfl ? FaceLayout.MTFL : new FaceLayout(points, List.copyOf(attributes));
    }

    static boolean fits(List<FaceSample> samples, FaceLayout layout) {
        return misfit(samples, layout).isEmpty();
    }

    /**
     * Fails if a sample has what a layout has not.
     *
     * @throws IllegalArgumentException with the sample's id
     */
    static void check(List<FaceSample> samples, FaceLayout layout) {
        misfit(samples, layout).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
    }

    private static Optional<String> misfit(List<FaceSample> samples, FaceLayout layout) {
        List<FaceAttribute> good = List.of();
        for (FaceSample sample : samples) {
            Optional<String> points =
                    sample.landmarks().flatMap(landmarks -> layout.scheme().difference(landmarks.scheme()));
            if (points.isPresent()) {
                return Optional.of("'%s': its points are not those of the layout (the layout has, and the sample): %s"
                        .formatted(sample.id(), points.get()));
            }
            List<FaceAttribute> spoken = sample.attributes().attributes();
            if (spoken != good) {
                for (FaceAttribute attribute : sample.attributes().known().keySet()) {
                    if (!layout.attributes().contains(attribute)) {
                        return Optional.of("'%s': the layout has no attribute '%s' of the classes %s"
                                .formatted(sample.id(), attribute.name(), attribute.classes()));
                    }
                }
                if (layout.attributes().containsAll(spoken)) {
                    good = spoken;
                }
            }
        }
        return Optional.empty();
    }
}
