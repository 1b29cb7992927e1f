package org.mtl4j.examples.programs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.mtl4j.data.Label;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableReader;
import org.mtl4j.table.TableSplit;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.stopping.EarlyStopping;

/** The table "Census-Income (KDD)" of the UCI archive: 40 columns, of which 7 are numbers. */
public final class CensusIncome {
    private static final String CATEGORIES = "worker industry occupation education enrolled major-industry"
            + " major-occupation race hispanic sex union unemployment employment tax region state household"
            + " householder migration-msa migration-region migration-within same-house sunbelt under-18 father mother"
            + " self citizenship business veterans-admin veterans year";

    private static final TableReader READER = TableReader.csv()
            .withHeader(("age worker industry occupation education wage enrolled marital"
                            + " major-industry major-occupation race hispanic sex union unemployment"
                            + " employment gains losses dividends tax region state household householder"
                            + " instance-weight migration-msa migration-region migration-within"
                            + " same-house sunbelt employees under-18 father mother self citizenship"
                            + " business veterans-admin veterans weeks year income")
                    .split(" "));

    static final TableSchema SCHEMA = TableSchema.builder()
            .numbers("age", "employees", "weeks")
            .number("wage", Scaling.LOG_STANDARD)
            .number("gains", Scaling.LOG_STANDARD)
            .number("losses", Scaling.LOG_STANDARD)
            .number("dividends", Scaling.LOG_STANDARD)
            .categories(CATEGORIES.split(" "))
            .label(Label.yesWhere("income", "income", "50000+."))
            .label(Label.yesWhere("single", "marital", "Never married"))
            .missing("?")
            .build();

    private CensusIncome() {}

    /** {@return two towers with units between them} */
    static MultiTaskNetwork network(TableEncoding encoding) {
        return encoding.network(8)
                .tower("income", SplitHead.of(encoding.task("income")))
                .tower("single", SplitHead.of(encoding.task("single")))
                .dense("fc1", 64)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc2", 32)
                .stitch(CrossStitchUnit.perChannel())
                .build();
    }

    /** Trains on three fifths of a file, stops by a fifth; {@return by task the AUC on the last fifth} */
    public static Map<String, Double> run(Path file, int epochs, long seed) throws IOException {
        Table table = READER.read(file, SCHEMA);
        List<Table> parts = TableSplit.seeded(seed).stratifiedBy("income").split(table, 0.6, 0.2, 0.2);
        TableEncoding encoding = parts.get(0).fitEncoding();
        Dl4jModel model =
                Dl4jModel.create(network(encoding), TrainingPlan.adam(1e-3).withSeed(seed));
        model.fit(
                parts.get(0).batches(encoding).withBatchSize(512).withShuffling(seed),
                FitOptions.epochs(epochs)
                        .withValidation(parts.get(1).batches(encoding).withBatchSize(1024))
                        .withEarlyStopping(EarlyStopping.onTotal(2)));
        Map<String, Double> auc = new TreeMap<>();
        model.evaluate(parts.get(2).batches(encoding).withBatchSize(1024))
                .forEach((task, score) -> auc.put(task, ((ClassificationScore) score).rocAuc()));
        return auc;
    }

    /** Runs it over three seeds: {@code file}, which may be compressed. */
    public static void main(String[] args) throws IOException {
        for (int seed = 1; seed <= 3; seed++) {
            System.out.println(run(Path.of(args[0]), 10, seed));
        }
    }
}
