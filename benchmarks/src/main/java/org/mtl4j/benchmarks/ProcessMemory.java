package org.mtl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/** What the operating system says about this process's memory, native memory included. Linux only. */
final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    /** {@return megabytes at present; empty where there is no such file} */
    static OptionalDouble resident() throws IOException {
        return megabytes("VmRSS:");
    }

    /** {@return the most megabytes there were at once; empty where there is no such file} */
    static OptionalDouble peak() throws IOException {
        return megabytes("VmHWM:");
    }

    private static OptionalDouble megabytes(String field) throws IOException {
        if (!Files.exists(STATUS)) {
            return OptionalDouble.empty();
        }
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith(field))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
                .findFirst();
    }
}
