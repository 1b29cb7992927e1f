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
import org.mtl4j.data.TableEncoding;
import org.mtl4j.data.TableSchema;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.table.Table;
import org.mtl4j.table.TableReader;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
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
