package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.onnx.OnnxExport;
import org.mtl4j.network.Input;
import org.mtl4j.task.Task;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a model in another program's form. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description =
                "Writes what a saved model computes as an ONNX file, for ONNX Runtime in any language, browsers and"
                        + " whatever else reads those; docs/onnx.md says how to prepare its inputs.")
final class ExportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "a model, or a checkpoint of one")
    private Path file;

    @Option(names = "--onnx", required = true, paramLabel = "FILE", description = "where to write it")
    private Path onnx;

    @Option(
            names = "--metadata",
            paramLabel = "KEY=VALUE",
            description = "something to be said in the file; may be given several times")
    private Map<String, String> metadata = Map.of();

    @Option(
            names = "--masks",
            negatable = true,
            description =
                    "whether sequences have an input that says which of their steps are there; without the option those"
                            + " have that the model was trained to be told")
    private @Nullable Boolean masks;

    @Override
    public Integer call() throws IOException {
        Dl4jModel model = Dl4jModel.load(file);
        OnnxExport export = OnnxExport.of(model);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            export = export.withMetadata(entry.getKey(), entry.getValue());
        }
        if (masks != null) {
            export = masks ? export.withMasks() : export.withoutMasks();
        }
        export.write(onnx);
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, "%s: %,d bytes%n", onnx, Files.size(onnx));
        for (Input input : model.network().inputs()) {
            out.printf("input  %-14s %s%n", input.name(), input.shape());
        }
        for (Task task : model.network().tasks()) {
            out.printf("output %-14s %s, %s outputs%n", task.name(), task.kind(), task.outputs());
        }
        out.flush();
        return 0;
    }
}
