package org.mtl4j.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableSchema;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableReader;
import org.mtl4j.table.TableSplit;

/**
 * Six ways to share on the table "Census-Income (KDD)" of the UCI archive, by a reduced protocol: {@code FOLDER [SEEDS
 * [EPOCHS]]}, where the folder has {@code census-income.test.gz} (99,762 rows) or, unpacked,
 * {@code census-income.test}.
 *
 * <p>The tasks are the first group of the paper on MMoE (Ma et al., KDD 2018): income above 50,000 dollars, and never
 * married. The paper trains on 199,523 other rows, with sizes of layers searched for each way in 400 runs; here the
 * rows of the test file are divided 60 to 20 to 20 by a seed, the last part being what is measured, and the sizes are
 * fixed. So it is the order of the ways and their distances that can be compared, not the figures. The weight of a row
 * is left out.
 */
public final class CensusMethods {
    private static final TwoTaskSharing.Sizes SIZES =
            new TwoTaskSharing.Sizes(new int[] {128}, new int[] {32}, new int[] {32}, new int[] {32}, 8, 4, 4, 1e-4);

    private static final String INCOME = "income";
    private static final String SINGLE = "never-married";

    /** Mean AUC of income and of never married. */
    private static final Map<TwoTaskSharing, double[]> PUBLISHED = new EnumMap<>(Map.of(
            TwoTaskSharing.SINGLE, new double[] {0.9337, 0.9933},
            TwoTaskSharing.HARD, new double[] {0.9295, 0.9915},
            TwoTaskSharing.L2, new double[] {0.9359, 0.9922},
            TwoTaskSharing.CROSS_STITCH, new double[] {0.9361, 0.9917},
            TwoTaskSharing.ONE_GATE, new double[] {0.9319, 0.9928},
            TwoTaskSharing.MMOE, new double[] {0.9359, 0.9926}));

    private static final String[] COLUMNS = ("age class-of-worker industry occupation education wage-per-hour enrolled"
                    + " marital major-industry major-occupation race hispanic sex union unemployment employment"
                    + " capital-gains capital-losses dividends filer region-before state-before family household weight"
                    + " migration-msa migration-region migration-move same-house sunbelt employees parents father"
                    + " mother birth citizenship own-business veterans-form veterans-benefits weeks year income")
            .split(" ");

    private CensusMethods() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : ".");
        Path packed = folder.resolve("census-income.test.gz");
        Path plain = folder.resolve("census-income.test");
        if (!Files.exists(packed) && !Files.exists(plain)) {
            System.out.println("no " + packed + ": give the folder that has census-income.test.gz, of"
                    + " https://archive.ics.uci.edu/dataset/117/census-income-kdd");
            return;
        }
        int seeds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        int epochs = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
        run(Files.exists(packed) ? unpacked(packed) : plain, seeds, epochs);
    }

    private static Path unpacked(Path packed) throws IOException {
        Path file = Files.createTempFile("census", ".csv");
        file.toFile().deleteOnExit();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(packed)), StandardCharsets.ISO_8859_1))) {
            Files.write(file, (Iterable<String>) in.lines()::iterator, StandardCharsets.UTF_8);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return file;
    }

    private static TableSchema schema() {
        TableSchema.Builder schema = TableSchema.builder();
        List<String> numbers =
                List.of("age", "wage-per-hour", "capital-gains", "capital-losses", "dividends", "employees", "weeks");
        for (String column : COLUMNS) {
            if (numbers.contains(column)) {
                schema.numbers(column);
            } else if (!List.of("weight", "marital", INCOME).contains(column)) {
                schema.categories(column);
            }
        }
        return schema.ignored("weight")
                .label(Label.yesWhere(INCOME, INCOME, "50000+."))
                .label(Label.yesWhere(SINGLE, "marital", "Never married"))
                .build();
    }

    private static void run(Path file, int seeds, int epochs) throws IOException {
        Table all = TableReader.csv().withHeader(COLUMNS).read(file, schema());
        List<Table> parts = TableSplit.seeded(1).split(all, 0.6, 0.2, 0.2);
        TableStudy study = new TableStudy(parts.get(0), parts.get(2), List.of(INCOME, SINGLE), 4, SIZES);
        Map<TwoTaskSharing, TableStudy.Result> results = new EnumMap<>(TwoTaskSharing.class);
        for (TwoTaskSharing sharing : PUBLISHED.keySet()) {
            results.put(sharing, study.run(sharing, epochs, 1e-3, 0.7, seeds));
        }
        System.out.printf(
                Locale.ROOT,
                "AUC on a fifth of %,d rows, %d seeds, %d epochs; in parentheses what is more than of single tasks%n%n"
                        + "| | income | published | never married | published | parameters | seconds an epoch |%n"
                        + "| --- | --- | --- | --- | --- | --- | --- |%n",
                all.rows(),
                seeds,
                epochs);
        results.forEach((sharing, result) -> System.out.printf(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %,d | %.1f |%n",
                sharing,
                ours(results, sharing, INCOME),
                published(sharing, 0),
                ours(results, sharing, SINGLE),
                published(sharing, 1),
                result.parameters(),
                result.secondsPerEpoch()));
    }

    private static String ours(Map<TwoTaskSharing, TableStudy.Result> results, TwoTaskSharing sharing, String task) {
        Spread one = Spread.of(results.get(sharing).auc().get(task));
        double alone =
                Spread.of(results.get(TwoTaskSharing.SINGLE).auc().get(task)).mean();
        return String.format(Locale.ROOT, "%s (%+.4f)", one.text(4), one.mean() - alone);
    }

    private static String published(TwoTaskSharing sharing, int task) {
        double figure = PUBLISHED.get(sharing)[task];
        return String.format(
                Locale.ROOT, "%.4f (%+.4f)", figure, figure - PUBLISHED.get(TwoTaskSharing.SINGLE)[task]);
    }
}
