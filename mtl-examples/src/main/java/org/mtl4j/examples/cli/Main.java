package org.mtl4j.examples.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.mtl4j.examples.report.Problem;
import org.mtl4j.internal.io.SimilarNames;
import org.mtl4j.internal.io.Versions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.TypeConversionException;

/**
 * Runs {@code java -jar mtl-examples.jar COMMAND}. A new command is a class like {@link RecipesCommand}, and its name
 * in the list below.
 */
@Command(
        name = "mtl-examples",
        description =
                "Multi-task learning on faces: landmarks and attributes by one network; and on tables: train, evaluate"
                        + " and predict with --table FILE.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it worked",
            "1:a file, a corpus or a model was not as it should be; the message says which and where",
            "2:the command line was not understood"
        },
        subcommands = {
            PosterCommand.class,
            TrainCommand.class,
            RecipesCommand.class,
            EvaluateCommand.class,
            PredictCommand.class,
            InspectCommand.class,
            ExportCommand.class,
            SchemaCommand.class,
            TuneCommand.class,
            DoctorCommand.class
        })
public final class Main {
    private final List<String> arguments;

    private Main(String... arguments) {
        this.arguments = List.of(arguments);
    }

    /** {@return the arguments as they were given, before a recipe's options were put among them} */
    List<String> arguments() {
        return arguments;
    }

    /** Runs a command and exits with its code. */
    public static void main(String[] args) {
        System.setProperty("java.awt.headless", "true");
        System.exit(run(args));
    }

    /** {@return the commands and how they read their options} */
    static CommandLine line(String... arguments) {
        CommandLine line = new CommandLine(new Main(arguments));
        line.setExpandAtFiles(false); // recipes are expanded before, and a file could name one
        if (areOfTables(arguments)) {
            for (Object command :
                    List.of(new TrainTableCommand(), new EvaluateTableCommand(), new PredictTableCommand())) {
                String name = command.getClass().getAnnotation(Command.class).name();
                line.getCommandSpec().removeSubcommand(name);
                line.addSubcommand(name, command);
            }
        }
        EnumOptions.registerConverters(line);
        line.registerConverter(Path.class, Main::path);
        line.setExecutionExceptionHandler((exception, command, result) -> {
            if (exception instanceof IOException
                    || exception instanceof UncheckedIOException
                    || exception instanceof IllegalArgumentException
                    || exception instanceof IllegalStateException
                    || exception instanceof ArithmeticException) {
                command.getErr().println(command.getColorScheme().errorText("error: " + Problem.of(exception)));
                return CommandLine.ExitCode.SOFTWARE;
            }
            throw exception;
        });
        return line;
    }

    /** Some commands have other options for tables than for faces. */
    private static boolean areOfTables(String... arguments) {
        return Arrays.stream(arguments)
                .anyMatch(argument ->
                        argument.equals(TableFileOptions.TABLE) || argument.startsWith(TableFileOptions.TABLE + "="));
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException(
                    "'%s' is no path: %s%s".formatted(text, e.getReason(), SimilarNames.localeHint()));
        }
    }

    /** Runs a command and returns its exit code, without ending the JVM. */
    public static int run(String... args) {
        CommandLine line = line(args);
        if (args.length == 0) {
            line.usage(line.getErr());
            return CommandLine.ExitCode.USAGE;
        }
        String[] expanded;
        try {
            expanded = Recipe.expand(args);
        } catch (IllegalArgumentException e) {
            line.getErr().println(line.getColorScheme().errorText("error: " + e.getMessage()));
            return CommandLine.ExitCode.USAGE;
        }
        line.setOverwrittenOptionsAllowed(expanded.length > args.length);
        try {
            return line.execute(expanded);
        } catch (LinkageError | OutOfMemoryError e) { // of the machine or the class path, not of this program
            line.getErr().println(line.getColorScheme().errorText("error: " + Problem.of(e)));
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** Reads the version of the build, which Maven writes into a file. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"mtl-examples " + Versions.beside(Main.class).orElse("unknown")};
        }
    }
}
