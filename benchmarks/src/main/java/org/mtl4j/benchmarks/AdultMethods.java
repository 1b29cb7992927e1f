package org.mtl4j.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Seven ways to share on the census table "Adult" of the UCI archive, beside figures that others have published:
 * {@code FOLDER [SEEDS [EPOCHS]]}, where the folder has {@code adult.data} and {@code adult.test}. Prints a table in
 * Markdown.
 *
 * <p>The protocol is that of github.com/morningsky/multi_task_learning, example1.ipynb (Keras, one run each): income
 * above 50,000 dollars and never married, these two columns left out, all others in; batches of 256, five epochs of
 * Adam at 1e-3, embeddings of 16, layers of 128 and 128 below towers of 64 and 32, 8 experts of 64 and 64 below towers
 * of 32 and 32, and 4 shared with 8 own ones. Other than there, parameters are averaged over steps. The column
 * {@code relationship} tells most of who is married.
 */
public final class AdultMethods {
    static final TwoTaskSharing.Sizes SIZES = new TwoTaskSharing.Sizes(
            new int[] {128, 128}, new int[] {64, 32}, new int[] {32, 32}, new int[] {64, 64}, 8, 4, 8, 1e-4);

    /** Income and never married. */
    private static final Map<TwoTaskSharing, double[]> PUBLISHED = Map.of(
            TwoTaskSharing.HARD, new double[] {0.9098, 0.9635},
            TwoTaskSharing.MMOE, new double[] {0.9091, 0.9638},
            TwoTaskSharing.CGC, new double[] {0.9094, 0.9636},
            TwoTaskSharing.PLE, new double[] {0.9103, 0.9635});

    private AdultMethods() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : ".");
        for (String file : List.of("adult.data", "adult.test")) {
            if (!Files.exists(folder.resolve(file))) {
                System.out.println(
                        "no " + folder.resolve(file) + ": give the folder that has adult.data and adult.test,"
                                + " of https://archive.ics.uci.edu/dataset/2/adult");
                return;
            }
        }
        int seeds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        int epochs = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        run(folder, seeds, epochs);
    }

    private static void run(Path folder, int seeds, int epochs) throws IOException {
        TableStudy study = new TableStudy(
                AdultFiles.read(folder.resolve("adult.data")),
                AdultFiles.read(folder.resolve("adult.test")),
                List.of(AdultFiles.INCOME, AdultFiles.SINGLE),
                16,
                SIZES);
        System.out.printf(
                Locale.ROOT,
                "AUC on adult.test, %d seeds, %d epochs%n%n| | income | published | never married | published |"
                        + " parameters | seconds an epoch |%n| --- | --- | --- | --- | --- | --- | --- |%n",
                seeds,
                epochs);
        for (TwoTaskSharing sharing : methods()) {
            TableStudy.Result result = study.run(sharing, epochs, 1e-3, 1, seeds);
            double[] published = PUBLISHED.get(sharing);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s | %,d | %.1f |%n",
                    sharing,
                    Spread.of(result.auc().get(AdultFiles.INCOME)).text(4),
                    published == null ? "" : published[0],
                    Spread.of(result.auc().get(AdultFiles.SINGLE)).text(4),
                    published == null ? "" : published[1],
                    result.parameters(),
                    result.secondsPerEpoch());
        }
    }

    private static List<TwoTaskSharing> methods() {
        List<TwoTaskSharing> all = new ArrayList<>(List.of(TwoTaskSharing.values()));
        all.removeAll(List.of(TwoTaskSharing.L2, TwoTaskSharing.NDDR, TwoTaskSharing.ONE_GATE));
        return all;
    }
}
