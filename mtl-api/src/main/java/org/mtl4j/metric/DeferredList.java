package org.mtl4j.metric;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import java.io.Serializable;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import java.util.function.Supplier;

/**
 * Computes its elements when one is first asked for, once, whichever thread asks; then lets go of what they were
 * computed from. Sent as the list that it is.
 */
final class DeferredList<T> extends AbstractList<T> implements RandomAccess, Serializable {
    private static final long serialVersionUID = 1L;

    private final int size;
    private final transient Supplier<? extends List<T>> elements;

    /**
     * Defers a list.
     *
     * @param size of the list
     * @param computed computes it, from what nobody changes
     */
    DeferredList(int size, Supplier<? extends List<T>> computed) {
        this.size = size;
        this.elements = Suppliers.memoize(computed::get);
    }

    @Override
    public T get(int index) {
        return elements.get().get(index);
    }

    @Override
    public int size() {
        return size;
    }

    private Object writeReplace() {
        return ImmutableList.copyOf(this);
    }
}
