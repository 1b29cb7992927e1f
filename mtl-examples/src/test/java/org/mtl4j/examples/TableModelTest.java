package org.mtl4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.data.Label;
import org.mtl4j.data.RowPrediction;
import org.mtl4j.data.Scaling;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.GrownModel;
import org.mtl4j.dl4j.onnx.OnnxExport;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.metric.StandardMetric;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.serving.Predictor;
import org.mtl4j.serving.PredictorOptions;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableBatches;
import org.mtl4j.table.TableReader;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.MixedBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/** A model of a table: trained on batches of it, saved, and asked of rows of raw values. */
class TableModelTest {
    private static final TableSchema SCHEMA = TableSchema.builder()
            .numbers("area", "age-of-house")
            .categories("town")
            .label(Label.classes("kind", "kind", List.of("flat", "house")))
            .label(Label.numbers("price", "price"))
            .label(Label.flags("has", "lift", "garden"))
            .missing("?")
            .build();

    @TempDir
    private Path directory;

    private static Table table(int rows, long seed, String... towns) throws IOException {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder("area,age-of-house,town,kind,price,lift,garden\n");
        for (int row = 0; row < rows; row++) {
            int area = 30 + random.nextInt(150);
            String town = towns[random.nextInt(towns.length)];
            text.append("%s,%s,%s,%s,%s,%s,%s%n"
                    .formatted(
                            area,
                            row % 9 == 0 ? "?" : "" + random.nextInt(100),
                            town,
                            area > 100 ? "house" : "flat",
                            area * (town.equals("Ulm") ? 0.01 : 0.02),
                            random.nextInt(2),
                            area > 100 ? 1 : 0));
        }
        return TableReader.csv()
                .read(new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)), "homes.csv", SCHEMA);
    }

    private static MultiTaskNetwork network(TableEncoding encoding) {
        return encoding.network(4)
                .tower("kind", SplitHead.of(encoding.task("kind"), encoding.task("has")))
                .tower("price", SplitHead.of(encoding.task("price")))
                .dense("fc", 8)
                .build();
    }

    private static Dl4jModel trained(Table table, TableEncoding encoding) throws IOException {
        Dl4jModel model = Dl4jModel.create(network(encoding), TrainingPlan.adam(1e-2));
        model.fit(table.batches(encoding).withBatchSize(16).withShuffling(1), 8);
        return model;
    }

    record Home(double area, Integer ageOfHouse, String town) {}

    @Test
    void rows_of_raw_values_are_predicted_as_batches_are_by_a_model_that_was_loaded() throws IOException {
        Table table = table(200, 1, "Bonn", "Ulm");
        TableEncoding encoding = table.fitEncoding();
        Dl4jModel model = trained(table, encoding);
        model.save(directory.resolve("homes.zip"));
        Dl4jModel loaded = Dl4jModel.load(directory.resolve("homes.zip"));
        assertThat(loaded.encoding()).contains(encoding);

        MultiDataSet batch = table.batches(encoding).next(20);
        INDArray prices = model.predict(batch).of("price");
        INDArray kinds = model.predict(batch).of("kind");
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int row = 0; row < 20; row++) {
            Map<String, Object> values = new HashMap<>();
            table.columns().forEach(column -> values.put(column, null));
            for (String column : List.of("area", "age-of-house", "town")) {
                values.put(column, table.value(row, column));
            }
            rows.add(values);
        }
        List<RowPrediction> answers = loaded.predictRows(rows);
        for (int row = 0; row < 20; row++) {
            RowPrediction answer = answers.get(row);
            assertThat(answer.tasks()).containsExactly("kind", "has", "price");
            assertThat(answer.number("price")).isEqualTo(prices.getDouble(row, 0));
            assertThat(answer.probability("kind", "house")).isEqualTo(kinds.getDouble(row, 1));
            assertThat(answer.outputs("has").keySet()).containsExactly("lift", "garden");
        }
        RowPrediction large = loaded.predictRow(Map.of("area", "160", "age-of-house", 3, "town", "Bonn"));
        assertThat(large.classOf("kind")).isEqualTo("house");
        assertThat(loaded.predictRow(new Home(160, 3, "Bonn"))).isEqualTo(large);
        // a town that was not seen, and values that are missing, are no reason to fail
        assertThat(loaded.predictRow(new Home(160, null, "Rome")).number("price"))
                .isFinite();
    }

    @Test
    void a_row_that_is_none_is_refused_with_its_number_and_column() throws IOException {
        Table table = table(60, 1, "Bonn", "Ulm");
        Dl4jModel model = trained(table, table.fitEncoding());
        Map<String, Object> good = Map.of("area", 50, "age-of-house", 3, "town", "Bonn");
        List<Map<String, Object>> rows = new ArrayList<>(Collections.nCopies(5000, good));
        rows.add(Map.of("area", "large", "age-of-house", 3, "town", "Bonn"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.predictRows(rows))
                .withMessageStartingWith("row 5000, counted from 0: column 'area': expected a finite number, such as"
                        + " -1.5 or 2e3, got 'large'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.predictRow(Map.of("area", 50, "town", "Bonn")))
                .withMessageStartingWith("row 0, counted from 0: the row has no column 'age-of-house'; it has [");
        assertThatThrownBy(() -> Dl4jModel.create(model.network(), model.plan()).predictRow(good))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("the model has no encoding of a table");
    }

    @Test
    void data_that_are_encoded_otherwise_are_refused_wherever_they_come_in() throws IOException {
        Table table = table(60, 1, "Bonn", "Ulm");
        Table others = table(60, 2, "Ulm", "Bonn", "Ulm"); // codes the other way round
        TableEncoding encoding = table.fitEncoding();
        TableEncoding otherwise = others.fitEncoding();
        assertThat(otherwise).isNotEqualTo(encoding);
        Dl4jModel model = trained(table, encoding);
        String message = "encoded otherwise than those that the model was trained on, so that codes mean other values;"
                + " encode them by model.encoding(). There: ";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.evaluate(others.batches(otherwise)))
                .withMessageContaining(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(others.batches(otherwise), 1))
                .withMessageContaining(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(
                        table.batches(encoding), FitOptions.epochs(1).withValidation(others.batches(otherwise))))
                .withMessageContaining("validation data of a table are " + message);
        model.evaluate(others.batches(encoding)); // by the model's they are welcome
        TableSchema withoutPrice = new TableSchema(
                SCHEMA.columns(),
                SCHEMA.labels().stream()
                        .filter(label -> !label.task().equals("price"))
                        .toList(),
                SCHEMA.missing());
        assertThat(encoding.encodesAlike(encoding)).isTrue();
        assertThat(encoding.encodesAlike(otherwise)).isFalse();
        TableEncoding.Fitter fewerLabels = TableEncoding.fitter(withoutPrice);
        for (int row = 0; row < table.rows(); row++) {
            Object[] all = table.row(row);
            fewerLabels.add(new Object[] {all[0], all[1], all[2], all[3], all[5], all[6]});
        }
        assertThat(encoding.encodesAlike(fewerLabels.build())).isTrue(); // a task more or less is no other encoding
        TableSchema fewer = TableSchema.builder()
                .numbers("area")
                .label(Label.numbers("price", "price"))
                .build();
        TableEncoding ofFewer =
                TableEncoding.fitter(fewer).add(new Object[] {1, 2}).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.setEncoding(ofFewer))
                .withMessage("the encoding of a table does not fit the network: its input 'codes' is categories [4],"
                        + " and rows become {numbers=[1]}");
    }

    /** Prices of some hundred thousand, which a network cannot learn as they are. */
    private static Table dear(int rows, long seed, TableSchema schema) throws IOException {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder("area,town,price,kind\n");
        for (int row = 0; row < rows; row++) {
            int area = 30 + random.nextInt(150);
            String town = row % 3 == 0 ? "Ulm" : "Bonn";
            String price = row % 7 == 0 ? "?" : "" + area * (town.equals("Ulm") ? 3000 : 5000);
            text.append("%s,%s,%s,%s%n".formatted(area, town, price, area > 100 ? "house" : "flat"));
        }
        return TableReader.csv()
                .read(new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)), "dear.csv", schema);
    }

    private static TableSchema dearSchema() {
        return TableSchema.builder()
                .numbers("area")
                .categories("town")
                .label(Label.numbers("price", "price").withScaling(Scaling.STANDARD))
                .missing("?")
                .build();
    }

    private static MultiTaskNetwork dearNetwork(TableEncoding encoding) {
        return encoding.network(4)
                .tower("price", SplitHead.of(encoding.task("price")))
                .dense("fc", 16)
                .build();
    }

    @Test
    void scaled_labels_are_learned_and_answers_and_measures_are_in_their_own_units() throws IOException {
        Table table = dear(200, 1, dearSchema());
        TableEncoding encoding = table.fitEncoding();
        Dl4jModel model = Dl4jModel.create(dearNetwork(encoding), TrainingPlan.adam(1e-2));
        model.fit(
                table.batches(encoding).withBatchSize(16).withShuffling(1),
                FitOptions.epochs(30)
                        .withValidation(table.batches(encoding).withBatchSize(64))
                        .withMetrics(StandardMetric.ROOT_SQUARED_ERROR));
        model.save(directory.resolve("dear.zip"));
        Dl4jModel loaded = Dl4jModel.load(directory.resolve("dear.zip"));
        assertThat(loaded.encoding()).contains(encoding);

        List<Map<String, ?>> rows = new ArrayList<>();
        for (int row = 0; row < table.rows(); row++) {
            rows.add(Map.of("area", table.value(row, "area"), "town", table.value(row, "town")));
        }
        double squares = 0;
        double sizes = 0;
        int count = 0;
        List<RowPrediction> answers = loaded.predictRows(rows);
        for (int row = 0; row < rows.size(); row++) {
            if (table.value(row, "price") instanceof Double price) {
                double error = answers.get(row).number("price") - price;
                squares += error * error;
                sizes += Math.abs(error);
                count++;
            }
        }
        RegressionScore score = (RegressionScore)
                loaded.evaluate(table.batches(encoding).withBatchSize(50)).get("price");
        double rmse = Math.sqrt(squares / count);
        double singles = 0.05; // a price and an answer have been floats of some deviations, of 250,000 each
        assertThat(score.count(0)).isEqualTo(count).isLessThan(200);
        assertThat(score.rootSquaredError()).isCloseTo(rmse, within(singles));
        assertThat(score.absoluteError()).isCloseTo(sizes / count, within(singles));
        assertThat(score.r2()).isGreaterThan(0.98);
        assertThat(rmse).as("learned, in the units of the prices").isBetween(100.0, 30_000.0);
        assertThat(model.history()
                        .last()
                        .validationMetrics()
                        .get("price")
                        .get(StandardMetric.ROOT_SQUARED_ERROR.name())
                        .value())
                .isCloseTo(rmse, within(singles));
        assertThat(model.history().last().trainingLoss().get("price"))
                .as("losses are of scaled labels")
                .isLessThan(0.1);
        // what the network itself says is what it has learned
        INDArray said = loaded.predict(table.batches(encoding).next(1)).of("price");
        assertThat(encoding.inUnits("price", said).getDouble(0, 0))
                .isEqualTo(answers.get(0).number("price"));
        assertThat(Math.abs(said.getDouble(0, 0))).isLessThan(5);
        try (Predictor predictor = loaded.predictor(PredictorOptions.standard())) {
            assertThat(predictor.predictRows(rows.subList(0, 1)).get(0).number("price"))
                    .isCloseTo(answers.get(0).number("price"), within(1.0)); // rounded otherwise
        }
        assertThat(TableEncoding.fromJson(OnnxExport.of(loaded).metadata().get("mtl4j.encoding")))
                .isEqualTo(encoding);
    }

    @Test
    void data_with_labels_scaled_otherwise_are_refused() throws IOException {
        TableEncoding encoding = dear(50, 1, dearSchema()).fitEncoding();
        Dl4jModel model = Dl4jModel.create(dearNetwork(encoding), TrainingPlan.adam(1e-2));
        model.fit(dear(50, 1, dearSchema()).batches(encoding), 1);
        Table unscaled = dear(
                50,
                1,
                TableSchema.builder()
                        .numbers("area")
                        .categories("town")
                        .label(Label.numbers("price", "price"))
                        .missing("?")
                        .build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.evaluate(unscaled.batches(unscaled.fitEncoding())))
                .withMessageContaining("labelScales");
    }

    @Test
    void a_model_that_grows_by_a_task_carries_its_label_and_encodes_as_before() throws IOException {
        Table prices = dear(80, 1, dearSchema());
        TableEncoding before = prices.fitEncoding();
        Dl4jModel model = Dl4jModel.create(dearNetwork(before), TrainingPlan.adam(1e-2));
        model.fit(prices.batches(before).withBatchSize(16), 3);

        TableSchema ofKinds = TableSchema.builder() // of other rows, which have no price
                .numbers("area")
                .categories("town")
                .label(Label.classes("kind", "kind"))
                .missing("?")
                .build();
        Table kinds = dear(60, 2, ofKinds);
        TableEncoding grownEncoding = before.withLabelsOf(kinds.fitEncoding());
        assertThat(kinds.fitEncoding().encodesAlike(before))
                .as("other rows, other scales")
                .isFalse();
        GrownModel grown = model.grownTo(model.network().toBuilder()
                .tower("kind", SplitHead.of(grownEncoding.task("kind")))
                .build());
        Dl4jModel larger = grown.model();
        assertThat(larger.encoding()).contains(before);
        Map<String, Object> home = Map.of("area", 120, "town", "Bonn");
        double price = model.predictRow(home).number("price");
        assertThat(larger.predictRow(home).number("price")).isEqualTo(price);
        MixedBatches none = MixedBatches.of(larger.network());
        TableBatches otherwise = kinds.batches(kinds.fitEncoding());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> larger.fit(none.with(otherwise, "kind"), 1))
                .withMessageContaining("encoded otherwise than those that the model was trained on");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        larger.fit(none.with(prices.batches(before), "price").with(otherwise, "kind"), 1))
                .withMessageStartingWith("MixedBatches: the table with the labels of [kind] is encoded otherwise");

        TableBatches rows = kinds.batches(grownEncoding).withBatchSize(16); // with the labels that they have
        larger.fit(none.with(rows, "kind"), 20);
        larger.save(directory.resolve("larger.zip"));
        Dl4jModel loaded = Dl4jModel.load(directory.resolve("larger.zip"));
        TableEncoding after = loaded.encoding().orElseThrow();
        assertThat(after).isEqualTo(grownEncoding);
        assertThat(after.encodesAlike(before)).isTrue();
        assertThat(after.schema().labels()).containsAll(before.schema().labels());
        RowPrediction answer = loaded.predictRow(home);
        assertThat(answer.classOf("kind")).isEqualTo("house");
        assertThat(answer.outputs("kind").keySet()).containsExactly("flat", "house");
        assertThat(answer.number("price")).isBetween(100_000.0, 1_000_000.0);

        // both tables are measured by the one encoding
        var scores = loaded.evaluate(MixedBatches.of(loaded.network())
                .with(prices.batches(after), "price")
                .with(kinds.batches(after), "kind"));
        assertThat(((RegressionScore) scores.get("price")).rootSquaredError()).isGreaterThan(100);
        assertThat(((ClassificationScore) scores.get("kind")).accuracy()).isGreaterThan(0.9);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> kinds.batches(before))
                .withMessageStartingWith("the encoding is of another schema than the table: ");
    }

    @Test
    void a_run_that_is_taken_up_again_keeps_its_encoding_and_refuses_another() throws IOException {
        Table table = table(80, 1, "Bonn", "Ulm");
        TableEncoding encoding = table.fitEncoding();
        Path run = directory.resolve("run");
        Dl4jModel first = Dl4jModel.create(network(encoding), TrainingPlan.adam(1e-2));
        FitOptions two = FitOptions.epochs(2).withCheckpoints(Checkpoints.in(run));
        first.fit(table.batches(encoding).withShuffling(1), two);
        Dl4jModel again = Dl4jModel.create(network(encoding), TrainingPlan.adam(1e-2));
        again.fit(table.batches(encoding).withShuffling(1), FitOptions.epochs(4).withCheckpoints(Checkpoints.in(run)));
        assertThat(again.encoding()).contains(encoding);
        Dl4jModel whole = Dl4jModel.create(network(encoding), TrainingPlan.adam(1e-2));
        whole.fit(table.batches(encoding).withShuffling(1), 4);
        assertThat(again.graph().params()).isEqualTo(whole.graph().params());

        Table others = table(80, 2, "Ulm", "Bonn", "Ulm");
        TableEncoding otherwise = others.fitEncoding();
        Dl4jModel other = Dl4jModel.create(network(otherwise), TrainingPlan.adam(1e-2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> other.fit(
                        others.batches(otherwise).withShuffling(1),
                        FitOptions.epochs(6).withCheckpoints(Checkpoints.in(run))))
                .withMessageContaining("is of another encoding of a table, so the run in its directory is another one");
        assertThat(first.predictRow(new Home(90, 4, "Ulm")).number("price")).isCloseTo(0.9, within(1.0));
    }
}
