package org.mtl4j.internal.json;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.saved.SavedTypes;

/**
 * Finds classes that a saved form names: those that its reader has named or whose loader was given, then those that the
 * thread's context class loader knows. Classes of the library and of what it stands on are the library's.
 */
public final class OwnClasses {
    private static final List<String> LIBRARIES = List.of("org.mtl4j.", "org.nd4j.", "org.deeplearning4j.");

    private OwnClasses() {}

    /** {@return a loader that finds them} {@code library} is that of the module that reads. */
    public static ClassLoader loader(SavedTypes types, ClassLoader library) {
        return new Loader(types, library);
    }

    private static final class Loader extends ClassLoader {
        private final SavedTypes types;
        private final List<ClassLoader> others = new ArrayList<>();

        Loader(SavedTypes types, ClassLoader library) {
            super(library);
            this.types = types;
            types.loader().ifPresent(others::add);
            ClassLoader context = Thread.currentThread().getContextClassLoader();
            if (context != null) {
                others.add(context);
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            for (Class<?> named : types.named().values()) {
                if (named.getName().equals(name)) {
                    return named;
                }
            }
            if (LIBRARIES.stream().anyMatch(name::startsWith)) {
                Class<?> own = find(name, getParent());
                if (own != null) {
                    return own;
                }
            }
            for (ClassLoader loader : others) {
                Class<?> found = find(name, loader);
                if (found != null) {
                    return found;
                }
            }
            return super.loadClass(name, resolve);
        }

        private static @Nullable Class<?> find(String name, ClassLoader loader) {
            try {
                return Class.forName(name, false, loader);
            } catch (ClassNotFoundException e) {
                return null;
            }
        }
    }
}
