package org.mtl4j.examples.programs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.image.IdxFile;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Shape;
import org.mtl4j.metric.ClassificationScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;

/**
 * Fashion-MNIST's 10 classes, and whose clothes they are: shoes, women's, men's. Two towers with units between them,
 * and without; the data are those of Debian's package {@code dataset-fashion-mnist}.
 */
public final class FashionMnist {
    /** By class whose it is: 0 shoes, 1 women's, 2 men's. */
    private static final int[] GROUPS = {2, 2, 2, 1, 2, 0, 1, 0, 1, 0};

    private static final Task KIND = Task.classification("kind", 10);
    private static final Task GROUP = Task.classification("group", "shoes", "women", "men");

    private FashionMnist() {}

    /** {@return two towers, with a unit behind each level if they are stitched} */
    static MultiTaskNetwork network(boolean stitched) {
        NetworkBuilder network = MultiTaskNetwork.builder(Shape.image(1, 28, 28))
                .tower("kind", SplitHead.of(KIND))
                .tower("group", SplitHead.of(GROUP));
        for (int level = 1; level <= 2; level++) {
            network.layer("conv" + level, Convolution.of(32 * level, 3).withPadding(Padding.SAME))
                    .batchNormalization()
                    .maxPool(2);
            if (stitched) {
                network.stitch(CrossStitchUnit.perChannel());
            }
        }
        network.dense("fc", 128); // the published network has 1024 here, which takes minutes an epoch
        return (stitched ? network.stitch(CrossStitchUnit.perChannel()) : network)
                .dropout(0.2)
                .build();
    }

    /**
     * Trains on the first images of a folder's training part; {@return the mean accuracy of both tasks on its test
     * part}
     */
    public static double run(Path folder, int images, int epochs, long seed, boolean stitched) throws IOException {
        TrainingPlan plan = TrainingPlan.adam(1e-3).withL2(1e-5).withSeed(seed);
        Dl4jModel model = Dl4jModel.create(network(stitched), plan);
        ArrayBatches training =
                clothes(folder, "train", images).withBatchSize(128).withShuffling(seed);
        model.fit(training, FitOptions.epochs(epochs));
        var scores = model.evaluate(clothes(folder, "t10k", Integer.MAX_VALUE));
        double kind = ((ClassificationScore) scores.get("kind")).accuracy();
        return (kind + ((ClassificationScore) scores.get("group")).accuracy()) / 2;
    }

    private static ArrayBatches clothes(Path folder, String part, int most) throws IOException {
        IdxFile images = IdxFile.read(folder.resolve(part + "-images-idx3-ubyte.gz"));
        IdxFile labels = IdxFile.read(folder.resolve(part + "-labels-idx1-ubyte.gz"));
        int count = Math.min(most, images.size());
        int[] kinds = labels.first(count).classes();
        return ArrayBatches.builder()
                .input(images.first(count).images())
                .classes(KIND, kinds)
                .classes(GROUP, Arrays.stream(kinds).map(kind -> GROUPS[kind]).toArray())
                .build();
    }

    /** Compares over three seeds: {@code [folder [images [epochs]]]}. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args.length > 0 ? args[0] : "/usr/share/datasets/fashion-mnist");
        int images = args.length > 1 ? Integer.parseInt(args[1]) : 12_000;
        int epochs = args.length > 2 ? Integer.parseInt(args[2]) : 8;
        for (int seed = 1; seed <= 3; seed++) {
            double stitched = run(folder, images, epochs, seed, true);
            double apart = run(folder, images, epochs, seed, false);
            System.out.printf(Locale.ROOT, "seed %s: stitched %.4f, apart %.4f%n", seed, stitched, apart);
        }
    }
}
