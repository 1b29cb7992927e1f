package org.mtl4j.data;

import java.io.Serializable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Looks which of the values that a label names are in its column. A label that takes all others for one class says
 * nothing where a value is misspelt: no row has it, and each is of the other class. The result does not depend on the
 * order of rows, nor on how they are divided among several that are merged.
 */
final class NamedValues implements Serializable {
    private static final long serialVersionUID = 1L;

    private static final int MOST_SHOWN = 10;
    private static final int LONGEST_SHOWN = 60;

    private final TreeSet<String> named = new TreeSet<>();
    /** The first ones in alphabetical order, one more than are shown. */
    private final TreeSet<String> others = new TreeSet<>();

    /** {@return whether a value that no row has would be passed over} */
    static boolean areOf(Label.Classes label) {
        return label.otherwise().isPresent();
    }

    /** The values that stand for a class, and the classes that are values themselves. */
    private static Set<String> of(Label.Classes label) {
        Set<String> all = new LinkedHashSet<>(label.classes());
        all.removeAll(label.classOf().values());
        label.otherwise().ifPresent(all::remove);
        all.addAll(label.classOf().keySet());
        return all;
    }

    private static boolean isOf(Label.Classes label, String value) {
        return label.classOf().containsKey(value)
                || label.classes().contains(value)
                        && !label.classOf().containsValue(value)
                        && !label.otherwise().equals(Optional.of(value));
    }

    /** Adds the value of a row. */
    void add(Label.Classes label, String value) {
        if (named.contains(value)) {
            return;
        }
        if (isOf(label, value)) {
            named.add(value);
        } else {
            addOther(value);
        }
    }

    private void addOther(String value) {
        if (others.size() <= MOST_SHOWN) {
            others.add(value);
        } else if (value.compareTo(others.last()) < 0 && others.add(value)) {
            others.pollLast();
        }
    }

    /** Adds what has been seen of other rows. */
    void merge(NamedValues more) {
        named.addAll(more.named);
        more.others.forEach(this::addOther);
    }

    /** {@return what is to be said of values that none of the rows has; empty if there is each of them} */
    Optional<String> warning(Label.Classes label, long rows) {
        List<String> absent =
                of(label).stream().filter(value -> !named.contains(value)).toList();
        if (absent.isEmpty()) {
            return Optional.empty();
        }
        TreeSet<String> all = new TreeSet<>(named);
        all.addAll(others);
        boolean more = others.size() > MOST_SHOWN || all.size() > MOST_SHOWN;
        return Optional.of(
                "column '%s', task '%s': none of the %s rows has the value %s, which stands for a class; %s%s"
                        .formatted(
                                label.column(),
                                label.task(),
                                rows,
                                shown(absent),
                                all.isEmpty() ? "the column has no value" : "the values are " + shown(List.copyOf(all)),
                                more ? " and others" : ""));
    }

    private static String shown(List<String> values) {
        return values.stream()
                .limit(MOST_SHOWN)
                .map(value -> value.length() > LONGEST_SHOWN ? value.substring(0, LONGEST_SHOWN) + "…" : value)
                .collect(Collectors.joining("', '", "'", "'"));
    }
}
