package org.mtl4j.internal.json;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.mtl4j.relatedness.GroupRelatedness;
import org.mtl4j.relatedness.Relatedness;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Names relatedness functions: the built-in ones are values, which have a name each. */
final class RelatednessFunctions {
    static final Family<GroupRelatedness> FAMILY =
            new Family<>("relatedness function", GroupRelatedness.class, List.of(), Map.of());

    static final ImmutableMap<String, Relatedness> BUILT_IN = ImmutableMap.of(
            "l2", Relatedness.l2(),
            "l2-linear", Relatedness.l2Linear(),
            "exponential", Relatedness.exponential(),
            "exponential-linear", Relatedness.exponentialLinear());

    /** Functions of all towers at once. */
    static final ImmutableMap<String, GroupRelatedness> OF_GROUPS = ImmutableMap.of(
            "trace-norm", GroupRelatedness.traceNorm(), "tucker-trace-norm", GroupRelatedness.tuckerTraceNorm());

    private static final String AVERAGED = "averaged";

    private RelatednessFunctions() {}

    /** A built-in function; nothing for one of a user's own. */
    static Optional<ObjectNode> write(GroupRelatedness function, SavedForm form) {
        for (Map.Entry<String, GroupRelatedness> entry : OF_GROUPS.entrySet()) {
            if (function.equals(entry.getValue())) {
                return Optional.of(form.object().put(SavedForm.TYPE, entry.getKey()));
            }
        }
        for (Map.Entry<String, Relatedness> entry : BUILT_IN.entrySet()) {
            for (boolean averaged : new boolean[] {false, true}) {
                if (function.equals(builtIn(entry.getValue(), averaged))) {
                    return Optional.of(
                            form.object().put(SavedForm.TYPE, entry.getKey()).put(AVERAGED, averaged));
                }
            }
        }
        return Optional.empty();
    }

    /** The built-in function of this name, if there is one. */
    static Optional<GroupRelatedness> read(String name, JsonFields in) {
        if (OF_GROUPS.containsKey(name)) {
            return Optional.ofNullable(OF_GROUPS.get(name));
        }
        return Optional.ofNullable(BUILT_IN.get(name)).map(function -> builtIn(function, in.flag(AVERAGED)));
    }

    /** Whether a function of this class is written by a name of the library's own. */
    static boolean knows(Class<?> type) {
        return Stream.concat(BUILT_IN.values().stream(), OF_GROUPS.values().stream())
                .anyMatch(function -> function.getClass() == type);
    }

    private static Relatedness builtIn(Relatedness function, boolean averaged) {
        return averaged ? Relatedness.averaged(function) : function;
    }
}
