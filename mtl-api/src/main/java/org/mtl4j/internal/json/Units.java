package org.mtl4j.internal.json;

import java.util.List;
import java.util.Map;
import org.mtl4j.sharing.SharingUnit;

/** Names sharing units; cross-stitch units have a place of their own, without a type. */
final class Units {
    static final Family<SharingUnit> FAMILY = new Family<>("sharing unit", SharingUnit.class, List.of(), Map.of());

    private Units() {}
}
