package mtl.examples;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code java -jar mtl-examples.jar COMMAND}. */
@Command(
        name = "mtl-examples",
        description = "Multi-task learning on faces: landmarks and attributes by one network.",
        mixinStandardHelpOptions = true,
        version = "mtl-examples 0.1.0-SNAPSHOT",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it worked",
            "1:a file, a corpus or a model was not as it should be; the message says which and where",
            "2:the command line was not understood"
        },
        subcommands = {PosterCommand.class, TrainCommand.class, EvaluateCommand.class, PredictCommand.class})
public final class Main {
    private Main() {}

    /** Runs a command and exits with its code. */
    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(run(args));
    }

    /** Runs a command and returns its exit code. */
    static int run(String... args) {
        CommandLine line = new CommandLine(new Main());
        line.setExecutionExceptionHandler((exception, command, result) -> {
            if (exception instanceof IOException
                    || exception instanceof IllegalArgumentException
                    || exception instanceof IllegalStateException
                    || exception instanceof ArithmeticException) {
                command.getErr().println(command.getColorScheme().errorText("error: " + exception.getMessage()));
                return CommandLine.ExitCode.SOFTWARE;
            }
            throw exception;
        });
        if (args.length == 0) {
            line.usage(line.getErr());
            return CommandLine.ExitCode.USAGE;
        }
        return line.execute(args);
    }
}
