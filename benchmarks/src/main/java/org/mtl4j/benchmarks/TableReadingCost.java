package org.mtl4j.benchmarks;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.table.StreamedTableBatches;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableReader;

/**
 * What a table of many rows takes to be read: a file of comma-separated values, two of three columns numbers, the
 * others categories of 1000 values, read into memory, and row by row in batches. Prints seconds, and what lies on the
 * heap.
 */
final class TableReadingCost {
    private static final int VALUES = 1000;
    private static final int BATCH = 1024;
    private static final double MEGABYTE = 1 << 20;

    private TableReadingCost() {}

    /** Measures; takes the number of rows and of columns, a million and 40 if they are not given. */
    public static void main(String[] arguments) throws IOException {
        int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        int columns = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 40;
        Path file = Files.createTempFile("table", ".csv");
        try {
            TableSchema schema = write(file, rows, columns);
            System.out.printf(
                    Locale.ROOT, "%d rows of %d columns, %.0f MB%n", rows, columns, Files.size(file) / MEGABYTE);
            for (int round = 0; round < 3; round++) {
                inMemory(file, schema);
            }
            streamed(file, schema);
        } finally {
            Files.delete(file);
        }
    }

    private static void inMemory(Path file, TableSchema schema) throws IOException {
        long start = System.nanoTime();
        double before = heap();
        Table table = TableReader.csv().read(file, schema);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "read in %.1f s; %d rows take %.0f MB of the heap%n",
                seconds,
                table.rows(),
                heap() - before);
        if (table.rows() == 0) {
            throw new IllegalStateException("no rows");
        }
    }

    private static void streamed(Path file, TableSchema schema) throws IOException {
        long start = System.nanoTime();
        TableEncoding encoding = TableReader.csv().fitEncoding(schema, file);
        double ofEncoding = (System.nanoTime() - start) / 1e9;
        int batches = 0;
        try (StreamedTableBatches rows =
                TableReader.csv().batches(encoding, file).withBatchSize(BATCH)) {
            while (rows.hasNext()) {
                rows.next();
                batches++;
            }
        }
        System.out.printf(
                Locale.ROOT,
                "encoding fitted in %.1f s, %d batches streamed in %.1f s, %.0f MB of the heap%n",
                ofEncoding,
                batches,
                (System.nanoTime() - start) / 1e9 - ofEncoding,
                heap());
    }

    /** What is in use on the heap, in MB. */
    private static double heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return (runtime.totalMemory() - runtime.freeMemory()) / MEGABYTE;
    }

    private static TableSchema write(Path file, int rows, int columns) throws IOException {
        TableSchema.Builder schema = TableSchema.builder();
        StringBuilder line = new StringBuilder("label");
        for (int c = 1; c < columns; c++) {
            String name = "c" + c;
            line.append(',').append(name);
            if (c % 3 == 0) {
                schema.categories(name);
            } else {
                schema.numbers(name);
            }
        }
        SplittableRandom random = new SplittableRandom(1);
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.append(line).append('\n');
            for (int row = 0; row < rows; row++) {
                line.setLength(0);
                line.append(random.nextInt(2));
                for (int c = 1; c < columns; c++) {
                    line.append(',');
                    if (c % 3 == 0) {
                        line.append('v').append(random.nextInt(VALUES));
                    } else {
                        line.append(random.nextInt(1_000_000) / 100.0);
                    }
                }
                out.append(line).append('\n');
            }
        }
        return schema.label(Label.classes("label", "label")).build();
    }
}
