package org.mtl4j.examples.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.datavec.api.records.reader.RecordReader;
import org.datavec.api.records.reader.impl.csv.CSVRecordReader;
import org.datavec.api.split.FileSplit;
import org.deeplearning4j.datasets.datavec.RecordReaderMultiDataSetIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.metric.RegressionScore;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** A network is trained on what DataVec reads, as the guide has it. */
class DataVecTest {
    @TempDir
    private Path directory;

    /** Three numbers; whether the first two have a sum above 0; the first less the third. */
    private Path file(String name, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder rows = new StringBuilder("a,b,c,positive,difference\n");
        for (int i = 0; i < 300; i++) {
            double a = random.nextDouble() - 0.5;
            double b = random.nextDouble() - 0.5;
            double c = random.nextDouble() - 0.5;
            rows.append(a).append(',').append(b).append(',').append(c).append(',');
            rows.append(a + b > 0 ? 1 : 0).append(',').append(a - c).append('\n');
        }
        return Files.writeString(directory.resolve(name), rows);
    }

    private static MultiDataSetIterator read(Path file) throws IOException, InterruptedException {
        RecordReader reader = new CSVRecordReader(1); // a line of names
        reader.initialize(new FileSplit(file.toFile()));
        return new RecordReaderMultiDataSetIterator.Builder(32)
                .addReader("rows", reader)
                .addInput("rows", 0, 2)
                .addOutputOneHot("rows", 3, 2)
                .addOutput("rows", 4, 4)
                .build();
    }

    @Test
    void what_datavec_reads_is_trained_on_validated_and_measured() throws IOException, InterruptedException {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(3))
                        .tower("positive", SplitHead.of(Task.classification("positive", "no", "yes")))
                        .tower("difference", SplitHead.of(Task.regression("difference", 1)))
                        .dense("fc", 16)
                        .stitch(CrossStitchUnit.perLayer(0.9))
                        .build(),
                TrainingPlan.adam(0.02));
        model.fit(read(file("training.csv", 1)), FitOptions.epochs(15).withValidation(read(file("validation.csv", 2))));
        Map<String, TaskScore> scores = model.evaluate(read(file("test.csv", 3)));
        assertThat(((ClassificationScore) scores.get("positive")).count()).isEqualTo(300);
        assertThat(((ClassificationScore) scores.get("positive")).rocAuc()).isGreaterThan(0.97);
        assertThat(((RegressionScore) scores.get("difference")).r2()).isGreaterThan(0.9);
    }
}
