package org.mtl4j.benchmarks.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The side of {@code compare.py} that is DJL with PyTorch: the poster's network, by the operations that both have, and
 * the lines that {@code SideBySide} prints. Two towers on 39x39 gray faces, convolutions, poolings, cross-stitch units
 * per channel, relatedness as a part of the loss, Adam. With three numbers, those that {@code CostGrowth} takes, it
 * measures a training step of so many towers, examples and pixels, and prints milliseconds and megabytes.
 */
final class DjlSide {
    private static final int[] CHANNELS = {20, 40, 60, 80};
    private static final int[] KERNELS = {4, 3, 3, 2};
    private static final int POOLS = 3;
    private static final int TOWERS = 2;
    private static final int SIZE = 39;
    private static final int DENSE = 120;
    private static final int OUTPUTS = 10;
    private static final int BATCH = 128;

    private static final int STEPS = 12;
    private static final int ROUNDS = 7;
    private static final int WARM_UP = 25;

    private static final int GROWTH_EPOCHS = 7;
    private static final int STEPS_PER_EPOCH = 12;
    private static final double WARM_UP_SECONDS = 20;

    private final int towers;
    private final boolean stitched;
    private final boolean related;
    private final Engine engine = Engine.getInstance();
    private final Map<String, NDArray> parameters = new LinkedHashMap<>();
    private final Optimizer adam =
            Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).build();

    private DjlSide(String sharing, int towers, int size, NDManager manager) {
        this.towers = towers;
        stitched = !sharing.equals("NOTHING");
        related = sharing.equals("STITCHES_AND_RELATEDNESS");
        for (int tower = 0; tower < towers; tower++) {
            int inputs = 1;
            for (int i = 0; i < CHANNELS.length; i++) {
                float scale = (float) (1 / Math.sqrt(inputs * KERNELS[i] * KERNELS[i]));
                random(manager, tower + "conv" + i, scale, CHANNELS[i], inputs, KERNELS[i], KERNELS[i]);
                random(manager, tower + "conv" + i + "bias", scale, CHANNELS[i]);
                inputs = CHANNELS[i];
            }
            random(manager, tower + "fc", 0.05f, DENSE, flat(size));
            random(manager, tower + "fcbias", 0.05f, DENSE);
            random(manager, tower + "out", 0.09f, OUTPUTS, DENSE);
            random(manager, tower + "outbias", 0.09f, OUTPUTS);
        }
        for (int i = 0; stitched && i < CHANNELS.length; i++) {
            for (int to = 0; to < towers; to++) {
                for (int from = 0; from < towers; from++) {
                    parameters.put(
                            stitch(i, to, from),
                            manager.full(new Shape(1, CHANNELS[i], 1, 1), to == from ? 0.9f : 0.1f / (towers - 1)));
                }
            }
        }
        parameters.values().forEach(parameter -> parameter.setRequiresGradient(true));
    }

    /** {@return how many numbers the last convolution leaves of an image} */
    private static int flat(int size) {
        int left = size;
        for (int i = 0; i < KERNELS.length; i++) {
            left -= KERNELS[i] - 1;
            left = i < POOLS ? left / 2 : left;
        }
        return CHANNELS[CHANNELS.length - 1] * left * left;
    }

    private void random(NDManager manager, String name, float scale, long... shape) {
        parameters.put(name, manager.randomUniform(-scale, scale, new Shape(shape)));
    }

    private static String stitch(int stage, int to, int from) {
        return "stitch" + stage + to + from;
    }

    private NDList forward(NDArray input) {
        NDArray[] a = new NDArray[towers];
        Arrays.fill(a, input);
        for (int i = 0; i < CHANNELS.length; i++) {
            for (int tower = 0; tower < towers; tower++) {
                NDArray convolved = Conv2d.conv2d(
                                a[tower],
                                parameters.get(tower + "conv" + i),
                                parameters.get(tower + "conv" + i + "bias"),
                                new Shape(1, 1),
                                new Shape(0, 0),
                                new Shape(1, 1),
                                1)
                        .singletonOrThrow();
                a[tower] = Activation.relu(convolved);
                if (i < POOLS) {
                    a[tower] = a[tower].getNDArrayInternal()
                            .maxPool(new Shape(2, 2), new Shape(2, 2), new Shape(0, 0), false);
                }
            }
            if (stitched) {
                NDArray[] mixed = new NDArray[towers];
                for (int tower = 0; tower < towers; tower++) {
                    mixed[tower] = mixed(a, i, tower);
                }
                a = mixed;
            }
        }
        NDList outputs = new NDList();
        for (int tower = 0; tower < towers; tower++) {
            NDArray flat = a[tower].reshape(a[tower].getShape().get(0), -1);
            NDArray dense =
                    Activation.relu(Linear.linear(flat, parameters.get(tower + "fc"), parameters.get(tower + "fcbias"))
                            .singletonOrThrow());
            outputs.add(Linear.linear(dense, parameters.get(tower + "out"), parameters.get(tower + "outbias"))
                    .singletonOrThrow());
        }
        return outputs;
    }

    private NDArray mixed(NDArray[] a, int stage, int to) {
        NDArray sum = a[0].mul(parameters.get(stitch(stage, to, 0)));
        for (int from = 1; from < towers; from++) {
            sum = sum.add(a[from].mul(parameters.get(stitch(stage, to, from))));
        }
        return sum;
    }

    private NDArray loss(NDArray features, NDArray... labels) {
        NDList outputs = forward(features);
        NDArray loss = outputs.get(0).sub(labels[0]).square().mean();
        for (int tower = 1; tower < towers; tower++) {
            loss = loss.add(outputs.get(tower).sub(labels[tower]).square().mean());
        }
        for (String layer : related ? List.of("conv0", "conv1", "conv2", "conv3", "fc") : List.<String>of()) {
            for (int one = 0; one < towers; one++) {
                for (int other = one + 1; other < towers; other++) {
                    NDArray distance = parameters.get(one + layer).sub(parameters.get(other + layer));
                    loss = loss.add(distance.square().sum().mul(1e-3f));
                }
            }
        }
        return loss;
    }

    private void step(NDManager manager, NDArray features, NDArray... labels) {
        try (NDManager scope = manager.newSubManager()) {
            features.attach(scope);
            Arrays.stream(labels).forEach(label -> label.attach(scope));
            parameters.values().forEach(parameter -> parameter.attach(scope));
            try (GradientCollector collector = engine.newGradientCollector()) {
                collector.backward(loss(features, labels));
            }
            parameters.forEach((name, parameter) -> {
                try (NDArray gradient = parameter.getGradient()) {
                    adam.update(name, parameter, gradient);
                }
            });
            features.attach(manager);
            Arrays.stream(labels).forEach(label -> label.attach(manager));
            parameters.values().forEach(parameter -> parameter.attach(manager));
        }
    }

    private void predict(NDManager manager, NDArray features) {
        try (NDManager scope = manager.newSubManager()) {
            features.attach(scope);
            parameters.values().forEach(parameter -> parameter.attach(scope));
            forward(features).forEach(NDArray::toFloatArray);
            features.attach(manager);
            parameters.values().forEach(parameter -> parameter.attach(manager));
        }
    }

    private static void measure(String name, int images, int times, Runnable work) {
        double[] perSecond = new double[ROUNDS];
        long warm = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        int round = -WARM_UP;
        while (round < ROUNDS) {
            long start = System.nanoTime();
            for (int i = 0; i < times; i++) {
                work.run();
            }
            if (round >= 0) {
                perSecond[round] = images * times / ((System.nanoTime() - start) / 1e9);
            }
            round += round == -1 && System.nanoTime() < warm ? 0 : 1;
        }
        Arrays.sort(perSecond);
        System.out.printf(Locale.ROOT, "%s %.1f%n", name, perSecond[ROUNDS / 2]);
    }

    private static NDArray[] labels(NDManager manager, int towers, int batch) {
        NDArray[] labels = new NDArray[towers];
        for (int tower = 0; tower < towers; tower++) {
            labels[tower] = manager.randomUniform(0, 1, new Shape(batch, OUTPUTS));
        }
        return labels;
    }

    public static void main(String[] arguments) throws IOException {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            if (arguments.length == 3) {
                int[] numbers =
                        Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
                measureStep(manager, numbers[0], numbers[1], numbers[2]);
                return;
            }
            System.out.printf(
                    "is DJL %s with the official build of PyTorch %s%n",
                    Engine.getDjlVersion(), Engine.getInstance().getVersion());
            if (arguments[0].equals("ADULT")) {
                DjlTable table = new DjlTable(manager);
                measure("train", DjlTable.ROWS, 120, () -> table.step(manager));
                table.stopTraining();
                measure("predict256", DjlTable.ROWS, 120, () -> table.predict(manager));
            } else {
                faces(manager, arguments[0]);
            }
        }
        System.out.println("megabytes " + megabytes());
    }

    private static void faces(NDManager manager, String sharing) {
        DjlSide side = new DjlSide(sharing, TOWERS, SIZE, manager);
        NDArray batch = manager.randomUniform(0, 1, new Shape(BATCH, 1, SIZE, SIZE));
        NDArray one = manager.randomUniform(0, 1, new Shape(1, 1, SIZE, SIZE));
        NDArray[] labels = labels(manager, TOWERS, BATCH);
        measure("train", BATCH, STEPS, () -> side.step(manager, batch, labels));
        side.parameters.values().forEach(parameter -> parameter.setRequiresGradient(false));
        measure("predict128", BATCH, 20, () -> side.predict(manager, batch));
        measure("predict1", 1, 200, () -> side.predict(manager, one));
    }

    private static void measureStep(NDManager manager, int towers, int examples, int size) throws IOException {
        DjlSide side = new DjlSide("STITCHES_AND_RELATEDNESS", towers, size, manager);
        NDArray batch = manager.randomUniform(0, 1, new Shape(examples, 1, size, size));
        NDArray[] labels = labels(manager, towers, examples);
        long warm = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        while (System.nanoTime() < warm) {
            side.step(manager, batch, labels);
        }
        double[] milliseconds = new double[GROWTH_EPOCHS];
        for (int epoch = 0; epoch < GROWTH_EPOCHS; epoch++) {
            long start = System.nanoTime();
            for (int i = 0; i < STEPS_PER_EPOCH; i++) {
                side.step(manager, batch, labels);
            }
            milliseconds[epoch] = (System.nanoTime() - start) / 1e6 / STEPS_PER_EPOCH;
        }
        Arrays.sort(milliseconds);
        System.out.printf(Locale.ROOT, "%.3f %.0f%n", milliseconds[GROWTH_EPOCHS / 2], megabytes());
    }

    private static double megabytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        return Double.NaN;
    }
}
