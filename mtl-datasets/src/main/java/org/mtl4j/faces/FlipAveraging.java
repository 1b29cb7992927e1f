package org.mtl4j.faces;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.mtl4j.internal.data.Rows;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Asks a model about each face and about its mirror image, and averages what it says: usually a little better than
 * either, for twice the time.
 *
 * <pre>{@code
 * Function<INDArray, Predictions> averaged = FlipAveraging.of(model::predict);
 * }</pre>
 *
 * <p>Of the mirror image, landmarks are mirrored back (x becomes 1 - x, left and right points exchanged) and the
 * probabilities of left and right poses exchanged, and so on as the {@link FaceLayout} says; then both are averaged,
 * probabilities too.
 */
public final class FlipAveraging {

    private FlipAveraging() {}

    @FunctionalInterface
    private interface FaceTaskByName {
        FaceTask of(String name);
    }

    /**
     * Averages the predictions of a model that was trained on MTFL's layout.
     *
     * @param model from features {@code [batch, channels, height, width]} to predictions of tasks that are all in
     *     {@link FaceTask}, {@code [batch, outputs]} each; is called once, with the features and behind them their
     *     mirror images
     * @return a function that throws an {@link IllegalArgumentException} if the features have another rank, or a task
     *     is not about faces
     */
    public static Function<INDArray, Predictions> of(Function<INDArray, Predictions> model) {
        return of(FaceLayout.MTFL, model);
    }

    /**
     * Averages the predictions of a model.
     *
     * @param layout of the faces that it was trained on: says which points and classes change places
     * @param model from features {@code [batch, channels, height, width]} to predictions of tasks of the layout,
     *     {@code [batch, outputs]} each; is called once, with the features and behind them their mirror images
     * @return a function that throws an {@link IllegalArgumentException} if the features have another rank, or the
     *     layout has no such task
     */
    public static Function<INDArray, Predictions> of(FaceLayout layout, Function<INDArray, Predictions> model) {
        return of(layout::named, model);
    }

    /**
     * Averages the predictions of a model with tasks that a layout alone does not tell by their names, as those of
     * chosen attributes.
     *
     * @param tasks all that the model has
     * @param model as {@link #of(FaceLayout, Function)}
     * @return a function as {@link #of(FaceLayout, Function)}
     */
    public static Function<INDArray, Predictions> of(List<FaceTask> tasks, Function<INDArray, Predictions> model) {
        Map<String, FaceTask> byName = new LinkedHashMap<>();
        tasks.forEach(task -> byName.put(task.task().name(), task));
        return of(
                name -> {
                    FaceTask task = byName.get(name);
                    if (task == null) {
                        throw new IllegalArgumentException(
                                "the model has a task '%s', and given are %s".formatted(name, byName.keySet()));
                    }
                    return task;
                },
                model);
    }

    private static Function<INDArray, Predictions> of(FaceTaskByName tasks, Function<INDArray, Predictions> model) {
        return features -> {
            if (features.rank() != 4) {
                throw new IllegalArgumentException("faces are [batch, channels, height, width], got the shape "
                        + Arrays.toString(features.shape()));
            }
            Map<String, INDArray> both =
                    model.apply(Nd4j.concat(0, features, mirrored(features))).outputs();
            ImmutableMap.Builder<String, INDArray> averages = ImmutableMap.builder();
            both.forEach((name, outputs) -> averages.put(name, averaged(tasks.of(name), outputs)));
            return new Predictions(averages.buildOrThrow());
        };
    }

    /** {@return the features with their columns in reverse} */
    private static INDArray mirrored(INDArray features) {
        INDArray result = Nd4j.createUninitialized(features.dataType(), features.shape(), 'c');
        Nd4j.exec(DynamicCustomOp.builder("reverse")
                .addInputs(features)
                .addOutputs(result)
                .addIntegerArguments(3)
                .build());
        return result;
    }

    /** Averages the first half of the outputs with what the second half, those of the mirrored faces, says. */
    private static INDArray averaged(FaceTask task, INDArray outputs) {
        int faces = Math.toIntExact(outputs.size(0) / 2);
        double[] averages = task.averagedWithMirrored(Rows.numbers(outputs), faces);
        return Nd4j.create(averages, new long[] {faces, outputs.size(1)}, outputs.dataType());
    }
}
