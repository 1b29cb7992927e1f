package org.mtl4j.sharing;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Holds an array for each parameter of a {@link SharingUnit}: its values, or its gradients. Immutable, but not the
 * arrays, which are not copied.
 */
public final class UnitArrays {
    private static final UnitArrays NONE = new UnitArrays(Map.of());

    private final Map<String, Named> arrays;

    /**
     * An array and whose it is.
     *
     * @param name of the parameter
     * @param output the only output that depends on it, or {@link UnitParameter#ALL_OUTPUTS}
     * @param array of the parameter's shape
     */
    public record Named(String name, int output, INDArray array) {
        /** Checks that nothing is null. */
        public Named {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(array, "array");
        }
    }

    private UnitArrays(Map<String, Named> arrays) {
        this.arrays = arrays;
    }

    /** {@return no arrays, to begin with} */
    public static UnitArrays none() {
        return NONE;
    }

    /** {@return what a parameter is called in messages: {@code gate}, or {@code W[0]} of the first output} */
    static String key(String name, int output) {
        return output == UnitParameter.ALL_OUTPUTS ? name : name + "[" + output + "]";
    }

    /**
     * {@return these arrays and one more}
     *
     * @throws IllegalArgumentException if there is one of that name
     */
    public UnitArrays with(String name, INDArray array) {
        return with(name, UnitParameter.ALL_OUTPUTS, array);
    }

    /**
     * {@return these arrays and one more, of a parameter that only one output depends on}
     *
     * @throws IllegalArgumentException if there is one of that name for that output
     */
    public UnitArrays with(String name, int output, INDArray array) {
        Map<String, Named> all = new LinkedHashMap<>(arrays);
        if (all.put(key(name, output), new Named(name, output, array)) != null) {
            throw new IllegalArgumentException("UnitArrays: there is a '%s' already".formatted(key(name, output)));
        }
        return new UnitArrays(all);
    }

    /**
     * {@return the array of a parameter that all outputs may depend on}
     *
     * @throws IllegalArgumentException if there is none
     */
    public INDArray get(String name) {
        return get(name, UnitParameter.ALL_OUTPUTS);
    }

    /**
     * {@return the array of a parameter that only this output depends on}
     *
     * @throws IllegalArgumentException if there is none
     */
    public INDArray get(String name, int output) {
        Named found = arrays.get(key(name, output));
        if (found == null) {
            throw new IllegalArgumentException(
                    "UnitArrays: there is no '%s'; there are %s".formatted(key(name, output), arrays.keySet()));
        }
        return found.array();
    }

    /** {@return whether there is an array for this parameter} */
    public boolean has(String name, int output) {
        return arrays.containsKey(key(name, output));
    }

    /** {@return all of them, in the order in which they were added} */
    public Collection<Named> all() {
        return Collections.unmodifiableCollection(arrays.values());
    }

    @Override
    public String toString() {
        return "UnitArrays" + arrays.keySet();
    }
}
