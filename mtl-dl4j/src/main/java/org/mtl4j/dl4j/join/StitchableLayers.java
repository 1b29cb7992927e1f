package org.mtl4j.dl4j.join;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.deeplearning4j.nn.conf.inputs.InputType;

/** Describes in words which layers of networks could be stitched. */
final class StitchableLayers {
    private StitchableLayers() {}

    /** @param mixable by network the shapes of everything that can be stitched */
    static String describe(Map<String, Map<String, InputType>> mixable) {
        Map<InputType, Map<String, List<String>>> byType = new LinkedHashMap<>();
        mixable.forEach((network, types) ->
                types.forEach((layer, type) -> byType.computeIfAbsent(type, t -> new LinkedHashMap<>())
                        .computeIfAbsent(network, n -> new ArrayList<>())
                        .add(layer)));
        List<String> lines = new ArrayList<>();
        byType.forEach((type, layers) -> {
            if (layers.size() > 1) {
                lines.add("  %s: %s"
                        .formatted(
                                SourceShapes.text(type),
                                layers.entrySet().stream()
                                        .map(of -> "%s of '%s'".formatted(quoted(of.getValue()), of.getKey()))
                                        .collect(Collectors.joining(" with "))));
            }
        });
        lines.add(0, lines.isEmpty() ? "Nothing fits together:" : "What fits together:");
        if (lines.size() > 1) {
            lines.add("All layers:");
        }
        mixable.forEach((network, types) -> lines.add("  '%s': %s"
                .formatted(
                        network,
                        types.entrySet().stream()
                                .map(of -> of.getKey() + " " + SourceShapes.text(of.getValue()))
                                .collect(Collectors.joining(", ")))));
        return String.join(System.lineSeparator(), lines);
    }

    private static String quoted(List<String> layers) {
        return layers.stream().map(layer -> "'" + layer + "'").collect(Collectors.joining(" or "));
    }
}
