package org.mtl4j.dl4j.internal.serving;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.program.Operation;
import org.mtl4j.dl4j.internal.program.Program;
import org.mtl4j.dl4j.internal.program.Step;
import org.mtl4j.dl4j.internal.program.Value;

/**
 * Finds tables of embeddings whose rows are read by fully connected layers alone, by themselves or joined with other
 * vectors. What such a layer makes of a row depends on the code alone, so that its table can be multiplied by the
 * layer's weights beforehand; to look the product up and add it takes less than to multiply.
 */
final class FoldedLookups {
    /** To look rows of many outputs up takes as long as to multiply a row of so many numbers. */
    private static final int LEAST_DIMENSION = 8;

    /** Numbers of all products of tables, which should stay in the second cache beside what else is read. */
    private static final int MOST_NUMBERS = 1 << 16;

    private final Map<Value, List<Step>> readers;
    private final Set<Value> results;

    /** By output of a lookup. */
    private final Map<Value, Folded> lookups = new HashMap<>();

    /** By vector that layers read, what was joined to it. */
    private final Map<Value, List<Value>> joined = new HashMap<>();

    private int numbers;

    /**
     * Says what of a lookup is folded.
     *
     * @param step the lookup
     * @param tables by table whether it is
     */
    record Folded(Step step, boolean[] tables) {
        Operation.Lookup lookup() {
            return (Operation.Lookup) step.operation();
        }

        /** {@return the numbers of the tables that are not} */
        int[] others() {
            return IntStream.range(0, tables.length).filter(t -> !tables[t]).toArray();
        }
    }

    private FoldedLookups(Map<Value, List<Step>> readers, Set<Value> results) {
        this.readers = readers;
        this.results = results;
    }

    /**
     * {@return those of a program}
     *
     * @param readers by value the steps that read it
     */
    static FoldedLookups of(Program program, Map<Value, List<Step>> readers) {
        Set<Value> results =
                program.outputs().stream().map(Program.Output::value).collect(Collectors.toSet());
        FoldedLookups folded = new FoldedLookups(readers, results);
        program.steps().stream()
                .filter(step -> step.operation() instanceof Operation.Lookup)
                .forEach(folded::find);
        return folded;
    }

    private void find(Step step) {
        List<Step> joins = new ArrayList<>();
        List<Step> layers = new ArrayList<>();
        for (Step reader : readers.getOrDefault(step.output(), List.of())) {
            List<Step> behind = readers.getOrDefault(reader.output(), List.of());
            if (reader.operation() instanceof Operation.Dense) {
                layers.add(reader);
            } else if (isJoin(reader) && areLayers(behind)) {
                joins.add(reader);
                layers.addAll(behind);
            } else {
                return;
            }
        }
        if (results.contains(step.output()) || layers.isEmpty()) {
            return;
        }
        boolean[] chosen = choose((Operation.Lookup) step.operation(), outputs(layers));
        if (chosen != null) {
            lookups.put(step.output(), new Folded(step, chosen));
            joined.put(step.output(), List.of(step.output()));
            joins.forEach(join -> joined.put(join.output(), join.inputs()));
        }
    }

    private boolean isJoin(Step step) {
        return step.operation() instanceof Operation.Concatenate
                && step.output().rank() == 1
                && !results.contains(step.output());
    }

    private static boolean areLayers(List<Step> steps) {
        return !steps.isEmpty() && steps.stream().allMatch(step -> step.operation() instanceof Operation.Dense);
    }

    private static int outputs(List<Step> layers) {
        return layers.stream()
                .mapToInt(layer -> ((Operation.Dense) layer.operation()).out())
                .sum();
    }

    /** Chooses tables, small ones first; null if there is none. */
    private boolean @Nullable [] choose(Operation.Lookup lookup, int outputs) {
        boolean[] chosen = new boolean[lookup.tables().size()];
        boolean any = false;
        List<Integer> bySize = IntStream.range(0, chosen.length)
                .boxed()
                .sorted(Comparator.comparing(lookup.sizes()::get))
                .toList();
        for (int table : bySize) {
            long more = (long) lookup.sizes().get(table) * outputs;
            if (lookup.dimensions().get(table) >= LEAST_DIMENSION && numbers + more <= MOST_NUMBERS) {
                chosen[table] = true;
                any = true;
                numbers += (int) more;
            }
        }
        return any ? chosen : null;
    }

    /** {@return what of a lookup is folded; null if nothing is} */
    @Nullable
    Folded ofLookup(Value output) {
        return lookups.get(output);
    }

    /** {@return what was joined to a vector with rows that are folded, itself if nothing was; null of any other} */
    @Nullable
    List<Value> joinedTo(Value vector) {
        return joined.get(vector);
    }
}
