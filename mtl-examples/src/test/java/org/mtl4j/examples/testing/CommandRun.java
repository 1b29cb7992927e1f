package org.mtl4j.examples.testing;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.mtl4j.examples.cli.Main;

/**
 * A command as a user gives it, and what came of it.
 *
 * @param code its exit code
 * @param out what it has printed
 * @param err what it has complained about
 */
public record CommandRun(int code, String out, String err) {

    /** Trains a small split network on few drawn faces. */
    public static CommandRun ofTraining(int epochs, Object... more) {
        Object[] command = {"train", "--variant", "split", "--faces", 60, "--epochs", epochs};
        return of(Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray());
    }

    /** Runs a command in this process. */
    public static CommandRun of(Object... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
            String[] words = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
            int code = Main.run(words);
            return new CommandRun(
                    code, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
