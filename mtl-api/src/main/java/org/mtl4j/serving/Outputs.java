package org.mtl4j.serving;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.mtl4j.task.Task;
import org.mtl4j.task.TaskKind;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a predictor answers for some examples, by task: values for regression, class probabilities for multi-class,
 * label probabilities for multi-label tasks.
 */
public final class Outputs {
    private final Signature signature;
    private final int examples;
    private final float[][] values;

    /** @param values per task in the order of the signature {@code [examples, outputs]}; kept, not copied */
    Outputs(Signature signature, int examples, float[][] values) {
        this.signature = signature;
        this.examples = examples;
        this.values = values;
    }

    /** {@return of how many examples they are} */
    public int examples() {
        return examples;
    }

    /** {@return the names of the tasks, in the order of the signature} */
    public List<String> tasks() {
        return signature.taskNames();
    }

    /**
     * {@return the outputs of a task, {@code [examples, outputs]}, example by example} The array is the caller's: no
     * other call gives it.
     *
     * @throws IllegalArgumentException if there is no such task
     */
    public float[] of(String task) {
        return values[signature.indexOf(task)];
    }

    /**
     * {@return the outputs of a task for one example, a copy}
     *
     * @param example counted from 0
     * @throws IllegalArgumentException if there is no such task or example
     */
    public float[] of(String task, int example) {
        float[] all = of(task);
        requireExample(example);
        int width = all.length / examples;
        return Arrays.copyOfRange(all, example * width, (example + 1) * width);
    }

    private void requireExample(int example) {
        if (example < 0 || example >= examples) {
            throw new IllegalArgumentException(
                    "no example %s; there are %s, counted from 0".formatted(example, examples));
        }
    }

    /**
     * {@return the most probable class of an example, the first of equal ones; -1 if no probability is a number}
     *
     * @param example counted from 0
     * @throws IllegalArgumentException if there is no such example, or no such task of one class of several
     */
    public int classOf(String task, int example) {
        Task asked = signature.tasks().get(signature.indexOf(task));
        if (asked.kind() != TaskKind.MULTI_CLASS) {
            throw new IllegalArgumentException(
                    "task '%s' is not one class of several but %s".formatted(task, asked.kind()));
        }
        requireExample(example);
        float[] all = of(task);
        int best = -1;
        for (int i = 0; i < asked.outputs(); i++) {
            float probability = all[example * asked.outputs() + i];
            if (best < 0 ? !Float.isNaN(probability) : probability > all[example * asked.outputs() + best]) {
                best = i;
            }
        }
        return best;
    }

    /** {@return what {@link #classOf} finds, by the class's name; throws as that does} */
    public String classNameOf(String task, int example) {
        int best = classOf(task, example);
        return best < 0
                ? "none"
                : signature.tasks().get(signature.indexOf(task)).className(best);
    }

    /** {@return the same as ND4J's arrays, as a model's {@code predict} gives them; needs an ND4J backend} */
    public Predictions toPredictions() {
        ImmutableMap.Builder<String, org.nd4j.linalg.api.ndarray.INDArray> byTask = ImmutableMap.builder();
        for (int t = 0; t < values.length; t++) {
            long[] shape = {examples, values[t].length / examples};
            byTask.put(signature.tasks().get(t).name(), Nd4j.create(values[t], shape, 'c'));
        }
        return new Predictions(byTask.buildOrThrow());
    }

    /** Shows the outputs of the first example by task. */
    @Override
    public String toString() {
        ImmutableMap.Builder<String, String> shown = ImmutableMap.builder();
        for (String task : tasks()) {
            shown.put(task, Arrays.toString(of(task, 0)));
        }
        Map<String, String> first = shown.buildOrThrow();
        return examples == 1 ? first.toString() : "%s examples, the first %s".formatted(examples, first);
    }
}
