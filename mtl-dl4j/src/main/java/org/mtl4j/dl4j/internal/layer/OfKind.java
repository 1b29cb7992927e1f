package org.mtl4j.dl4j.internal.layer;

import java.util.ArrayList;
import java.util.List;

/** Picks those layers and vertices of a graph that are of a kind. */
final class OfKind {
    private OfKind() {}

    /** {@return those of a kind, in their order; by loops, as this is asked in every step} */
    static <T> List<T> in(Class<T> kind, Object[]... all) {
        List<T> found = new ArrayList<>();
        for (Object[] some : all) {
            for (Object one : some) {
                if (kind.isInstance(one)) {
                    found.add(kind.cast(one));
                }
            }
        }
        return found;
    }
}
