package org.mtl4j.benchmarks.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * The network of the Adult table, as {@code AdultNetwork} has it: eight categories with embeddings of 16, five numbers,
 * layers of 128 and 128 below towers of 64 and 32 for two tasks of two classes. All embeddings are one table here, so
 * that they are one operation, which PyTorch is faster with than with eight.
 */
final class DjlTable {
    static final int ROWS = 256;

    private static final int[] CATEGORIES = {75, 10, 18, 16, 8, 7, 4, 43};
    private static final int NUMBERS = 5;
    private static final int DIMENSION = 16;
    private static final int[] TRUNK = {128, 128};
    private static final int[] TOWER = {64, 32};
    private static final int TASKS = 2;
    private static final int CLASSES = 2;

    private final Map<String, NDArray> parameters = new LinkedHashMap<>();
    private final Optimizer adam =
            Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).build();
    private final NDArray codes;
    private final NDArray numbers;
    private final NDArray[] labels = new NDArray[TASKS];

    DjlTable(NDManager manager) {
        int all = 0;
        Random random = new Random(1);
        long[] drawn = new long[ROWS * CATEGORIES.length];
        for (int c = 0; c < CATEGORIES.length; c++) {
            for (int row = 0; row < ROWS; row++) {
                drawn[row * CATEGORIES.length + c] = all + random.nextInt(CATEGORIES[c]);
            }
            all += CATEGORIES[c];
        }
        codes = manager.create(drawn, new Shape(ROWS, CATEGORIES.length));
        numbers = manager.randomNormal(new Shape(ROWS, NUMBERS));
        parameters.put("embedding", manager.randomUniform(-0.1f, 0.1f, new Shape(all, DIMENSION)));
        int width = layers(manager, "trunk", CATEGORIES.length * DIMENSION + NUMBERS, TRUNK);
        for (int task = 0; task < TASKS; task++) {
            layer(manager, "out" + task, layers(manager, "tower" + task, width, TOWER), CLASSES);
            NDArray classes = manager.randomInteger(0, CLASSES, new Shape(ROWS), DataType.INT64);
            labels[task] = classes.oneHot(CLASSES);
        }
        parameters.values().forEach(parameter -> parameter.setRequiresGradient(true));
    }

    private int layers(NDManager manager, String name, int inputs, int... units) {
        int width = inputs;
        for (int i = 0; i < units.length; i++) {
            layer(manager, name + i, width, units[i]);
            width = units[i];
        }
        return width;
    }

    private void layer(NDManager manager, String name, int inputs, int units) {
        float scale = (float) (1 / Math.sqrt(inputs));
        parameters.put(name, manager.randomUniform(-scale, scale, new Shape(units, inputs)));
        parameters.put(name + "bias", manager.zeros(new Shape(units)));
    }

    private NDArray linear(NDArray input, String name) {
        return Linear.linear(input, parameters.get(name), parameters.get(name + "bias"))
                .singletonOrThrow();
    }

    private NDArray stack(NDArray input, String name, int... units) {
        NDArray a = input;
        for (int i = 0; i < units.length; i++) {
            a = Activation.relu(linear(a, name + i));
        }
        return a;
    }

    private NDList forward() {
        NDArray rows = Embedding.embedding(codes, parameters.get("embedding"), SparseFormat.DENSE)
                .singletonOrThrow()
                .reshape(ROWS, CATEGORIES.length * DIMENSION);
        NDArray shared = stack(rows.concat(numbers, 1), "trunk", TRUNK);
        NDList outputs = new NDList();
        for (int task = 0; task < TASKS; task++) {
            outputs.add(linear(stack(shared, "tower" + task, TOWER), "out" + task));
        }
        return outputs;
    }

    private NDArray loss() {
        NDList outputs = forward();
        NDArray loss = crossEntropy(outputs.get(0), labels[0]);
        for (int task = 1; task < TASKS; task++) {
            loss = loss.add(crossEntropy(outputs.get(task), labels[task]));
        }
        return loss;
    }

    private static NDArray crossEntropy(NDArray output, NDArray label) {
        return output.logSoftmax(1).mul(label).sum().mul(-1f / ROWS);
    }

    private void attach(NDManager manager) {
        codes.attach(manager);
        numbers.attach(manager);
        for (NDArray label : labels) {
            label.attach(manager);
        }
        parameters.values().forEach(parameter -> parameter.attach(manager));
    }

    void step(NDManager manager) {
        try (NDManager scope = manager.newSubManager()) {
            attach(scope);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.backward(loss());
            }
            parameters.forEach((name, parameter) -> {
                try (NDArray gradient = parameter.getGradient()) {
                    adam.update(name, parameter, gradient);
                }
            });
            attach(manager);
        }
    }

    void stopTraining() {
        parameters.values().forEach(parameter -> parameter.setRequiresGradient(false));
    }

    void predict(NDManager manager) {
        try (NDManager scope = manager.newSubManager()) {
            attach(scope);
            forward().forEach(NDArray::toFloatArray);
            attach(manager);
        }
    }
}
