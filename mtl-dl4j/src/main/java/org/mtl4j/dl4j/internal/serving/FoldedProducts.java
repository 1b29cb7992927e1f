package org.mtl4j.dl4j.internal.serving;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.mtl4j.dl4j.internal.cpu.prepared.PlanBuilder;
import org.mtl4j.dl4j.internal.program.Operation;
import org.mtl4j.dl4j.internal.program.Step;
import org.mtl4j.dl4j.internal.program.Value;

/**
 * Adds fully connected layers behind {@linkplain FoldedLookups folded lookups} to a plan: a product of what is read
 * beside the rows of tables, and to that a sum of rows of tables that were multiplied by the weights. These products
 * are added up in double precision and rounded once.
 */
final class FoldedProducts {
    private final FoldedLookups lookups;
    private final PlanBuilder plan;
    private final ToIntFunction<Value> slots;

    /** By output of a lookup the slot with rows of those of its tables that are not folded, if there are any. */
    private final Map<Value, Integer> otherRows = new HashMap<>();

    /** By vector that layers read the slot of what is not folded of it. */
    private final Map<Value, Integer> others = new HashMap<>();

    /** @param slots gives the slot of a value that is there */
    FoldedProducts(FoldedLookups lookups, PlanBuilder plan, ToIntFunction<Value> slots) {
        this.lookups = lookups;
        this.plan = plan;
        this.slots = slots;
    }

    /** Adds what is not folded of a lookup; false if nothing is folded of it. */
    boolean addLookup(Step step) {
        FoldedLookups.Folded folded = lookups.ofLookup(step.output());
        if (folded == null) {
            return false;
        }
        int[] tables = folded.others();
        if (tables.length > 0) {
            Operation.Lookup lookup = folded.lookup();
            int codes = plan.slot(tables.length);
            plan.copy(new int[] {codesOf(folded)}, new int[tables.length], tables, codes);
            List<Integer> dimensions =
                    Arrays.stream(tables).mapToObj(lookup.dimensions()::get).toList();
            int rows = plan.slot(dimensions.stream().mapToInt(Integer::intValue).sum());
            plan.lookup(Arrays.stream(tables).mapToObj(lookup.tables()::get).toList(), dimensions, codes, -1, rows);
            otherRows.put(step.output(), rows);
        }
        return true;
    }

    private int codesOf(FoldedLookups.Folded folded) {
        return slots.applyAsInt(folded.step().inputs().get(0));
    }

    /** Tells whether nobody needs the whole of a vector to which rows were joined. */
    boolean isTakenApart(Step join) {
        return lookups.joinedTo(join.output()) != null;
    }

    /**
     * Adds a product with a vector that has folded rows.
     *
     * @param weights {@code [elements of the vector, outputs]}
     * @param bias {@code [outputs]}
     * @return false if it has none; nothing is added then
     */
    boolean addProduct(Value vector, float[] weights, float[] bias, boolean rectified, int output) {
        List<Value> joined = lookups.joinedTo(vector);
        if (joined == null) {
            return false;
        }
        List<PlanBuilder.RowsOfTable> tables = new ArrayList<>();
        Others rest = new Others(bias.length, weights);
        int at = 0;
        for (Value part : joined) {
            FoldedLookups.Folded folded = lookups.ofLookup(part);
            if (folded == null) {
                rest.add(slots.applyAsInt(part), 0, part.elements(), at);
                at += part.elements();
                continue;
            }
            int ofOthers = 0;
            for (int table = 0; table < folded.tables().length; table++) {
                int dimension = folded.lookup().dimensions().get(table);
                if (folded.tables()[table]) {
                    float[] product = product(folded.lookup().tables().get(table), weights, at, dimension, bias.length);
                    tables.add(new PlanBuilder.RowsOfTable(product, codesOf(folded), table));
                } else {
                    rest.add(otherRows.get(part), ofOthers, dimension, at);
                    ofOthers += dimension;
                }
                at += dimension;
            }
        }
        int sums = -1;
        if (rest.size > 0) {
            sums = plan.slot(bias.length);
            int numbers = others.computeIfAbsent(vector, none -> rest.slot());
            plan.product(1, rest.weights(), bias, false, numbers, sums, 1);
        }
        plan.lookupSum(tables, bias, rectified, sums, output);
        return true;
    }

    /** Multiplies a table {@code [codes, dimension]} by the rows of the weights from {@code at} on. */
    private static float[] product(float[] table, float[] weights, int at, int dimension, int outputs) {
        int codes = table.length / dimension;
        float[] product = new float[codes * outputs];
        double[] sums = new double[outputs];
        for (int code = 0; code < codes; code++) {
            Arrays.fill(sums, 0);
            for (int i = 0; i < dimension; i++) {
                double by = table[code * dimension + i];
                for (int o = 0; o < outputs; o++) {
                    sums[o] += by * weights[(at + i) * outputs + o];
                }
            }
            for (int o = 0; o < outputs; o++) {
                product[code * outputs + o] = (float) sums[o];
            }
        }
        return product;
    }

    /** Collects what is not folded of a vector, and the weights of that. */
    private final class Others {
        private final int outputs;
        private final float[] weights;
        private final List<int[]> runs = new ArrayList<>();
        private int size;

        private Others(int outputs, float[] weights) {
            this.outputs = outputs;
            this.weights = weights;
        }

        /**
         * Adds some numbers.
         *
         * @param from their place in the slot
         * @param at their place in the vector
         */
        private void add(int slot, int from, int count, int at) {
            runs.add(new int[] {slot, from, count, at});
            size += count;
        }

        private float[] weights() {
            float[] own = new float[size * outputs];
            int to = 0;
            for (int[] run : runs) {
                System.arraycopy(weights, run[3] * outputs, own, to, run[2] * outputs);
                to += run[2] * outputs;
            }
            return own;
        }

        /** {@return a slot with these numbers} */
        private int slot() {
            int[] only = runs.get(0);
            if (runs.size() == 1 && plan.size(only[0]) == size) {
                return only[0];
            }
            List<Integer> read = runs.stream().map(run -> run[0]).distinct().toList();
            int[] which = new int[size];
            int[] from = new int[size];
            int to = 0;
            for (int[] run : runs) {
                Arrays.fill(which, to, to + run[2], read.indexOf(run[0]));
                for (int i = 0; i < run[2]; i++, to++) {
                    from[to] = run[1] + i;
                }
            }
            int slot = plan.slot(size);
            plan.copy(read.stream().mapToInt(Integer::intValue).toArray(), which, from, slot);
            return slot;
        }
    }
}
