package org.mtl4j.dl4j.internal.layer;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Finds classes by their names as they are in objects that somebody has handed over. A name alone is not enough: where
 * applications share libraries, or are restarted without the process, there are several classes of one name.
 */
public final class HandedOverClasses extends ClassLoader {
    private final Map<String, Class<?>> classes = new LinkedHashMap<>();
    private final Set<ClassLoader> loaders = new LinkedHashSet<>();

    private HandedOverClasses() {
        super(HandedOverClasses.class.getClassLoader());
    }

    /** {@return a loader that knows the classes of these objects, and of what is in them, before all others} */
    public static HandedOverClasses of(Object... handedOver) {
        HandedOverClasses found = new HandedOverClasses();
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Object object : handedOver) {
            found.look(object, seen);
        }
        return found;
    }

    /** Tells whether all of them are those that this library sees by their names, too. */
    boolean areOwn() {
        return loaders.stream()
                .allMatch(loader -> loader == HandedOverClasses.class.getClassLoader()
                        || loader == Layer.class.getClassLoader()
                        || loader == INDArray.class.getClassLoader());
    }

    private void look(@Nullable Object object, Set<Object> seen) {
        if (object == null || object instanceof Class || object instanceof INDArray || !seen.add(object)) {
            return;
        }
        if (object instanceof Collection<?> elements) {
            elements.forEach(element -> look(element, seen));
        } else if (object instanceof Map<?, ?> entries) {
            entries.forEach((key, value) -> {
                look(key, seen);
                look(value, seen);
            });
        } else if (object instanceof java.util.Optional<?> optional) {
            optional.ifPresent(value -> look(value, seen));
        } else if (object instanceof Object[] elements) {
            Arrays.stream(elements).forEach(element -> look(element, seen));
        } else if (object.getClass().getClassLoader() != null) { // not of Java itself
            for (Class<?> type = object.getClass();
                    type != null && type.getClassLoader() != null;
                    type = type.getSuperclass()) {
                add(type);
                Arrays.stream(type.getDeclaredFields())
                        .filter(field -> !Modifier.isStatic(field.getModifiers())
                                && !field.getType().isPrimitive())
                        .forEach(field -> look(value(field, object), seen));
            }
        }
    }

    private void add(Class<?> type) {
        loaders.add(type.getClassLoader());
        if (!type.isHidden()) {
            classes.putIfAbsent(type.getName(), type);
        }
    }

    private static @Nullable Object value(Field field, Object object) {
        try {
            return field.trySetAccessible() ? field.get(object) : null;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e); // it has just been made accessible
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        Class<?> known = classes.get(name);
        if (known != null) {
            return known;
        }
        for (ClassLoader loader : loaders) {
            try {
                return Class.forName(name, false, loader);
            } catch (ClassNotFoundException | LinkageError e) {
                // perhaps another one knows it
            }
        }
        return super.loadClass(name, resolve);
    }
}
