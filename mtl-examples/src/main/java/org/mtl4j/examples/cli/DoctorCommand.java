package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
                        + " about it, and measures the speed for ten seconds.")
final class DoctorCommand implements Callable<Integer> {
    /** The layers of which the library has faster ones of its own. */
    private static final List<Class<? extends Layer>> SLOW_ON_CPU = List.of(
            org.deeplearning4j.nn.layers.convolution.ConvolutionLayer.class,
            org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingLayer.class,
            org.deeplearning4j.nn.layers.normalization.BatchNormalization.class);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--seconds",
            defaultValue = "10",
            description = "how long the speed is measured, about; 0 for not at all (default: ${DEFAULT-VALUE})")
    private double seconds;

    @Option(
            names = "--data-type",
            defaultValue = "float",
            description = "what is computed in: float, double or half (default: ${DEFAULT-VALUE})")
    private DataType dataType;

    @Option(
            names = "--model",
            paramLabel = "FILE",
            description = "a saved model, to be searched for layers that are slow on this machine")
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
                Layer[] layers = Dl4jModel.load(model).graph().getLayers();
                warnings.addAll(host.cpu() ? slowLayers(layers) : List.of());
            } catch (IOException | RuntimeException | Error e) {
                warnings.forEach(warning -> out.printf("warning: %s%n", warning));
                return failed(out, Problem.of(e));
            }
        }
        warnings.forEach(warning -> out.printf("warning: %s%n", warning));
        if (warnings.isEmpty()) {
            out.println("nothing to warn about");
        }
        out.flush();
        if (seconds > 0) {
            try {
                print(out, SpeedCheck.run(seconds, dataType));
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
                "one convolution %.1f ms a step in the library's layer, %.1f ms in Deeplearning4j's own (%.1f times)%n",
                speed.convolutionMillis(),
                speed.stockMillis(),
                speed.slowdown());
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
