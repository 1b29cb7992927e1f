package org.mtl4j.dl4j.internal.program;

import java.util.Optional;
import org.mtl4j.dl4j.internal.graph.VertexNames;

/** Says which part of a graph has no operations to stand for it. */
public final class LoweringException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /**
     * Names the part.
     *
     * @param vertex its name in the graph
     * @param what its class or kind
     * @param why what is missing
     */
    LoweringException(String vertex, String what, String why) {
        super("%s: %s (%s)".formatted(place(vertex), what, why));
    }

    private static String place(String vertex) {
        Optional<VertexNames.Stitched> stitched = VertexNames.stitched(vertex);
        if (stitched.isPresent()) {
            return "tower '%s', unit behind '%s' (vertex '%s')"
                    .formatted(stitched.get().tower(), stitched.get().place(), vertex);
        }
        Optional<String> unit = VertexNames.unitPlace(vertex);
        if (unit.isPresent()) {
            return "unit behind '%s' (vertex '%s')".formatted(unit.get(), vertex);
        }
        int separator = vertex.indexOf(VertexNames.SEPARATOR);
        return separator > 0
                ? "tower '%s', layer '%s' (vertex '%s')"
                        .formatted(vertex.substring(0, separator), vertex.substring(separator + 1), vertex)
                : "vertex '%s'".formatted(vertex);
    }
}
