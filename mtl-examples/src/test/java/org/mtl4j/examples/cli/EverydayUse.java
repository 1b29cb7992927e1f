package org.mtl4j.examples.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.mtl4j.examples.testing.CommandRun;

/** The program of {@link UnreachedWeaknessesTest}: faces and a table, from data to models, figures and predictions. */
final class EverydayUse {
    private EverydayUse() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Path faces = folder.resolve("faces.zip");
        Path checkpoints = folder.resolve("checkpoints");
        run("train", "--variant", "split", "--faces", 60, "--epochs", 2, "--checkpoints", checkpoints, "--out", faces);
        run("inspect", faces);

        Random random = new Random(1);
        StringBuilder rows = new StringBuilder("area,town,kind,rent\n");
        for (int row = 0; row < 200; row++) {
            int area = 30 + random.nextInt(150);
            String kind = area > 100 ? "house" : "flat";
            rows.append("%d,town %d,%s,%s%n".formatted(area, random.nextInt(5), kind, area * 0.01));
        }
        Path table = Files.writeString(folder.resolve("homes.csv"), rows);
        String guessed = run("schema", "--table", table, "--label", "kind", "--label", "rent");
        Path schema = Files.writeString(folder.resolve("schema.json"), guessed);
        Path model = folder.resolve("homes.zip");
        run("train", "--table", table, "--schema", schema, "--epochs", 2, "--layers", 8, "--out", model);
        run("predict", "--table", table, "--model", model, "--out", folder.resolve("predicted.csv"));
    }

    private static String run(Object... arguments) {
        CommandRun run = CommandRun.of(arguments);
        if (run.code() != 0) {
            throw new IllegalStateException(arguments[0] + " ended with " + run.code() + ": " + run.err());
        }
        return run.out();
    }
}
