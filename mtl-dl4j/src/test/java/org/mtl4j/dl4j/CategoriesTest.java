package org.mtl4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.Checkpoints;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/** Networks that read codes of categories, or texts of tokens, from the batch to the file. */
class CategoriesTest {
    private static final int ROWS = 96;

    @TempDir
    private Path directory;

    private static NetworkBuilder towers(Shape input) {
        return MultiTaskNetwork.builder(input)
                .tower("a", SplitHead.of(Task.classification("odd", "no", "yes")))
                .tower("b", SplitHead.of(Task.classification("large", "no", "yes")));
    }

    /** Two columns of 7 and 4 codes, stitched behind the embedding, whose tables are tied. */
    private static MultiTaskNetwork network() {
        return towers(Shape.categories(7, 4))
                .embedding("codes", 4, 2)
                .stitch(CrossStitchUnit.perChannel())
                .dense("fc", 8)
                .regularize(WeightRelatednessRegularizer.over("codes", "fc").withStrength(1e-4))
                .startTowersEqual(true)
                .build();
    }

    private static INDArray codes(int rows, long seed) {
        Random random = new Random(seed);
        INDArray codes = Nd4j.zeros(DataType.FLOAT, rows, 2);
        for (int row = 0; row < rows; row++) {
            codes.putScalar(row, 0, 1 + random.nextInt(6));
            codes.putScalar(row, 1, 1 + random.nextInt(3));
        }
        return codes;
    }

    private static MultiDataSet rows(INDArray codes) {
        INDArray odd = Nd4j.zeros(DataType.FLOAT, codes.size(0), 2);
        INDArray large = Nd4j.zeros(DataType.FLOAT, codes.size(0), 2);
        for (int row = 0; row < codes.size(0); row++) {
            int sum = (int) (codes.getDouble(row, 0) + codes.getDouble(row, 1));
            odd.putScalar(row, sum % 2, 1);
            large.putScalar(row, sum > 5 ? 1 : 0, 1);
        }
        return new MultiDataSet(new INDArray[] {codes}, new INDArray[] {odd, large});
    }

    private static Dl4jModel model() {
        return Dl4jModel.create(network(), TrainingPlan.adam(2e-2).withSeed(3));
    }

    /** No sum of a column's codes tells whether they are odd: that is learned by tables only. */
    @Test
    void a_function_of_categories_that_no_line_fits_is_learned_and_saved() throws IOException {
        Dl4jModel model = model();
        model.fit(ListBatches.of(rows(codes(ROWS, 1))), 250);
        MultiDataSet others = rows(codes(50, 2));
        var scores = model.evaluate(ListBatches.of(others));
        assertThat(((ClassificationScore) scores.get("odd")).accuracy()).isEqualTo(1);
        assertThat(((ClassificationScore) scores.get("large")).accuracy()).isEqualTo(1);
        model.save(directory.resolve("model.zip"));
        Dl4jModel loaded = Dl4jModel.load(directory.resolve("model.zip"));
        assertThat(loaded.network()).isEqualTo(model.network());
        assertThat(loaded.predict(others.getFeatures(0)).of("odd"))
                .isEqualTo(model.predict(others.getFeatures(0)).of("odd"));
        INDArray table = model.graph().getLayer("a/codes").getParam("W0");
        assertThat(table.shape()).containsExactly(7, 4);
        assertThat(table.getRow(0).toDoubleVector()).containsOnly(0); // code 0 was never there
    }

    @Test
    void towers_start_equal_and_workers_and_replicas_compute_the_same() {
        Dl4jModel one = model();
        assertThat(one.graph().getLayer("a/codes").getParam("W1"))
                .isEqualTo(one.graph().getLayer("b/codes").getParam("W1"));
        Dl4jModel two = model();
        one.fit(ListBatches.of(rows(codes(ROWS, 1))), FitOptions.epochs(3).withWorkers(1));
        two.fit(ListBatches.of(rows(codes(ROWS, 1))), FitOptions.epochs(3).withWorkers(2));
        assertThat(two.graph().params().sub(one.graph().params()).norm2Number().doubleValue())
                .isLessThan(1e-4); // sums in another order, and three steps of Adam
        Dl4jModel again = model();
        again.fit(ListBatches.of(rows(codes(ROWS, 1))), FitOptions.epochs(3).withWorkers(2));
        assertThat(again.graph().params()).isEqualTo(two.graph().params());
    }

    @Test
    void a_run_that_was_cut_off_ends_where_the_whole_one_does() {
        Dl4jModel whole = model();
        whole.fit(ListBatches.of(rows(codes(ROWS, 1))), FitOptions.epochs(4));
        Checkpoints checkpoints = Checkpoints.in(directory.resolve("run"));
        model().fit(ListBatches.of(rows(codes(ROWS, 1))), FitOptions.epochs(2).withCheckpoints(checkpoints));
        Dl4jModel resumed = model();
        resumed.fit(ListBatches.of(rows(codes(ROWS, 1))), FitOptions.epochs(4).withCheckpoints(checkpoints));
        assertThat(resumed.graph().params()).isEqualTo(whole.graph().params());
    }

    @Test
    void single_and_double_precision_agree() {
        Dl4jModel narrow = Dl4jModel.create(
                network(), TrainingPlan.of(new Sgd(0.1)).withSeed(3).withDataType(DataType.FLOAT));
        Dl4jModel wide = Dl4jModel.create(
                network(), TrainingPlan.of(new Sgd(0.1)).withSeed(3).withDataType(DataType.DOUBLE));
        wide.graph().params().assign(narrow.graph().params());
        narrow.fit(ListBatches.of(rows(codes(ROWS, 1))), 10);
        wide.fit(ListBatches.of(rows(codes(ROWS, 1))), 10);
        assertThat(narrow.graph()
                        .params()
                        .castTo(DataType.DOUBLE)
                        .sub(wide.graph().params())
                        .norm2Number()
                        .doubleValue())
                .isLessThan(1e-5); // ten steps, each rounded at 6e-8
    }

    @Test
    void codes_that_there_are_not_are_refused_with_their_place() {
        Dl4jModel model = model();
        INDArray codes = codes(5, 1);
        codes.putScalar(3, 1, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.predict(codes))
                .withMessage("input 'input', row 3 of the batch, counted from 0, column 1: got 4; codes of this column"
                        + " are whole numbers from 0, which stands for what was not seen, to 3");
        INDArray[] labels = rows(codes(5, 1)).getLabels();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.fit(ArrayBatches.of(codes, labels).withBatchSize(2), 1))
                .withMessageContaining("training data, batch 2: input 'input', row 1 of the batch (row 3 of the"
                        + " data), counted from 0, column 1: got 4;");
        for (float bad : new float[] {-1, 0.5f, Float.NaN, Float.POSITIVE_INFINITY}) {
            codes.putScalar(3, 1, bad);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.evaluate(ListBatches.of(new MultiDataSet(new INDArray[] {codes}, labels))))
                    .withMessageContaining("column 1: got ");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.predict(Nd4j.zeros(5, 3)))
                .withMessage("features must be [batch, 2], got [5, 3]");
    }

    @Test
    void more_codes_than_a_data_type_tells_apart_are_refused_when_the_model_is_built() {
        MultiTaskNetwork wide = towers(Shape.categories(5, 2049)).embedding(1).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dl4jModel.create(wide, TrainingPlan.adam(1e-3).withDataType(DataType.HALF)))
                .withMessage("input 'input', column 1: 2049 codes, and data type HALF tells no more than 2048 whole"
                        + " numbers apart; train with a wider type, or leave rare values to code 0");
        Dl4jModel.create(wide, TrainingPlan.adam(1e-3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Dl4jModel.create(
                        towers(Shape.tokens((1 << 24) + 1, 3))
                                .embedding(1)
                                .globalAveragePool()
                                .build(),
                        TrainingPlan.adam(1e-3)))
                .withMessageContaining(
                        "input 'input': 16777217 codes, and data type FLOAT tells no more than 16777216");
    }

    /** Texts of 3 to 6 tokens; the pooled embedding must not see what stands behind their ends. */
    @Test
    void padding_of_tokens_changes_nothing() {
        MultiTaskNetwork network = towers(Shape.tokens(20, 9))
                .embedding(5)
                .globalAveragePool()
                .dense("fc", 4)
                .build();
        MultiTaskNetwork shorter = towers(Shape.tokens(20, 6))
                .embedding(5)
                .globalAveragePool()
                .dense("fc", 4)
                .build();
        Dl4jModel padded =
                Dl4jModel.create(network, TrainingPlan.of(new Sgd(0.5)).withSeed(4));
        Dl4jModel plain =
                Dl4jModel.create(shorter, TrainingPlan.of(new Sgd(0.5)).withSeed(4));
        assertThat(padded.graph().params()).isEqualTo(plain.graph().params());
        padded.fit(ListBatches.of(texts(9)), 5);
        plain.fit(ListBatches.of(texts(6)), 5);
        assertThat(padded.graph()
                        .params()
                        .sub(plain.graph().params())
                        .norm2Number()
                        .doubleValue())
                .isLessThan(1e-6);
        INDArray mask = texts(9).getFeaturesMaskArray(0);
        INDArray predicted = padded.predict(texts(9).getFeatures(0), mask).of("odd");
        assertThat(predicted.getDouble(2, 0))
                .isCloseTo(
                        plain.predict(texts(6).getFeatures(0), texts(6).getFeaturesMaskArray(0))
                                .of("odd")
                                .getDouble(2, 0),
                        within(1e-6));
        INDArray wrong = texts(9).getFeatures(0);
        wrong.putScalar(1, 2, 20);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> padded.predict(wrong, mask))
                .withMessageContaining("input 'input', row 1 of the batch, counted from 0, step 2: got 20; codes of the"
                        + " vocabulary are whole numbers from 0");
        wrong.putScalar(1, 2, 3);
        wrong.putScalar(1, 8, 77); // behind the end
        padded.predict(wrong, mask);
    }

    private static MultiDataSet texts(int steps) {
        Random random = new Random(8);
        INDArray codes = Nd4j.zeros(DataType.FLOAT, 12, steps);
        INDArray mask = Nd4j.zeros(DataType.FLOAT, 12, steps);
        INDArray odd = Nd4j.zeros(DataType.FLOAT, 12, 2);
        INDArray large = Nd4j.zeros(DataType.FLOAT, 12, 2);
        for (int row = 0; row < 12; row++) {
            int length = 3 + random.nextInt(4);
            for (int step = 0; step < length; step++) {
                codes.putScalar(row, step, random.nextInt(20));
                mask.putScalar(row, step, 1);
            }
            odd.putScalar(row, random.nextInt(2), 1);
            large.putScalar(row, random.nextInt(2), 1);
        }
        return new MultiDataSet(new INDArray[] {codes}, new INDArray[] {odd, large}, new INDArray[] {mask}, null);
    }
}
