package consumer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Trains, saves, loads and predicts, as a program outside of the build does. */
public final class Consumer {
    private Consumer() {}

    /** Ends with an exception where the loaded model answers differently, or has not learned. */
    public static void main(String[] args) throws Exception {
        Nd4j.getRandom().setSeed(7);
        INDArray features = Nd4j.rand(256, 4).subi(0.5);
        INDArray sum = features.sum(true, 1);
        INDArray positive = sum.gt(0).castTo(sum.dataType());
        INDArray sign = Nd4j.concat(1, positive.rsub(1), positive);

        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(4))
                .tower("sum", SplitHead.of(Task.regression("sum", 1)))
                .tower("sign", SplitHead.of(Task.classification("sign", "negative", "positive")))
                .dense("fc", 16)
                .stitch(CrossStitchUnit.perLayer())
                .build();
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-2).withSeed(7));
        model.fit(ArrayBatches.of(features, sum, sign).withBatchSize(32).withShuffling(7), FitOptions.epochs(20));

        Path file = Files.createTempFile("consumer", ".mtl");
        model.save(file);
        Dl4jModel loaded = Dl4jModel.load(file);
        Files.delete(file);
        INDArray expected = model.predict(features).of("sum");
        INDArray actual = loaded.predict(features).of("sum");
        if (!expected.equalsWithEps(actual, 0)) {
            throw new AssertionError("the loaded model answers differently");
        }
        double error = actual.sub(sum).norm2Number().doubleValue() / sum.norm2Number().doubleValue();
        if (!(error < 0.5)) {
            throw new AssertionError("nothing was learned: relative error " + error);
        }
        System.out.println("answers " + Integer.toHexString(Arrays.hashCode(actual.toDoubleVector())));
        System.out.println("trained, saved, loaded, predicted");
    }
}
