package org.mtl4j.saved;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.Serializable;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says what types of your own are called in saved descriptions and models, and which of them a reader may make.
 *
 * <p>Everything that this library and ND4J bring has a name there. A relatedness function, loss, layer, updater or
 * schedule of your own is saved either by a name that you give it, which stays valid when the class is renamed or
 * moved,
 *
 * <pre>{@code
 * SavedTypes types = SavedTypes.none().with("my-relatedness", MyRelatedness.class);
 * model.save(file, types);
 * Dl4jModel.load(file, types);
 * }</pre>
 *
 * or, where it has none, by its class. A file cannot make a reader load just any class: those of packages that are
 * trusted only,
 *
 * <pre>{@code
 * Dl4jModel.load(file, SavedTypes.none().trusting("com.example.layers"));
 * }</pre>
 *
 * Jackson (ND4J's, in {@code org.nd4j.shade.jackson}) writes and reads what such a type has: a record needs nothing for
 * that, a class needs annotations or getters and setters.
 */
public final class SavedTypes implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");
    private static final SavedTypes NONE =
            new SavedTypes(ImmutableMap.of(), ImmutableSet.of(), ImmutableSet.of(), null);

    private final ImmutableMap<String, Class<?>> names;
    private final ImmutableSet<String> packages;
    private final ImmutableSet<String> classes;
    private final transient @Nullable ClassLoader loader;

    private SavedTypes(
            ImmutableMap<String, Class<?>> names,
            ImmutableSet<String> packages,
            ImmutableSet<String> classes,
            @Nullable ClassLoader loader) {
        this.names = names;
        this.packages = packages;
        this.classes = classes;
        this.loader = loader;
    }

    /** Knows no types besides the library's own and ND4J's. */
    public static SavedTypes none() {
        return NONE;
    }

    /**
     * Adds a type of your own by a name.
     *
     * @param name lower-case words joined by hyphens, such as {@code half-distance}; not one of the library's own names
     * @param type a class that can be made: a relatedness function, loss, layer, updater or schedule
     * @throws IllegalArgumentException if the name is of another form or taken, or the type is abstract or has a name
     */
    public SavedTypes with(String name, Class<?> type) {
        Objects.requireNonNull(type, "type");
        if (!NAME.matcher(name).matches() || name.equals("class")) {
            throw new IllegalArgumentException(
                    "SavedTypes: a name is made of lower-case words joined by hyphens and is not 'class', got '%s'"
                            .formatted(name));
        }
        if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
            throw new IllegalArgumentException(
                    "SavedTypes: '%s' is to be a class that can be made, got %s".formatted(name, type.getName()));
        }
        if (names.containsKey(name) || names.containsValue(type)) {
            throw new IllegalArgumentException(
                    "SavedTypes: '%s' for %s, but there is %s already".formatted(name, type.getName(), names));
        }
        return new SavedTypes(
                ImmutableMap.<String, Class<?>>builder()
                        .putAll(names)
                        .put(name, type)
                        .build(),
                packages,
                classes,
                loader);
    }

    /**
     * Adds packages whose classes may be made where a file names them, those of packages within them included.
     *
     * @param packages such as {@code com.example.layers}
     * @throws IllegalArgumentException if one is empty
     */
    public SavedTypes trusting(String... packages) {
        ImmutableSet.Builder<String> all = ImmutableSet.<String>builder().addAll(this.packages);
        for (String name : packages) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("SavedTypes: the name of a package to be trusted is empty");
            }
            all.add(name.endsWith(".") ? name : name + ".");
        }
        return new SavedTypes(names, all.build(), classes, loader);
    }

    /** Adds single classes, by their names, that may be made where a file names them. */
    public SavedTypes trustingClasses(Collection<String> classNames) {
        return new SavedTypes(
                names,
                packages,
                ImmutableSet.<String>builder()
                        .addAll(classes)
                        .addAll(classNames)
                        .build(),
                loader);
    }

    /**
     * Has classes found by a loader: those that a file names and that are trusted, which otherwise the context class
     * loader of the thread finds that reads. For applications that share this library with others, or are restarted
     * within a process, and read in threads that are not theirs. It stays in this process: a copy that was sent to
     * another one has none.
     *
     * @param loader such as {@code App.class.getClassLoader()}
     */
    public SavedTypes withLoader(ClassLoader loader) {
        return new SavedTypes(names, packages, classes, Objects.requireNonNull(loader, "loader"));
    }

    /** {@return by what classes are found before the context class loader, if it was given} */
    public Optional<ClassLoader> loader() {
        return Optional.ofNullable(loader);
    }

    /** {@return the types that have a name, by it} */
    public Map<String, Class<?>> named() {
        return names;
    }

    /** {@return the packages that are trusted, each with a full stop behind it} */
    public Set<String> trustedPackages() {
        return packages;
    }

    /** {@return the name of a type, if it has one here} */
    public Optional<String> nameOf(Class<?> type) {
        return names.entrySet().stream()
                .filter(entry -> entry.getValue() == type)
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** {@return whether a file that names this class may have it made} */
    public boolean trusts(String className) {
        return classes.contains(className)
                || packages.stream().anyMatch(className::startsWith)
                || names.values().stream().anyMatch(type -> type.getName().equals(className));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SavedTypes types
                && names.equals(types.names)
                && packages.equals(types.packages)
                && classes.equals(types.classes)
                && loader == types.loader;
    }

    @Override
    public int hashCode() {
        return Objects.hash(names, packages, classes, loader);
    }

    @Override
    public String toString() {
        return "SavedTypes[names %s, trusted packages %s, trusted classes %s]".formatted(names, packages, classes);
    }
}
