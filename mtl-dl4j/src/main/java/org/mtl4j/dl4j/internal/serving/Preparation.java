package org.mtl4j.dl4j.internal.serving;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.prepared.CombineKind;
import org.mtl4j.dl4j.internal.cpu.prepared.Geometry;
import org.mtl4j.dl4j.internal.cpu.prepared.NumberFunction;
import org.mtl4j.dl4j.internal.cpu.prepared.Plan;
import org.mtl4j.dl4j.internal.cpu.prepared.PlanBuilder;
import org.mtl4j.dl4j.internal.cpu.prepared.PoolKind;
import org.mtl4j.dl4j.internal.cpu.prepared.Products;
import org.mtl4j.dl4j.internal.program.Operation;
import org.mtl4j.dl4j.internal.program.Program;
import org.mtl4j.dl4j.internal.program.Step;
import org.mtl4j.dl4j.internal.program.Value;
import org.mtl4j.dl4j.internal.program.Window;

/**
 * Turns a program into a plan of kernels. What follows a product and changes it number by number is done with it: batch
 * normalisation becomes part of the weights, ReLU and maximum pooling of the loop over its result. Convolutions of one
 * image by equal windows are one step. Flattening is no step: weights behind it are put in the order of the numbers.
 * Embeddings that only fully connected layers read are {@linkplain FoldedProducts part of these}.
 */
final class Preparation {
    private final Program program;
    private final PlanBuilder plan;
    private final Map<Value, Integer> slots = new HashMap<>();
    private final Map<Value, List<Step>> readers;
    private final Set<Value> results = new HashSet<>();
    private final Set<Step> done = new HashSet<>();

    /** Flattened values whose numbers lie in the order of what they were flattened from. */
    private final Map<Value, Value> flattened = new HashMap<>();

    private final FoldedProducts folded;

    private Preparation(Program program, Products products) {
        this.program = program;
        this.plan = new PlanBuilder(products);
        this.readers = readersOf(program);
        program.outputs().forEach(output -> results.add(output.value()));
        this.folded = new FoldedProducts(FoldedLookups.of(program, readers), plan, this::slot);
    }

    /** {@return by value the steps that read it, each once} */
    static Map<Value, List<Step>> readersOf(Program program) {
        Map<Value, List<Step>> readers = new HashMap<>();
        for (Step step : program.steps()) {
            new HashSet<>(step.inputs()).forEach(value -> readers.computeIfAbsent(value, v -> new ArrayList<>())
                    .add(step));
        }
        return readers;
    }

    /**
     * {@return the plan of a program}
     *
     * @param products by what they are computed
     */
    static Plan of(Program program, Products products) {
        return new Preparation(program, products).prepare();
    }

    private Plan prepare() {
        for (Program.Input input : program.inputs()) {
            slots.put(input.value(), stored(plan.input(input.value().elements()), input.value()));
        }
        for (Step step : program.steps()) {
            if (!done.contains(step)) {
                add(step);
            }
        }
        for (Program.Output output : program.outputs()) {
            plan.output(plain(output.value()));
        }
        return plan.build();
    }

    /** {@return the slot with the numbers of an input where a plan has them} */
    private int stored(int given, Value value) {
        if (Storage.isPlain(value.shape())) {
            return given;
        }
        int[] places = Storage.places(value.shape());
        int[] from = new int[places.length];
        for (int c = 0; c < places.length; c++) {
            from[places[c]] = c;
        }
        int slot = plan.slot(places.length);
        plan.copy(new int[] {given}, new int[places.length], from, slot);
        return slot;
    }

    /** {@return the slot with the numbers of a value in c order} */
    private int plain(Value value) {
        if (Storage.isPlain(value.shape())) {
            return slot(value);
        }
        int[] places = Storage.places(value.shape());
        int slot = plan.slot(places.length);
        plan.copy(new int[] {slot(value)}, new int[places.length], places, slot);
        return slot;
    }

    private int slot(Value value) {
        Integer slot = slots.get(value);
        if (slot == null) {
            throw new IllegalStateException(value + " is not there");
        }
        return slot;
    }

    private int made(Value value) {
        int slot = plan.slot(value.elements());
        slots.put(value, slot);
        return slot;
    }

    /** {@return the only step that reads a value which is no result; null if there are more, or none} */
    private @Nullable Step onlyReader(Value value) {
        List<Step> all = readers.getOrDefault(value, List.of());
        return all.size() == 1 && !results.contains(value) ? all.get(0) : null;
    }

    private int[] slotsOf(List<Value> values) {
        return values.stream().mapToInt(this::slot).toArray();
    }

    /** {@return the slot of the mask that is a step's second input; -1 if it has none} */
    private int mask(Step step) {
        return step.inputs().size() > 1 ? slot(step.inputs().get(1)) : -1;
    }

    private void add(Step step) {
        if (!addProduct(step) && !addFunction(step) && !addOfSeveral(step) && !addMove(step) && !addOfSteps(step)) {
            throw new IllegalStateException(
                    "no kernel for %s of '%s'".formatted(step.operation().name(), step.place()));
        }
    }

    private boolean addProduct(Step step) {
        Value in = step.inputs().get(0);
        if (step.operation() instanceof Operation.Convolution convolution) {
            convolution(step, convolution);
        } else if (step.operation() instanceof Operation.SequenceConvolution convolution) {
            sequenceConvolution(step, convolution);
        } else if (step.operation() instanceof Operation.Dense dense) {
            dense(step, dense);
        } else if (step.operation() instanceof Operation.BlockDense dense) {
            Tail tail = tail(step, dense.blocks() * dense.out(), false);
            plan.product(
                    dense.blocks(),
                    tail.scaledBlocks(dense.weights(), dense.blocks()),
                    tail.shifted(dense.bias()),
                    tail.rectified,
                    slot(in),
                    made(tail.end),
                    1);
        } else if (step.operation() instanceof Operation.ChannelProduct product) {
            Tail tail = tail(step, product.out(), false);
            float[] weights = transposed(product.weights(), product.out(), product.in());
            plan.product(
                    1,
                    tail.scaledBlocks(weights, 1),
                    tail.shifted(product.bias()),
                    tail.rectified,
                    slot(in),
                    made(tail.end),
                    in.elements() / product.in());
        } else {
            return false;
        }
        return true;
    }

    private boolean addFunction(Step step) {
        Value in = step.inputs().get(0);
        Value out = step.output();
        if (step.operation() instanceof Operation.BatchNormalization normalization) {
            float[] scales = new float[normalization.gamma().length];
            for (int c = 0; c < scales.length; c++) {
                scales[c] = (float) normalization.scale(c);
            }
            plan.scale(normalization.mean(), scales, normalization.beta(), slot(in), made(out));
        } else if (step.operation() instanceof Operation.LayerNormalization normalization) {
            plan.layerNormalization(
                    normalization.gain(), normalization.bias(), normalization.epsilon(), slot(in), made(out));
        } else if (step.operation() instanceof Operation.Rectify rectify) {
            plan.element(
                    NumberFunction.rectify(rectify.slope(), rectify.threshold(), rectify.max()), slot(in), made(out));
        } else if (step.operation() instanceof Operation.Activate activate) {
            plan.element(Functions.of(activate), slot(in), made(out));
        } else if (step.operation() instanceof Operation.Softmax softmax) {
            plan.softmax(
                    in.shape().get(softmax.axis()), Storage.stride(in.shape(), softmax.axis()), slot(in), made(out));
        } else if (step.operation() instanceof Operation.Pooling pooling) {
            plan.pooling(
                    kind(pooling.kind()),
                    pooling.p(),
                    pooling.countPadding(),
                    geometry(in, pooling.window(), out),
                    slot(in),
                    made(out));
        } else if (step.operation() instanceof Operation.GlobalPooling pooling) {
            plan.globalPooling(kind(pooling.kind()), pooling.p(), in.channels(), slot(in), mask(step), made(out));
        } else if (step.operation() instanceof Operation.SoftArgmax) {
            plan.softArgmax(in.channels(), in.shape().get(1), in.shape().get(2), slot(in), made(out));
        } else if (step.operation() instanceof Operation.SelectorWeights selector) {
            plan.selector(
                    selector.experts(), selector.selectors(), selector.bits(), selector.gamma(), slot(in), made(out));
        } else {
            return false;
        }
        return true;
    }

    private boolean addOfSeveral(Step step) {
        Value out = step.output();
        if (step.operation() instanceof Operation.Combine combine && isRectifiedSum(step, combine)) {
            Step rectify = Objects.requireNonNull(onlyReader(out));
            done.add(rectify);
            plan.rectifiedSum(slot(step.inputs().get(0)), slot(step.inputs().get(1)), made(rectify.output()));
        } else if (step.operation() instanceof Operation.Combine combine) {
            plan.combine(kind(combine.arithmetic()), slotsOf(step.inputs()), made(out));
        } else if (step.operation() instanceof Operation.Mix mix) {
            plan.mix(mix.coefficients(), out.channels(), slotsOf(step.inputs()), made(out));
        } else if (step.operation() instanceof Operation.WeightedSum sum) {
            weightedSum(step, sum);
        } else if (step.operation() instanceof Operation.Constant constant) {
            plan.constant(placed(constant.values(), out.shape()), made(out));
        } else {
            return false;
        }
        return true;
    }

    private boolean isRectifiedSum(Step step, Operation.Combine combine) {
        Step next = onlyReader(step.output());
        return combine.arithmetic() == Operation.Arithmetic.ADD
                && step.inputs().size() == 2
                && next != null
                && next.operation().equals(Operation.Rectify.RELU);
    }

    private boolean addMove(Step step) {
        Value in = step.inputs().get(0);
        Value out = step.output();
        if (step.operation() instanceof Operation.Concatenate concatenate) {
            if (!folded.isTakenApart(step)) {
                concatenate(step, concatenate.axis());
            }
        } else if (step.operation() instanceof Operation.Slice slice) {
            slice(in, slice, out);
        } else if (step.operation() instanceof Operation.Reshape) {
            reshape(in, out);
        } else if (step.operation() instanceof Operation.Transpose transpose) {
            transpose(in, transpose.order(), out);
        } else if (step.operation() instanceof Operation.Lookup lookup) {
            if (!folded.addLookup(step)) {
                plan.lookup(lookup.tables(), lookup.dimensions(), slot(in), -1, made(out));
            }
        } else if (step.operation() instanceof Operation.SequenceLookup lookup) {
            plan.lookup(List.of(lookup.table()), List.of(lookup.dimension()), slot(in), mask(step), made(out));
        } else {
            return false;
        }
        return true;
    }

    private boolean addOfSteps(Step step) {
        Value in = step.inputs().get(0);
        Value out = step.output();
        if (step.operation() instanceof Operation.Recurrent recurrent) {
            plan.recurrent(
                    recurrent.cell() == Operation.Cell.LSTM,
                    recurrent.units(),
                    recurrent.inputWeights(),
                    recurrent.recurrentWeights(),
                    recurrent.bias(),
                    recurrent.recurrentBias(),
                    slot(in),
                    mask(step),
                    made(out));
        } else if (step.operation() instanceof Operation.LastStep) {
            plan.steps(true, in.channels(), slot(in), mask(step), made(out));
        } else if (step.operation() instanceof Operation.MaskSteps) {
            plan.steps(false, in.channels(), slot(in), mask(step), made(out));
        } else if (step.operation() instanceof Operation.WindowMask windows) {
            plan.windowMask(windows.kernel(), windows.stride(), windows.before(), windows.same(), slot(in), made(out));
        } else {
            return false;
        }
        return true;
    }

    // ------------------------------------------------------------------ what follows a product

    /** Steps behind a product that are done with it. */
    private static final class Tail {
        private Value end;
        private final double[] scales;
        private final double[] shifts;
        private boolean rectified;
        private int poolHeight = 1;
        private int poolWidth = 1;

        private Tail(Value start, int channels) {
            end = start;
            scales = new double[channels];
            Arrays.fill(scales, 1);
            shifts = new double[channels];
        }

        private void normalize(Operation.BatchNormalization of) {
            for (int c = 0; c < scales.length; c++) {
                double scale = of.scale(c);
                scales[c] *= scale;
                shifts[c] = shifts[c] * scale + of.beta()[c] - of.mean()[c] * scale;
            }
        }

        private boolean pools() {
            return poolHeight * poolWidth > 1;
        }

        /** Weights {@code [blocks, inner, columns]} times the scale of their column. */
        private float[] scaledBlocks(float[] weights, int blocks) {
            int columns = scales.length / blocks;
            int inner = weights.length / scales.length;
            float[] scaled = new float[weights.length];
            for (int i = 0; i < weights.length; i++) {
                int block = i / (inner * columns);
                scaled[i] = (float) (weights[i] * scales[block * columns + i % columns]);
            }
            return scaled;
        }

        private float[] shifted(float @Nullable [] bias) {
            float[] shifted = new float[scales.length];
            for (int c = 0; c < shifted.length; c++) {
                shifted[c] = (float) ((bias == null ? 0 : bias[c] * scales[c]) + shifts[c]);
            }
            return shifted;
        }
    }

    /**
     * Finds what follows a product and may be done with it: batch normalisation, then ReLU, and pooling before or
     * behind it.
     */
    private Tail tail(Step product, int channels, boolean mayPool) {
        Tail tail = new Tail(product.output(), channels);
        done.add(product);
        for (Step next = onlyReader(tail.end); next != null; next = onlyReader(tail.end)) {
            if (next.operation() instanceof Operation.BatchNormalization normalization
                    && !tail.rectified
                    && !tail.pools()
                    && normalization.gamma().length == channels) {
                tail.normalize(normalization);
            } else if (next.operation().equals(Operation.Rectify.RELU) && !tail.rectified) {
                tail.rectified = true;
            } else if (next.operation() instanceof Operation.Pooling pooling
                    && mayPool
                    && !tail.pools()
                    && isDivision(pooling)) {
                tail.poolHeight = pooling.window().kernelHeight();
                tail.poolWidth = pooling.window().kernelWidth();
            } else {
                break;
            }
            done.add(next);
            tail.end = next.output();
        }
        return tail;
    }

    /** Tells whether it is the maximum of windows that lie side by side. */
    private static boolean isDivision(Operation.Pooling pooling) {
        Window window = pooling.window();
        return pooling.kind() == Operation.PoolingKind.MAX
                && window.equals(Window.of(
                        window.kernelHeight(), window.kernelWidth(), window.kernelHeight(), window.kernelWidth()));
    }

    // ------------------------------------------------------------------ products

    private static Geometry geometry(Value image, Window window, Value out) {
        return new Geometry(
                image.channels(),
                image.shape().get(1),
                image.shape().get(2),
                window.kernelHeight(),
                window.kernelWidth(),
                window.strideHeight(),
                window.strideWidth(),
                window.dilationHeight(),
                window.dilationWidth(),
                window.top(),
                window.left(),
                out.shape().get(1),
                out.shape().get(2),
                1,
                1);
    }

    private static Geometry pooled(Geometry g, Tail tail) {
        return new Geometry(
                g.channels(),
                g.height(),
                g.width(),
                g.kernelHeight(),
                g.kernelWidth(),
                g.strideHeight(),
                g.strideWidth(),
                g.dilationHeight(),
                g.dilationWidth(),
                g.top(),
                g.left(),
                g.rows(),
                g.columns(),
                tail.poolHeight,
                tail.poolWidth);
    }

    /** Adds a convolution, and with it all others of the same image by the same windows. */
    private void convolution(Step step, Operation.Convolution first) {
        Value in = step.inputs().get(0);
        if (first.groups() > 1) {
            float[] bias = first.bias() == null ? new float[first.outChannels()] : first.bias();
            plan.groupedConvolution(
                    geometry(in, first.window(), step.output()),
                    first.groups(),
                    first.weights(),
                    bias,
                    slot(in),
                    made(step.output()));
            return;
        }
        Map<Geometry, List<PlanBuilder.Convolved>> byGeometry = new LinkedHashMap<>();
        for (Step other : readers.get(in)) {
            if (!done.contains(other)
                    && other.operation() instanceof Operation.Convolution convolution
                    && convolution.groups() == 1
                    && convolution.window().equals(first.window())) {
                Tail tail = tail(other, convolution.outChannels(), true);
                Geometry geometry = pooled(geometry(in, convolution.window(), other.output()), tail);
                byGeometry
                        .computeIfAbsent(geometry, g -> new ArrayList<>())
                        .add(convolved(convolution.weights(), convolution.bias(), geometry, tail));
            }
        }
        byGeometry.forEach((geometry, convolved) -> plan.convolution(geometry, slot(in), convolved));
    }

    /** Puts weights {@code [out, channels, height, width]} in the order {@code [height, width, channels, out]}. */
    private PlanBuilder.Convolved convolved(float[] weights, float @Nullable [] bias, Geometry geometry, Tail tail) {
        int patch = geometry.patch();
        int out = weights.length / patch;
        int places = geometry.kernelHeight() * geometry.kernelWidth();
        float[] ordered = new float[weights.length];
        for (int o = 0; o < out; o++) {
            for (int c = 0; c < geometry.channels(); c++) {
                for (int place = 0; place < places; place++) {
                    ordered[(place * geometry.channels() + c) * out + o] =
                            weights[(o * geometry.channels() + c) * places + place];
                }
            }
        }
        return new PlanBuilder.Convolved(
                tail.scaledBlocks(ordered, 1), tail.shifted(bias), tail.rectified, made(tail.end));
    }

    private void sequenceConvolution(Step step, Operation.SequenceConvolution of) {
        Value in = step.inputs().get(0);
        Geometry geometry = new Geometry(
                of.inFeatures(),
                1,
                in.shape().get(1),
                1,
                of.kernel(),
                1,
                of.stride(),
                1,
                of.dilation(),
                0,
                of.before(),
                1,
                step.output().shape().get(1),
                1,
                1);
        Tail tail = tail(step, of.outFeatures(), false);
        plan.convolution(geometry, slot(in), List.of(convolved(of.weights(), of.bias(), geometry, tail)));
    }

    private void dense(Step step, Operation.Dense dense) {
        Value in = step.inputs().get(0);
        Value source = flattened.get(in);
        float[] weights = dense.weights();
        if (source != null) {
            weights = new float[weights.length];
            int[] places = Storage.places(source.shape());
            for (int i = 0; i < places.length; i++) {
                System.arraycopy(dense.weights(), i * dense.out(), weights, places[i] * dense.out(), dense.out());
            }
        }
        Tail tail = tail(step, dense.out(), false);
        float[] scaled = tail.scaledBlocks(weights, 1);
        float[] bias = tail.shifted(dense.bias());
        int out = made(tail.end);
        if (!folded.addProduct(in, scaled, bias, tail.rectified, out)) {
            plan.product(1, scaled, bias, tail.rectified, slot(in), out, 1);
        }
    }

    private static float[] transposed(float[] matrix, int rows, int columns) {
        float[] transposed = new float[matrix.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                transposed[j * rows + i] = matrix[i * columns + j];
            }
        }
        return transposed;
    }

    private static PoolKind kind(Operation.PoolingKind kind) {
        return switch (kind) {
            case MAX -> PoolKind.MAX;
            case AVERAGE -> PoolKind.AVERAGE;
            case SUM -> PoolKind.SUM;
            case PNORM -> PoolKind.PNORM;
        };
    }

    private static CombineKind kind(Operation.Arithmetic arithmetic) {
        return switch (arithmetic) {
            case ADD -> CombineKind.ADD;
            case SUBTRACT -> CombineKind.SUBTRACT;
            case MULTIPLY -> CombineKind.MULTIPLY;
            case AVERAGE -> CombineKind.AVERAGE;
            case MAXIMUM -> CombineKind.MAXIMUM;
        };
    }

    private void weightedSum(Step step, Operation.WeightedSum sum) {
        int[] all = slotsOf(step.inputs());
        plan.weightedSum(
                sum.experts().stream().mapToInt(Integer::intValue).toArray(),
                all[0],
                Arrays.copyOfRange(all, 1, all.length),
                made(step.output()));
    }

    // ------------------------------------------------------------------ where numbers lie

    private static float[] placed(float[] values, List<Integer> shape) {
        int[] places = Storage.places(shape);
        float[] placed = new float[values.length];
        for (int c = 0; c < values.length; c++) {
            placed[places[c]] = values[c];
        }
        return placed;
    }

    /** Adds a copy that is said in c order: by number of the result which input, and which of its numbers. */
    private void copy(List<Value> in, int[] which, int[] from, Value out) {
        int[] target = Storage.places(out.shape());
        List<int[]> sources =
                in.stream().map(value -> Storage.places(value.shape())).toList();
        int[] whichOf = new int[which.length];
        int[] places = new int[which.length];
        for (int c = 0; c < which.length; c++) {
            whichOf[target[c]] = which[c];
            places[target[c]] = sources.get(which[c])[from[c]];
        }
        plan.copy(slotsOf(in), whichOf, places, made(out));
    }

    private void concatenate(Step step, int axis) {
        Value out = step.output();
        int[] which = new int[out.elements()];
        int[] from = new int[which.length];
        int inner = 1;
        for (int later = axis + 1; later < out.rank(); later++) {
            inner *= out.shape().get(later);
        }
        int line = inner * out.shape().get(axis);
        int before = 0;
        for (int i = 0; i < step.inputs().size(); i++) {
            int part = inner * step.inputs().get(i).shape().get(axis);
            for (int k = 0; k < step.inputs().get(i).elements(); k++) {
                int to = k / part * line + before + k % part;
                which[to] = i;
                from[to] = k;
            }
            before += part;
        }
        copy(step.inputs(), which, from, out);
    }

    private void slice(Value in, Operation.Slice slice, Value out) {
        int inner = 1;
        for (int later = slice.axis() + 1; later < in.rank(); later++) {
            inner *= in.shape().get(later);
        }
        int line = inner * in.shape().get(slice.axis());
        int part = inner * (slice.to() - slice.from());
        int[] from = new int[out.elements()];
        for (int k = 0; k < from.length; k++) {
            from[k] = k / part * line + slice.from() * inner + k % part;
        }
        copy(List.of(in), new int[from.length], from, out);
    }

    private void reshape(Value in, Value out) {
        if (Storage.isPlain(in.shape()) && Storage.isPlain(out.shape())) {
            slots.put(out, slot(in));
            return;
        }
        boolean ofProductsOnly = out.rank() == 1
                && !results.contains(out)
                && readers.getOrDefault(out, List.of()).stream()
                        .allMatch(reader -> reader.operation() instanceof Operation.Dense);
        if (ofProductsOnly) {
            slots.put(out, slot(in));
            flattened.put(out, in);
            return;
        }
        int[] from = new int[out.elements()];
        Arrays.setAll(from, c -> c);
        copy(List.of(in), new int[from.length], from, out);
    }

    private void transpose(Value in, List<Integer> order, Value out) {
        int rank = in.rank();
        int[] strides = new int[rank];
        int stride = 1;
        for (int d = rank - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= in.shape().get(d);
        }
        int[] from = new int[out.elements()];
        for (int c = 0; c < from.length; c++) {
            int rest = c;
            for (int d = rank - 1; d >= 0; d--) {
                from[c] += rest % out.shape().get(d) * strides[order.get(d)];
                rest /= out.shape().get(d);
            }
        }
        copy(List.of(in), new int[from.length], from, out);
    }
}
