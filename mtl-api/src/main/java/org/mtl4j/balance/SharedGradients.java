package org.mtl4j.balance;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The gradients of the tasks that take part in a step, with respect to all that is combined: J, a row for each task.
 *
 * @param rows gradients of λ·L, one of each task
 * @param parts what the numbers of a row belong to, in their order, without gaps
 */
public record SharedGradients(TaskVectors rows, List<Part> parts) {

    /** What parameters of a part do. */
    public enum Kind {
        /** A layer of a trunk, a tower, an expert. */
        LAYER,
        /** Mixes what towers or experts have: α of a unit, a gate, the choice of a branch. */
        UNIT
    }

    /**
     * Parameters that belong together.
     *
     * @param name as in {@code describe}: {@code tower/layer}, {@code shared:trunk/layer}, {@code tower/place:stitch}
     * @param kind what they do
     * @param from where they begin in a row
     * @param length how many there are
     */
    public record Part(String name, Kind kind, int from, int length) {
        /**
         * Checks that it can be a part of a row.
         *
         * @throws IllegalArgumentException if a number is below 0
         */
        public Part {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(kind, "kind");
            if (from < 0 || length < 0) {
                throw new IllegalArgumentException(
                        "Part '%s': begins at %d and has %d numbers".formatted(name, from, length));
            }
        }

        /** {@return whether it is called so: by its whole name, or by what stands behind the last slash} */
        boolean isCalled(String wanted) {
            return name.equals(wanted)
                    || name.substring(name.lastIndexOf('/') + 1).equals(wanted);
        }
    }

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if the parts do not make up a row
     */
    public SharedGradients {
        Objects.requireNonNull(rows, "rows");
        parts = ImmutableList.copyOf(parts);
        int end = 0;
        for (Part part : parts) {
            if (part.from() != end) {
                throw new IllegalArgumentException("SharedGradients: '%s' begins at %d, and what is before ends at %d"
                        .formatted(part.name(), part.from(), end));
            }
            end += part.length();
        }
        if (end != rows.length()) {
            throw new IllegalArgumentException(
                    "SharedGradients: parts of %d numbers, rows of %d".formatted(end, rows.length()));
        }
    }

    /**
     * {@return the parts of a layer: one, or the layer of this name in each of several towers}
     *
     * @param layer {@code fc2} for that of all towers, {@code a/fc2} for that of tower a
     * @throws IllegalArgumentException if nothing that is combined is called so; the message lists what is
     */
    public List<Part> called(String layer) {
        List<Part> found = parts.stream().filter(part -> part.isCalled(layer)).toList();
        if (found.isEmpty()) {
            throw new IllegalArgumentException("no layer '%s' among what tasks share: %s"
                    .formatted(layer, parts.stream().map(Part::name).toList()));
        }
        return found;
    }

    /**
     * {@return the parts of the last layer, the one nearest to the tasks' own, that each of the tasks has a gradient
     * of} Of several towers all that are called as that one. Units count only where there is nothing else; where there
     * is no such layer, it is the last one.
     */
    public List<Part> lastLayer() {
        List<Part> layers =
                parts.stream().filter(part -> part.kind() == Kind.LAYER).toList();
        List<Part> candidates = layers.isEmpty() ? parts : layers;
        for (int i = candidates.size() - 1; i >= 0; i--) {
            List<Part> alike = calledAs(candidates.get(i), candidates);
            if (IntStream.range(0, rows.size()).allMatch(task -> norm(task, alike) > 0)) {
                return alike;
            }
        }
        return calledAs(candidates.get(candidates.size() - 1), candidates);
    }

    private static List<Part> calledAs(Part part, List<Part> all) {
        String name = part.name().substring(part.name().lastIndexOf('/') + 1);
        return all.stream().filter(other -> other.isCalled(name)).toList();
    }

    /** {@return the length of a task's gradient with respect to some parts} */
    public double norm(int task, List<Part> some) {
        double sum = 0;
        for (Part part : some) {
            double norm = rows.norm(task, part.from(), part.from() + part.length());
            sum += norm * norm;
        }
        return Math.sqrt(sum);
    }
}
