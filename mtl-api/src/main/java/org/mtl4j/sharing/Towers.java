package org.mtl4j.sharing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.Arrays;
import java.util.List;

/** Checks lists of towers. */
final class Towers {
    private Towers() {}

    /** The list, in which none comes twice; empty for all. */
    static List<String> checked(String unit, List<String> towers) {
        ImmutableList<String> list = ImmutableList.copyOf(towers);
        if (list.size() == 1) {
            throw new IllegalArgumentException("%s: a unit joins at least 2 towers, got %s".formatted(unit, list));
        }
        if (ImmutableSet.copyOf(list).size() != list.size()) {
            throw new IllegalArgumentException("%s: a tower comes twice in %s".formatted(unit, list));
        }
        return list;
    }

    /** The same, at least two. */
    static List<String> given(String unit, String... towers) {
        if (towers.length < 2) {
            throw new IllegalArgumentException(
                    "%s: a unit joins at least 2 towers, got %s".formatted(unit, Arrays.toString(towers)));
        }
        return checked(unit, List.of(towers));
    }
}
