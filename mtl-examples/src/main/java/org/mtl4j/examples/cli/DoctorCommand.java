package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.deeplearning4j.nn.api.Layer;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.examples.report.EnumName;
import org.mtl4j.examples.report.Problem;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says what ND4J runs on here, what is known to be slow, and how fast it is. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description =
                "Says what training would run on here, warns about what is known to be slow or to fail, with what to do"
                        + " about it, and measures the speed for ten seconds, and products of matrices, by each set of"
                        + " OpenBLAS's kernels that this processor can run, for two seconds each.")
final class DoctorCommand implements Callable<Integer> {
    /** The layers of which the library has faster ones of its own. */
    private static final List<Class<? extends Layer>> SLOW_ON_CPU = List.of(
            org.deeplearning4j.nn.layers.convolution.ConvolutionLayer.class,
            org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingLayer.class,
            org.deeplearning4j.nn.layers.normalization.BatchNormalization.class);

    /** What is faster by less than this may be noise. */
    private static final double WORTH_SAYING = 1.1;

    /** How long products are measured for each set of kernels, at most. */
    private static final double SECONDS_OF_PRODUCTS = 2;

    /** And which part of the time that the user gives. */
    private static final double PART_OF_PRODUCTS = 0.2;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--seconds",
            defaultValue = "10",
            description = "how long training is measured, about; each set of kernels has a fifth of it besides, at most"
                    + " two seconds; 0 for not at all (default: ${DEFAULT-VALUE})")
    private double seconds;

    @Option(
            names = "--data-type",
            defaultValue = "float",
            description = "what is computed in: float, double or half (default: ${DEFAULT-VALUE})")
    private DataType dataType;

    @Option(
            names = "--model",
            paramLabel = "FILE",
            description =
                    "a saved model, to be searched for layers that are slow on this machine, and for which engines"
                            + " can predict")
    private Path model;

    @Override
    public Integer call() {
        if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
            throw new ParameterException(spec.commandLine(), "--seconds must be finite and at least 0, got " + seconds);
        }
        PrintWriter out = spec.commandLine().getOut();
        SystemInfo host;
        try {
            host = SystemInfo.read();
        } catch (RuntimeException | Error e) { // whatever it is: to say so is what this command is for
            printJava(out);
            return failed(out, Problem.of(e));
        }
        print(out, host);
        List<String> warnings = new ArrayList<>(host.warnings());
        if (model != null) {
            try {
                Dl4jModel loaded = Dl4jModel.load(model);
                warnings.addAll(host.cpu() ? slowLayers(loaded.graph().getLayers()) : List.of());
                print(out, PredictionEngines.of(loaded));
            } catch (IOException | RuntimeException | Error e) {
                warnings.forEach(warning -> out.printf("warning: %s%n", warning));
                return failed(out, Problem.of(e));
            }
        } else {
            print(out, PredictionEngines.here());
        }
        warnings.forEach(warning -> out.printf("warning: %s%n", warning));
        if (warnings.isEmpty()) {
            out.println("nothing to warn about");
        }
        out.flush();
        if (seconds > 0) {
            try {
                SpeedCheck speed = SpeedCheck.run(seconds, dataType);
                print(out, speed);
                out.flush();
                if (host.cpu()) {
                    oneDnnAdvice(speed, dataType).ifPresent(out::println);
                }
                if (host.cpu() && (dataType == DataType.FLOAT || dataType == DataType.DOUBLE)) {
                    printProducts(out, host);
                }
            } catch (RuntimeException | Error e) {
                return failed(out, "training does not work here: " + Problem.of(e));
            }
        }
        out.flush();
        return 0;
    }

    private int failed(PrintWriter out, String problem) {
        out.flush();
        PrintWriter err = spec.commandLine().getErr();
        err.println(spec.commandLine().getColorScheme().errorText("error: " + problem));
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** Prints what can be known without a backend. */
    private static void printJava(PrintWriter out) {
        out.printf(
                "java            %s, %s, on %s %s%n",
                System.getProperty("java.version"),
                System.getProperty("java.vm.name"),
                System.getProperty("os.name"),
                System.getProperty("os.arch"));
        out.printf(
                "processors      %s, heap up to %s%n",
                Runtime.getRuntime().availableProcessors(),
                SystemInfo.gibibytes(Runtime.getRuntime().maxMemory()));
    }

    private static void print(PrintWriter out, SystemInfo host) {
        out.printf("backend         %s%n", host.backend());
        host.devices().forEach(device -> out.printf("device          %s%n", device));
        out.printf("native library  %s%n", host.library());
        out.printf("built with      %s%n", host.build());
        if (host.cpu()) {
            out.printf("oneDNN          %s%n", host.oneDnn() ? "yes" : "no");
            out.printf("instructions    built for %s, the processor has %s%n", host.builtFor(), host.possible());
        }
        out.printf("BLAS            %s%n", host.blas());
        out.printf(
                "threads         %s, on %s processors, OMP_WAIT_POLICY %s%n",
                host.threads(), host.cores(), host.waitPolicy().orElse("not set"));
        out.printf(
                "memory          heap up to %s, arrays of JavaCPP up to %s, both together up to %s, machine %s%n",
                SystemInfo.gibibytes(host.heapBytes()),
                SystemInfo.gibibytes(host.arrayBytes()),
                host.processLimit(),
                SystemInfo.gibibytes(host.machineBytes()));
        out.printf(
                "java            %s, %s%n",
                System.getProperty("java.version"),
                host.collectors().isEmpty() ? "unknown collector" : String.join(", ", host.collectors()));
    }

    private static void print(PrintWriter out, List<String> engines) {
        for (int i = 0; i < engines.size(); i++) {
            out.printf("%-15s %s%n", i == 0 ? "predictions" : "", engines.get(i));
        }
    }

    private void print(PrintWriter out, SpeedCheck speed) {
        out.printf(
                Locale.ROOT,
                "training        %.0f images/s, %.1f ms a step: cross-stitch, 39 x 39 pixels, batch %d, %s%n",
                speed.imagesPerSecond(),
                speed.millisPerStep(),
                SpeedCheck.BATCH,
                EnumName.hyphenated(dataType));
        out.printf(
                Locale.ROOT,
                "one convolution %.1f ms a step in the library's layer, %.1f ms by ND4J's operation%s, %.1f ms in"
                        + " Deeplearning4j's own layer (%.1f times)%n",
                speed.convolutionMillis(),
                speed.oneDnnMillis(),
                dataType == DataType.FLOAT ? " (oneDNN, if the natives have it)" : "",
                speed.stockMillis(),
                speed.slowdown());
    }

    /** {@return what to say if convolutions by oneDNN are faster than the library's products of matrices} */
    static Optional<String> oneDnnAdvice(SpeedCheck speed, DataType dataType) {
        double gain = speed.convolutionMillis() / speed.oneDnnMillis();
        return dataType == DataType.FLOAT && gain >= WORTH_SAYING
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "                oneDNN is %.1f times as fast at it as products of matrices, by which the"
                                + " library trains convolutions: see that nobody else is on the cores, and which"
                                + " kernels are in use",
                        gain))
                : Optional.empty();
    }

    private void printProducts(PrintWriter out, SystemInfo host) {
        double each = Math.min(SECONDS_OF_PRODUCTS, PART_OF_PRODUCTS * seconds);
        List<ProductSpeed> speeds = ProductSpeed.ofEach(host.kernels(), each, dataType);
        for (ProductSpeed speed : speeds) {
            out.printf(
                    Locale.ROOT,
                    "products        kernels for %s: %.1f billion multiplications a second on one thread%s%s%n",
                    speed.kernels(),
                    speed.oneThread(),
                    host.cores() > 1
                            ? String.format(Locale.ROOT, ", %.1f on %s", speed.allThreads(), host.cores())
                            : "",
                    speed.equals(speeds.get(0)) ? " (in use)" : "");
        }
        if (speeds.isEmpty()) {
            out.println("products        could not be measured: no process of their own could be started for them");
        }
        productAdvice(speeds, host.cores()).forEach(out::println);
    }

    /**
     * Compares.
     *
     * @param speeds those of the kernels in use first
     * @return lines to say: which kernels are faster, or that none are, and whether more threads than one help
     */
    static List<String> productAdvice(List<ProductSpeed> speeds, int cores) {
        if (speeds.isEmpty()) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        ProductSpeed used = speeds.get(0);
        ProductSpeed fastest = speeds.stream()
                .max(Comparator.comparingDouble(ProductSpeed::oneThread))
                .orElseThrow();
        double gain = fastest.oneThread() / used.oneThread();
        double threads = used.allThreads() / used.oneThread();
        boolean disturbed = cores > 1 && threads < WORTH_SAYING;
        if (gain >= WORTH_SAYING) {
            lines.add(String.format(
                    Locale.ROOT,
                    "                those for %s are %.2f times as fast as those in use: %sset OPENBLAS_CORETYPE=%s in"
                            + " the environment before the JVM starts",
                    fastest.kernels(),
                    gain,
                    disturbed ? "if they still are when nobody else is on the cores, " : "",
                    fastest.kernels()));
        } else if (speeds.size() > 1) {
            lines.add("                none is faster than those in use by more than a tenth");
        }
        if (disturbed) {
            lines.add(String.format(
                    Locale.ROOT,
                    "                %s threads are %.2f times as fast as one: others seem to be on the cores, or they"
                            + " are not whole cores; set OMP_NUM_THREADS to what is free",
                    cores,
                    threads));
        }
        return lines;
    }

    /** Warns if there are stock layers that the library has better ones for. */
    static List<String> slowLayers(Layer... layers) {
        List<String> names = Arrays.stream(layers)
                .filter(layer -> SLOW_ON_CPU.contains(layer.getClass()))
                .map(layer -> layer.conf().getLayer().getLayerName())
                .toList();
        return names.isEmpty()
                ? List.of()
                : List.of(("stock Deeplearning4j layers, which are several times slower on a CPU than the library's"
                                + " own: %s;"
                                + " LayerStack's convolution, maxPool and batchNormalization, or"
                                + " FastConvolutionLayer,"
                                + " FastPoolingLayer and FastBatchNormalizationLayer, take the same parameters")
                        .formatted(String.join(", ", names)));
    }
}
