package org.mtl4j.serving;

import com.google.common.collect.ImmutableMap;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.RowPrediction;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.task.Task;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Stands between callers and an {@link Engine}: checks what is given, counts calls, gathers small ones where the
 * options say so, and gives answers the form that is wanted. For who makes a predictor of an engine of their own.
 */
public final class EnginePredictor implements Predictor {
    private static final int ROWS_AT_A_TIME = 4096;

    /** Examples of the batch that a predictor warms up with. */
    private static final int WARM_BATCH = 32;

    /** Calls after which HotSpot has compiled the loops of a network; the time ends sooner for large ones. */
    private static final int WARM_CALLS = 2000;

    private static final long WARM_NANOSECONDS = 400_000_000;

    private final Signature signature;
    private final Engine engine;
    private final PredictorOptions options;
    private final ImmutableMap<String, String> properties;
    private final Optional<TableEncoding> encoding;
    private final FeaturesCheck check;
    private final CallsUnderWay calls;
    private final @Nullable Gathering gathering;
    private final int[] widths;

    private EnginePredictor(
            Signature signature,
            Engine engine,
            PredictorOptions options,
            Map<String, String> properties,
            Optional<TableEncoding> encoding) {
        this.signature = Objects.requireNonNull(signature, "signature");
        this.engine = Objects.requireNonNull(engine, "engine");
        this.options = Objects.requireNonNull(options, "options");
        this.properties = ImmutableMap.copyOf(properties);
        this.encoding = Objects.requireNonNull(encoding, "encoding");
        this.check = new FeaturesCheck(signature);
        this.calls = new CallsUnderWay(options.mostCalls(), engine::close);
        this.gathering = options.gathers() ? new Gathering(signature, engine, options) : null;
        this.widths = signature.tasks().stream().mapToInt(Task::outputs).toArray();
    }

    /**
     * {@return a predictor over an engine, which it closes}
     *
     * @param signature of the engine
     * @param options of which the engine knows the threads
     * @param properties what was kept with the model
     * @param encoding of the model
     */
    public static EnginePredictor of(
            Signature signature,
            Engine engine,
            PredictorOptions options,
            Map<String, String> properties,
            Optional<TableEncoding> encoding) {
        return new EnginePredictor(signature, engine, options, properties, encoding);
    }

    @Override
    public Signature signature() {
        return signature;
    }

    @Override
    public PredictorOptions options() {
        return options;
    }

    @Override
    public Map<String, String> properties() {
        return properties;
    }

    @Override
    public String engine() {
        return engine.description();
    }

    @Override
    public Optional<TableEncoding> encoding() {
        return encoding;
    }

    @Override
    public Outputs predict(float[] features) {
        requireOneInput();
        requireAllSteps();
        return answer(new FloatBuffer[] {FloatBuffer.wrap(features)}, null);
    }

    private void requireOneInput() {
        if (signature.inputs().size() > 1) {
            List<String> names = signature.inputNames();
            throw new IllegalArgumentException(
                    "the network has the inputs %s; give features for each: Features.of(\"%s\", ...).and(\"%s\", ...)"
                            .formatted(names, names.get(0), names.get(1)));
        }
    }

    private void requireAllSteps() {
        if (signature.needsMasks()) {
            throw new IllegalArgumentException(
                    "the model was trained on sequences of which some steps were masked, so it has to be told which"
                            + " steps are there: Features.of(input, numbers).withMask(input, steps), with 1 and 0 for"
                            + " each step of each example, or withAllSteps(); padding that is taken for steps gives"
                            + " other predictions than evaluate measures");
        }
    }

    @Override
    public Outputs predict(Features features) {
        if (!features.saysSteps()) {
            requireAllSteps();
        }
        requireNames(features.arrays().keySet(), features.masks().keySet());
        List<Signature.Input> inputs = signature.inputs();
        FloatBuffer[] arrays = new FloatBuffer[inputs.size()];
        @Nullable FloatBuffer[] masks = features.masks().isEmpty() ? null : new @Nullable FloatBuffer[inputs.size()];
        for (int i = 0; i < arrays.length; i++) {
            arrays[i] =
                    Objects.requireNonNull(features.arrays().get(inputs.get(i).name()));
            if (masks != null) {
                masks[i] = features.masks().get(inputs.get(i).name());
            }
        }
        return answer(arrays, masks);
    }

    private void requireNames(Set<String> given, Set<String> masks) {
        List<String> names = signature.inputNames();
        if (!given.equals(Set.copyOf(names))) {
            throw new IllegalArgumentException(
                    "features of %s, and the network has the inputs %s; each has one array".formatted(given, names));
        }
        for (String name : masks) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException(
                        "a mask for '%s', and the network has no such input; there are %s".formatted(name, names));
            }
        }
    }

    private Outputs answer(FloatBuffer[] features, @Nullable FloatBuffer @Nullable [] masks) {
        int examples = check.examples(features);
        float[][] values = new float[widths.length][];
        FloatBuffer[] outputs = new FloatBuffer[widths.length];
        for (int t = 0; t < widths.length; t++) {
            values[t] = new float[Math.multiplyExact(examples, widths[t])];
            outputs[t] = FloatBuffer.wrap(values[t]);
        }
        run(examples, features, masks, outputs);
        return new Outputs(signature, examples, values);
    }

    @Override
    public void predict(FloatBuffer[] features, FloatBuffer[] outputs) {
        requireAllSteps();
        int examples = check.examples(features);
        if (outputs.length != widths.length) {
            throw new IllegalArgumentException("there are buffers for %s outputs, and the network has the tasks %s"
                    .formatted(outputs.length, signature.taskNames()));
        }
        for (int t = 0; t < widths.length; t++) {
            if (outputs[t].remaining() < (long) examples * widths[t] || outputs[t].isReadOnly()) {
                throw new IllegalArgumentException("task '%s': the outputs of %s examples are [%s, %s], and there is %s"
                        .formatted(
                                signature.tasks().get(t).name(),
                                examples,
                                examples,
                                widths[t],
                                outputs[t].isReadOnly()
                                        ? "a buffer that may only be read"
                                        : "room for %s numbers".formatted(outputs[t].remaining())));
            }
        }
        run(examples, features, null, outputs);
    }

    private void run(
            int examples, FloatBuffer[] features, @Nullable FloatBuffer @Nullable [] masks, FloatBuffer[] outputs) {
        calls.enter();
        try {
            FloatBuffer[] shown = features;
            if (masks != null) {
                shown = features.clone();
                for (int i = 0; i < shown.length; i++) {
                    if (masks[i] != null) {
                        shown[i] = check.masked(i, features[i], masks[i], examples);
                    }
                }
            }
            if (options.refusesNotFinite()) {
                check.requireFinite(shown);
            }
            check.requireCodes(shown, examples);
            if (gathering != null && masks == null && examples < options.gathersAtMost()) {
                gathering.run(examples, shown, outputs);
            } else {
                engine.run(examples, shown, masks, outputs);
            }
        } finally {
            calls.leave();
        }
    }

    @Override
    public Predictions predict(INDArray features) {
        requireOneInput();
        requireAllSteps();
        return answer(new FloatBuffer[] {numbers(0, features)}, null).toPredictions();
    }

    @Override
    public Predictions predict(Map<String, INDArray> features, Map<String, INDArray> masks) {
        requireNames(features.keySet(), masks.keySet());
        List<Signature.Input> inputs = signature.inputs();
        FloatBuffer[] arrays = new FloatBuffer[inputs.size()];
        @Nullable FloatBuffer[] steps = masks.isEmpty() ? null : new @Nullable FloatBuffer[inputs.size()];
        for (int i = 0; i < arrays.length; i++) {
            INDArray array = Objects.requireNonNull(features.get(inputs.get(i).name()));
            arrays[i] = numbers(i, array);
            INDArray mask = masks.get(inputs.get(i).name());
            if (steps != null && mask != null) {
                steps[i] = steps(i, array.size(0), mask);
            }
        }
        return answer(arrays, steps).toPredictions();
    }

    private FloatBuffer numbers(int input, INDArray array) {
        Signature.Input of = signature.inputs().get(input);
        long[] shape = of.shape().batch(array.rank() == 0 ? 0 : array.size(0));
        if (shape[0] == 0 || !Arrays.equals(shape, array.shape())) {
            throw new IllegalArgumentException("%sfeatures must be [batch, %s, got %s"
                    .formatted(
                            signature.inputs().size() == 1 ? "" : "input '%s': ".formatted(of.name()),
                            Arrays.toString(of.shape().batch(1)).substring(4),
                            Arrays.toString(array.shape())));
        }
        return FloatBuffer.wrap(Rows.floats(array));
    }

    private FloatBuffer steps(int input, long examples, INDArray mask) {
        Signature.Input of = signature.inputs().get(input);
        if (of.steps() > 0 && (mask.rank() != 2 || mask.size(0) != examples || mask.size(1) != of.steps())) {
            throw new IllegalArgumentException("%sthe mask of the features must be [%s, %s], got %s"
                    .formatted(
                            signature.inputs().size() == 1 ? "" : "input '%s': ".formatted(of.name()),
                            examples,
                            of.steps(),
                            Arrays.toString(mask.shape())));
        }
        return FloatBuffer.wrap(Rows.floats(mask));
    }

    @Override
    public List<RowPrediction> predictRows(List<?> rows) {
        TableEncoding by = encoding.orElseThrow(() -> new IllegalStateException(
                "the model has no encoding of a table, by which rows of raw values become what it reads; it keeps that"
                        + " of a table's batches that it is trained on, or is given one by setEncoding"));
        List<RowPrediction> answers = new ArrayList<>(rows.size());
        for (int from = 0; from < rows.size(); from += ROWS_AT_A_TIME) {
            int to = Math.min(rows.size(), from + ROWS_AT_A_TIME);
            Map<String, float[][]> encoded = by.numbersOf(rows.subList(from, to), from);
            FloatBuffer[] features = signature.inputs().stream()
                    .map(input -> encoded.getOrDefault(
                            input.name(), encoded.values().iterator().next()))
                    .map(EnginePredictor::joined)
                    .toArray(FloatBuffer[]::new);
            Outputs outputs = answer(features, null);
            for (int row = 0; row < to - from; row++) {
                int of = row;
                answers.add(by.prediction(
                        signature.tasks(),
                        signature.tasks().stream()
                                .map(task -> widened(outputs.of(task.name(), of)))
                                .toList()));
            }
        }
        return answers;
    }

    private static FloatBuffer joined(float[][] rows) {
        FloatBuffer all = FloatBuffer.allocate(rows.length * rows[0].length);
        for (float[] row : rows) {
            all.put(row);
        }
        return all.flip();
    }

    private static double[] widened(float[] numbers) {
        double[] wide = new double[numbers.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = numbers[i];
        }
        return wide;
    }

    @Override
    public void warmUp() {
        warmUp(1);
        warmUp(WARM_BATCH);
    }

    private void warmUp(int examples) {
        FloatBuffer[] features = signature.inputs().stream()
                .map(input -> FloatBuffer.allocate(examples * input.elements()))
                .toArray(FloatBuffer[]::new);
        FloatBuffer[] outputs = Arrays.stream(widths)
                .mapToObj(width -> FloatBuffer.allocate(examples * width))
                .toArray(FloatBuffer[]::new);
        long start = System.nanoTime();
        for (int call = 0; call < WARM_CALLS && System.nanoTime() - start < WARM_NANOSECONDS; call++) {
            calls.enter();
            try {
                engine.run(examples, features, null, outputs);
            } finally {
                calls.leave();
            }
        }
    }

    @Override
    public void close() {
        calls.close();
    }

    /** Says which engine it is, and the options. */
    @Override
    public String toString() {
        return "Predictor of %s for %s: %s, %s"
                .formatted(signature.taskNames(), signature.inputNames(), engine(), options);
    }
}
