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
 * per channel, relatedness as a part of the loss, Adam.
 */
final class DjlSide {
    private static final int[] CHANNELS = {20, 40, 60, 80};
    private static final int[] KERNELS = {4, 3, 3, 2};
    private static final int POOLS = 3;
    private static final int TOWERS = 2;
    private static final int SIZE = 39;
    private static final int FLAT = 320;
    private static final int DENSE = 120;
    private static final int OUTPUTS = 10;
    private static final int BATCH = 128;

    private static final int STEPS = 12;
    private static final int ROUNDS = 7;
    private static final int WARM_UP = 25;

    private final boolean stitched;
    private final boolean related;
    private final Engine engine = Engine.getInstance();
    private final Map<String, NDArray> parameters = new LinkedHashMap<>();
    private final Optimizer adam =
            Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-3f)).build();

    private DjlSide(String sharing, NDManager manager) {
        stitched = !sharing.equals("NOTHING");
        related = sharing.equals("STITCHES_AND_RELATEDNESS");
        for (int tower = 0; tower < TOWERS; tower++) {
            int inputs = 1;
            for (int i = 0; i < CHANNELS.length; i++) {
                float scale = (float) (1 / Math.sqrt(inputs * KERNELS[i] * KERNELS[i]));
                random(manager, tower + "conv" + i, scale, CHANNELS[i], inputs, KERNELS[i], KERNELS[i]);
                random(manager, tower + "conv" + i + "bias", scale, CHANNELS[i]);
                inputs = CHANNELS[i];
            }
            random(manager, tower + "fc", 0.05f, DENSE, FLAT);
            random(manager, tower + "fcbias", 0.05f, DENSE);
            random(manager, tower + "out", 0.09f, OUTPUTS, DENSE);
            random(manager, tower + "outbias", 0.09f, OUTPUTS);
        }
        for (int i = 0; stitched && i < CHANNELS.length; i++) {
            for (int to = 0; to < TOWERS; to++) {
                for (int from = 0; from < TOWERS; from++) {
                    parameters.put(
                            stitch(i, to, from),
                            manager.full(new Shape(1, CHANNELS[i], 1, 1), to == from ? 0.9f : 0.1f));
                }
            }
        }
        parameters.values().forEach(parameter -> parameter.setRequiresGradient(true));
    }

    private void random(NDManager manager, String name, float scale, long... shape) {
        parameters.put(name, manager.randomUniform(-scale, scale, new Shape(shape)));
    }

    private static String stitch(int stage, int to, int from) {
        return "stitch" + stage + to + from;
    }

    private NDList forward(NDArray input) {
        NDArray[] a = new NDArray[TOWERS];
        Arrays.fill(a, input);
        for (int i = 0; i < CHANNELS.length; i++) {
            for (int tower = 0; tower < TOWERS; tower++) {
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
                a = new NDArray[] {mixed(a, i, 0), mixed(a, i, 1)};
            }
        }
        NDList outputs = new NDList();
        for (int tower = 0; tower < TOWERS; tower++) {
            NDArray flat = a[tower].reshape(a[tower].getShape().get(0), -1);
            NDArray dense = Activation.relu(
                    Linear.linear(flat, parameters.get(tower + "fc"), parameters.get(tower + "fcbias"))
                            .singletonOrThrow());
            outputs.add(Linear.linear(dense, parameters.get(tower + "out"), parameters.get(tower + "outbias"))
                    .singletonOrThrow());
        }
        return outputs;
    }

    private NDArray mixed(NDArray[] a, int stage, int to) {
        return a[0].mul(parameters.get(stitch(stage, to, 0)))
                .add(a[1].mul(parameters.get(stitch(stage, to, 1))));
    }

    private NDArray loss(NDArray features, NDArray... labels) {
        NDList outputs = forward(features);
        NDArray loss = outputs.get(0)
                .sub(labels[0])
                .square()
                .mean()
                .add(outputs.get(1).sub(labels[1]).square().mean());
        for (String layer : related ? List.of("conv0", "conv1", "conv2", "conv3", "fc") : List.<String>of()) {
            NDArray distance = parameters.get("0" + layer).sub(parameters.get("1" + layer));
            loss = loss.add(distance.square().sum().mul(1e-3f));
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
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < times; i++) {
                work.run();
            }
            if (round >= 0) {
                perSecond[round] = images * times / ((System.nanoTime() - start) / 1e9);
            }
        }
        Arrays.sort(perSecond);
        System.out.printf(Locale.ROOT, "%s %.1f%n", name, perSecond[ROUNDS / 2]);
    }

    public static void main(String[] arguments) throws IOException {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            DjlSide side = new DjlSide(arguments[0], manager);
            System.out.printf(
                    "is DJL %s with the official build of PyTorch %s%n",
                    Engine.getDjlVersion(), side.engine.getVersion());
            NDArray batch = manager.randomUniform(0, 1, new Shape(BATCH, 1, SIZE, SIZE));
            NDArray one = manager.randomUniform(0, 1, new Shape(1, 1, SIZE, SIZE));
            NDArray[] labels = {
                manager.randomUniform(0, 1, new Shape(BATCH, OUTPUTS)),
                manager.randomUniform(0, 1, new Shape(BATCH, OUTPUTS))
            };
            measure("train", BATCH, STEPS, () -> side.step(manager, batch, labels));
            side.parameters.values().forEach(parameter -> parameter.setRequiresGradient(false));
            measure("predict128", BATCH, 20, () -> side.predict(manager, batch));
            measure("predict1", 1, 200, () -> side.predict(manager, one));
        }
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM")) {
                System.out.println("megabytes " + Long.parseLong(line.replaceAll("\\D", "")) / 1024.0);
            }
        }
    }
}
