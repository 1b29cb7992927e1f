package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.mtl4j.dl4j.ComputeEnvironment;
import org.nd4j.linalg.api.blas.Blas;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * How fast OpenBLAS multiplies matrices with one set of kernels, in billions of multiplications with an addition a
 * second.
 *
 * @param kernels the processor that they are for, as OpenBLAS calls it; "unknown" if it could not be looked at
 * @param oneThread the speed on one thread
 * @param allThreads the speed on as many as there are processors; that of one thread where there is one
 */
record ProductSpeed(String kernels, double oneThread, double allThreads) {
    private static final String VARIABLE = "OPENBLAS_CORETYPE";

    /** Rows and columns: as much work as the convolutions of one batch, in the second cache. */
    private static final int SIZE = 384;

    private static final double WARM_UP = 0.3;

    /**
     * Measures and prints, as the program of a process of its own, in which OpenBLAS is loaded anew.
     *
     * @param arguments seconds, and the data type
     */
    public static void main(String[] arguments) {
        double seconds = Double.parseDouble(arguments[0]);
        DataType type = DataType.valueOf(arguments[1]);
        String kernels = ComputeEnvironment.current().blasKernels().orElse("unknown");
        Blas blas = Nd4j.factory().blas();
        int processors = Runtime.getRuntime().availableProcessors();
        blas.setMaxThreads(1);
        double one = speed(processors > 1 ? seconds / 2 : seconds, type);
        double all = one;
        if (processors > 1) {
            blas.setMaxThreads(processors);
            all = speed(seconds / 2, type);
        }
        System.out.printf(Locale.ROOT, "kernels %s %.3f %.3f%n", kernels, one, all);
        System.exit(0);
    }

    private static double speed(double seconds, DataType type) {
        INDArray a = Nd4j.rand(type, SIZE, SIZE);
        INDArray b = Nd4j.rand(type, SIZE, SIZE);
        INDArray c = Nd4j.createUninitialized(type, new long[] {SIZE, SIZE}, 'f');
        long start = System.nanoTime();
        long counted = 0;
        double from = 0;
        double now = 0;
        while (now < seconds || counted == 0) {
            Nd4j.gemm(a, b, c, false, false, 1, 0);
            now = (System.nanoTime() - start) / 1e9;
            if (now < WARM_UP * seconds) {
                from = now;
            } else {
                counted++;
            }
        }
        return counted * Math.pow(SIZE, 3) / (now - from) / 1e9;
    }

    /**
     * Measures the kernels that OpenBLAS takes as things are, and each of some others, in turn, in processes of their
     * own with this one's class path.
     *
     * @param others what to set {@code OPENBLAS_CORETYPE} to
     * @param seconds for each
     * @return first those that it takes by itself; those of which the process has failed are left out; none, if it is
     *     the first
     */
    static List<ProductSpeed> ofEach(List<String> others, double seconds, DataType type) {
        List<ProductSpeed> speeds = new ArrayList<>();
        measure(Optional.empty(), seconds, type).ifPresent(speeds::add);
        if (speeds.isEmpty()) {
            return speeds; // none of the others is the one in use
        }
        for (String kernels : others) {
            if (speeds.stream().noneMatch(speed -> speed.kernels().equalsIgnoreCase(kernels))) {
                measure(Optional.of(kernels), seconds, type).ifPresent(speeds::add);
            }
        }
        return speeds;
    }

    private static Optional<ProductSpeed> measure(Optional<String> kernels, double seconds, DataType type) {
        ProcessBuilder java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ProductSpeed.class.getName(),
                        Double.toString(seconds),
                        type.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        kernels.ifPresent(name -> java.environment().put(VARIABLE, name));
        try {
            Process process = java.start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0
                    ? output.lines().flatMap(line -> parse(line).stream()).findFirst()
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // no second process here
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Reads the line that {@link #main} prints; empty if it is another. */
    static Optional<ProductSpeed> parse(String line) {
        String[] words = line.split(" ");
        return words.length == 4 && words[0].equals("kernels")
                ? Optional.of(new ProductSpeed(words[1], Double.parseDouble(words[2]), Double.parseDouble(words[3])))
                : Optional.empty();
    }
}
