package org.mtl4j.internal.json;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Types that can stand in one place of a description, such as all losses.
 *
 * @param <T> what they have in common
 */
final class Family<T> {
    private final String what;
    private final Class<T> base;
    private final ImmutableList<Kind<? extends T>> kinds;
    private final ImmutableMap<Class<?>, String> refused;

    /**
     * @param what one of them, for messages, such as "loss"
     * @param refused types that cannot be saved, and why
     */
    Family(String what, Class<T> base, List<Kind<? extends T>> kinds, Map<Class<?>, String> refused) {
        this.what = what;
        this.base = base;
        this.kinds = ImmutableList.copyOf(kinds);
        this.refused = ImmutableMap.copyOf(refused);
    }

    String what() {
        return what;
    }

    Class<T> base() {
        return base;
    }

    List<Kind<? extends T>> kinds() {
        return kinds;
    }

    /** Why a type of ND4J's has no name here. */
    Optional<String> refusal(Class<?> type) {
        return Optional.ofNullable(refused.get(type));
    }

    Optional<Kind<? extends T>> of(Class<?> type) {
        return kinds.stream().filter(kind -> kind.type() == type).findFirst();
    }

    Optional<Kind<? extends T>> named(String name) {
        return kinds.stream().filter(kind -> kind.name().equals(name)).findFirst();
    }
}
