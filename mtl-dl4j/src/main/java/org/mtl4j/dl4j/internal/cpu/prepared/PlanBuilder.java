package org.mtl4j.dl4j.internal.cpu.prepared;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Collects the steps of a {@link Plan}, in the order in which they run. Values have slots; each is written by one step
 * and read by steps behind it. In a slot, images lie {@code [height, width, channels]}, sequences {@code [steps,
 * features]}.
 */
public final class PlanBuilder {
    /**
     * Numbers of a block of examples: some examples of a large network share what is read of its weights, and those of
     * a small one stay in the second cache.
     */
    private static final int BLOCK_NUMBERS = 900_000;

    private static final int MOST_EXAMPLES = 64;

    private final Products products;
    private final List<Integer> sizes = new ArrayList<>();
    private final List<Plan.Place> inputs = new ArrayList<>();
    private final List<Plan.Place> outputs = new ArrayList<>();
    private final List<PreparedStep> steps = new ArrayList<>();
    private final List<int[]> reads = new ArrayList<>();
    private final List<int[]> writes = new ArrayList<>();
    private long cost = 1;

    /** @param products by what they are computed */
    public PlanBuilder(Products products) {
        this.products = products;
    }

    /** Adds a value of so many numbers for each example; {@return its slot} */
    public int slot(int size) {
        sizes.add(size);
        return sizes.size() - 1;
    }

    /** {@return how many numbers for each example a slot has} */
    public int size(int slot) {
        return sizes.get(slot);
    }

    /** Adds an input of so many numbers for each example; {@return its slot} */
    public int input(int size) {
        int slot = slot(size);
        inputs.add(new Plan.Place(slot, size));
        return slot;
    }

    /** Says that a value is one of the results. */
    public void output(int slot) {
        outputs.add(new Plan.Place(slot, sizes.get(slot)));
    }

    private void add(PreparedStep step, int[] read, int... written) {
        steps.add(step);
        reads.add(Arrays.stream(read).filter(slot -> slot >= 0).toArray());
        writes.add(written);
    }

    /**
     * One of the results of a convolution.
     *
     * @param weights {@code [kernel height, kernel width, channels, out]}
     * @param bias {@code [out]}
     * @param rectified whether nothing is left below 0
     * @param output slot
     */
    public record Convolved(float[] weights, float[] bias, boolean rectified, int output) {}

    /** Adds convolutions of one image by windows of one geometry. */
    public void convolution(Geometry geometry, int input, List<Convolved> results) {
        int positions = geometry.pooledRows() * geometry.pooledColumns() * geometry.places();
        results.forEach(result -> cost += (long) positions * result.weights.length);
        int[] outputs = results.stream().mapToInt(Convolved::output).toArray();
        WinogradTransform transform = WinogradStep.choose(products, geometry, results);
        if (transform != null) {
            add(new WinogradStep(transform, products, geometry, input, results), new int[] {input}, outputs);
            return;
        }
        List<ConvolutionStep.Result> prepared = results.stream()
                .map(result -> new ConvolutionStep.Result(
                        Factor.of(products, result.weights, geometry.patch(), result.bias.length),
                        result.bias,
                        result.rectified,
                        result.output))
                .toList();
        add(new ConvolutionStep(products, geometry, input, prepared), new int[] {input}, outputs);
    }

    /** Adds a convolution of channels in groups; weights {@code [out, channels / groups, height, width]}. */
    public void groupedConvolution(
            Geometry geometry, int groups, float[] weights, float[] bias, int input, int output) {
        cost += (long) geometry.rows() * geometry.columns() * weights.length;
        add(
                new GroupedConvolutionStep(geometry, bias.length, groups, weights, bias, input, output),
                new int[] {input},
                output);
    }

    /**
     * Adds a product of rows with a matrix.
     *
     * @param blocks into how many blocks a row falls, each with a matrix of its own
     * @param weights {@code [blocks, inner, columns]}
     * @param bias {@code [blocks, columns]}
     * @param rowsOfExample how many rows an example has
     */
    public void product(
            int blocks, float[] weights, float[] bias, boolean rectified, int input, int output, int rowsOfExample) {
        cost += (long) weights.length * rowsOfExample;
        int columns = bias.length / blocks;
        int inner = weights.length / blocks / columns;
        Factor[] factors = IntStream.range(0, blocks)
                .mapToObj(b -> Factor.of(
                        products,
                        Arrays.copyOfRange(weights, b * inner * columns, (b + 1) * inner * columns),
                        inner,
                        columns))
                .toArray(Factor[]::new);
        add(
                new ProductStep(products, factors, bias, rectified, input, output, rowsOfExample),
                new int[] {input},
                output);
    }

    /** Adds a scale and a shift of each channel's differences from its centre. */
    public void scale(float[] centres, float[] scales, float[] shifts, int input, int output) {
        add(new ScaleStep(centres, scales, shifts, sizes.get(input), input, output), new int[] {input}, output);
    }

    /** Adds a function of each number. */
    public void element(NumberFunction function, int input, int output) {
        add(new ElementStep(function, sizes.get(input), input, output), new int[] {input}, output);
    }

    /** Adds a softmax of {@code count} numbers that are {@code stride} apart. */
    public void softmax(int count, int stride, int input, int output) {
        add(new SoftmaxStep(sizes.get(input), count, stride, input, output), new int[] {input}, output);
    }

    /** Adds pooling of windows. */
    public void pooling(PoolKind kind, int p, boolean countPadding, Geometry geometry, int input, int output) {
        add(new PoolingStep(kind, p, countPadding, geometry, input, output), new int[] {input}, output);
    }

    /** Adds pooling of all positions; the mask may be -1. */
    public void globalPooling(PoolKind kind, int p, int channels, int input, int mask, int output) {
        int positions = sizes.get(input) / channels;
        add(new GlobalPoolingStep(kind, p, channels, positions, input, mask, output), new int[] {input, mask}, output);
    }

    /** Adds expected positions. */
    public void softArgmax(int channels, int height, int width, int input, int output) {
        add(new SoftArgmaxStep(channels, height, width, input, output), new int[] {input}, output);
    }

    /** Adds what is computed of several values number by number. */
    public void combine(CombineKind kind, int[] read, int output) {
        add(new CombineStep(kind, sizes.get(output), read, output), read, output);
    }

    /** Adds the sum of two values, with nothing left below 0. */
    public void rectifiedSum(int first, int second, int output) {
        add(new RectifiedSumStep(sizes.get(output), first, second, output), new int[] {first, second}, output);
    }

    /** Adds a mix by coefficients of channels, by value one for each channel or one for all. */
    public void mix(List<float[]> coefficients, int channels, int[] read, int output) {
        add(new MixStep(coefficients, channels, sizes.get(output), read, output), read, output);
    }

    /** Adds a sum of experts by weights of each example; by bank how many experts it has. */
    public void weightedSum(int[] experts, int weights, int[] banks, int output) {
        int[] read =
                IntStream.concat(IntStream.of(weights), Arrays.stream(banks)).toArray();
        add(new WeightedSumStep(experts, sizes.get(output), weights, banks, output), read, output);
    }

    /** Adds the weights of a DSelect-k gate. */
    public void selector(int experts, int selectors, int bits, float gamma, int input, int output) {
        add(new SelectorStep(experts, selectors, bits, gamma, input, output), new int[] {input}, output);
    }

    /** Adds numbers that are the same for each example. */
    public void constant(float[] numbers, int output) {
        add(new ConstantStep(numbers, output), new int[0], output);
    }

    /**
     * Adds numbers put elsewhere.
     *
     * @param which by number of the result the value that it comes from, as an index of {@code read}
     * @param from by number of the result its place there
     */
    public void copy(int[] read, int[] which, int[] from, int output) {
        int[] sizesOfRead = Arrays.stream(read).map(sizes::get).toArray();
        add(new CopyStep(read, sizesOfRead, which, from, output), read, output);
    }

    /** Adds a lookup of the code of each column, in one table or one for each column; the mask may be -1. */
    public void lookup(List<float[]> tables, List<Integer> dimensions, int input, int mask, int output) {
        add(new LookupStep(tables, dimensions, sizes.get(input), input, mask, output), new int[] {input, mask}, output);
    }

    /**
     * One of the tables whose rows are added up.
     *
     * @param numbers {@code [codes, width]}
     * @param codes slot of the codes
     * @param column which of an example's codes is looked up
     */
    public record RowsOfTable(float[] numbers, int codes, int column) {}

    /**
     * Adds a sum of rows of tables.
     *
     * @param bias {@code [width]}, which is added where {@code addTo} is -1
     * @param addTo slot of the numbers that rows are added to; -1 for none
     */
    public void lookupSum(List<RowsOfTable> tables, float[] bias, boolean rectified, int addTo, int output) {
        cost += (long) tables.size() * bias.length;
        LookupSumStep step = new LookupSumStep(
                tables.stream().map(RowsOfTable::numbers).toList(),
                tables.stream()
                        .map(table -> new LookupSumStep.Codes(table.codes, table.column, sizes.get(table.codes)))
                        .toList(),
                bias,
                rectified,
                addTo,
                output);
        add(step, step.reads(), output);
    }

    /**
     * Adds a recurrent cell.
     *
     * @param lstm whether it is an LSTM; else a GRU
     * @param inputWeights {@code [in, gates]}
     * @param stateWeights {@code [units, gates]}
     * @param mask slot; -1 for none
     */
    public void recurrent(
            boolean lstm,
            int units,
            float[] inputWeights,
            float[] stateWeights,
            float[] bias,
            float @Nullable [] stateBias,
            int input,
            int mask,
            int output) {
        int in = inputWeights.length / bias.length;
        int steps = sizes.get(input) / in;
        cost += (long) steps * (inputWeights.length + stateWeights.length);
        int gates = slot(steps * bias.length);
        int state = slot(units);
        int cell = slot(units);
        add(
                new RecurrentStep(
                        lstm,
                        steps,
                        Factor.of(products, inputWeights, in, bias.length),
                        Factor.of(products, stateWeights, units, bias.length),
                        bias,
                        stateBias,
                        input,
                        mask,
                        output,
                        gates,
                        state,
                        cell),
                new int[] {input, mask},
                output,
                gates,
                state,
                cell);
    }

    /** Adds layer normalisation of rows. */
    public void layerNormalization(float[] gain, float[] bias, float epsilon, int input, int output) {
        int rows = sizes.get(input) / gain.length;
        add(new LayerNormalizationStep(gain, bias, epsilon, rows, input, output), new int[] {input}, output);
    }

    /** Adds the last step that is there, or the steps with 0 where none is; the mask may be -1. */
    public void steps(boolean last, int features, int input, int mask, int output) {
        int count = sizes.get(input) / features;
        add(new StepsStep(last, features, count, input, mask, output), new int[] {input, mask}, output);
    }

    /** Adds the mask of the windows of a convolution over a sequence. */
    public void windowMask(int kernel, int stride, int before, boolean same, int input, int output) {
        add(
                new WindowMaskStep(kernel, stride, before, same, sizes.get(input), sizes.get(output), input, output),
                new int[] {input},
                output);
    }

    /** {@return the plan} */
    public Plan build() {
        int[] shared = shared();
        int[] arrays = new int[sizes.size()];
        for (int slot = 0; slot < shared.length; slot++) {
            arrays[shared[slot]] = Math.max(arrays[shared[slot]], sizes.get(slot));
        }
        long ofExample = Arrays.stream(arrays).asLongStream().sum();
        int block = (int) Math.max(1, Math.min(MOST_EXAMPLES, BLOCK_NUMBERS / ofExample));
        return new Plan(
                steps.toArray(PreparedStep[]::new),
                inputs.toArray(Plan.Place[]::new),
                outputs.toArray(Plan.Place[]::new),
                sizes.stream().mapToInt(Integer::intValue).toArray(),
                shared,
                block,
                cost,
                products);
    }

    /** Gives slots arrays, and an array that nobody reads any more to the next slot that it is large enough for. */
    private int[] shared() {
        int[] lastUse = new int[sizes.size()];
        for (int i = 0; i < steps.size(); i++) {
            for (int slot : reads.get(i)) {
                lastUse[slot] = i;
            }
            for (int slot : writes.get(i)) {
                lastUse[slot] = Math.max(lastUse[slot], i);
            }
        }
        outputs.forEach(place -> lastUse[place.slot()] = Integer.MAX_VALUE);
        int[] array = new int[sizes.size()];
        List<Integer> free = new ArrayList<>();
        List<Integer> arraySizes = new ArrayList<>();
        for (Plan.Place place : inputs) {
            array[place.slot()] = take(free, arraySizes, sizes.get(place.slot()));
        }
        for (int i = 0; i < steps.size(); i++) {
            for (int slot : writes.get(i)) {
                array[slot] = take(free, arraySizes, sizes.get(slot));
            }
            for (int slot = 0; slot < lastUse.length; slot++) {
                if (lastUse[slot] == i && isOf(i, slot)) {
                    free.add(array[slot]);
                }
            }
        }
        return array;
    }

    private boolean isOf(int step, int slot) {
        return Arrays.stream(reads.get(step)).anyMatch(read -> read == slot)
                || Arrays.stream(writes.get(step)).anyMatch(written -> written == slot);
    }

    private static int take(List<Integer> free, List<Integer> arraySizes, int size) {
        int best = -1;
        for (int i = 0; i < free.size(); i++) {
            int there = arraySizes.get(free.get(i));
            if (there >= size && (best < 0 || there < arraySizes.get(free.get(best)))) {
                best = i;
            }
        }
        if (best >= 0) {
            return free.remove(best);
        }
        arraySizes.add(size);
        return arraySizes.size() - 1;
    }
}
