package org.mtl4j.dl4j.internal.cpu;

import com.google.common.collect.ImmutableList;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the option that a Java runtime lacks which was told to deny what ND4J needs. A program that uses ND4J before
 * this library would be told by ND4J that it "is probably missing dependencies".
 */
final class DeniedAccess {
    private static final Logger log = LoggerFactory.getLogger(DeniedAccess.class);

    private static final String NATIVE = "--enable-native-access";

    private DeniedAccess() {}

    /** Writes an error into the log for each access that is denied. */
    static void report() {
        messages(ManagementFactory.getRuntimeMXBean().getInputArguments()).forEach(log::error);
    }

    /**
     * {@return what is denied, and how to allow it, a sentence for each}
     *
     * @param arguments the options that the runtime was started with
     */
    static List<String> messages(List<String> arguments) {
        ImmutableList.Builder<String> messages = ImmutableList.builder();
        if (arguments.contains("--illegal-native-access=deny")
                && arguments.stream().noneMatch(argument -> argument.startsWith(NATIVE))) {
            messages.add("ND4J won't start: --illegal-native-access=deny denies this program native access. Start java"
                    + " with " + NATIVE + "=ALL-UNNAMED, too, or, for a program on the module path, with the names of"
                    + " its modules instead");
        }
        if (arguments.contains("--sun-misc-unsafe-memory-access=deny")) {
            messages.add("ND4J won't start: it needs sun.misc.Unsafe, which --sun-misc-unsafe-memory-access=deny"
                    + " denies. Start java with --sun-misc-unsafe-memory-access=allow in its place");
        }
        return messages.build();
    }
}
