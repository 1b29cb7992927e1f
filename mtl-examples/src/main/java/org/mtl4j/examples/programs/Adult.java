package org.mtl4j.examples.programs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.mtl4j.data.Label;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableReader;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;

/** The census table "Adult" of the UCI archive: who earns more than 50,000 dollars, and who has never been married. */
public final class Adult {
    private static final TableReader READER = TableReader.csv()
            .withComment('|')
            .withHeader(("age workclass fnlwgt education education-num marital-status occupation relationship race sex"
                            + " capital-gain capital-loss hours-per-week native-country income")
                    .split(" "));

    static final TableSchema SCHEMA = TableSchema.builder()
            .numbers("fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")
            .categories("age", "workclass", "education", "occupation", "relationship", "race", "sex", "native-country")
            .label(Label.yesWhere("income", "income", ">50K", ">50K."))
            .label(Label.yesWhere("single", "marital-status", "Never-married"))
            .missing("?")
            .build();

    private Adult() {}

    /** {@return two towers, which share their first layers or have units between them} */
    static MultiTaskNetwork network(TableEncoding encoding, boolean stitched) {
        NetworkBuilder network = encoding.network(16)
                .tower("income", SplitHead.of(encoding.task("income")))
                .tower("single", SplitHead.of(encoding.task("single")));
        if (stitched) {
            network.dense("fc1", 128)
                    .stitch(CrossStitchUnit.perChannel())
                    .dense("fc2", 128)
                    .stitch(CrossStitchUnit.perChannel());
        } else {
            network.trunk(shared -> shared.dense("fc1", 128).dense("fc2", 128));
        }
        return network.dense("fc3", 64).dense("fc4", 32).build();
    }

    /** Trains on {@code adult.data} of a folder; {@return by task the AUC on its {@code adult.test}} */
    public static Map<String, Double> run(Path folder, boolean stitched, int epochs, long seed) throws IOException {
        Table training = READER.read(folder.resolve("adult.data"), SCHEMA);
        Table test = READER.read(folder.resolve("adult.test"), SCHEMA);
        TableEncoding encoding = training.fitEncoding();
        Dl4jModel model = Dl4jModel.create(
                network(encoding, stitched), TrainingPlan.adam(1e-3).withSeed(seed));
        model.fit(training.batches(encoding).withBatchSize(256).withShuffling(seed), FitOptions.epochs(epochs));
        Map<String, Double> auc = new TreeMap<>();
        model.evaluate(test.batches(encoding).withBatchSize(1024))
                .forEach((task, score) -> auc.put(task, ((ClassificationScore) score).rocAuc()));
        return auc;
    }

    /** Runs hard sharing and cross-stitch units over three seeds: {@code folder}. */
    public static void main(String[] args) throws IOException {
        for (int seed = 1; seed <= 3; seed++) {
            System.out.println("shared " + run(Path.of(args[0]), false, 5, seed));
            System.out.println("stitched " + run(Path.of(args[0]), true, 5, seed));
        }
    }
}
