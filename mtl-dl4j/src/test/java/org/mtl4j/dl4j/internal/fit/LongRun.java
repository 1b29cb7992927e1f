package org.mtl4j.dl4j.internal.fit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Trains for many steps and prints the memory of the process, in KiB, at two of them. Linux only. */
final class LongRun {
    static final int EARLY = 5_000; // when the compilers are through, on a busy machine, too
    static final int LATE = 20_000;

    private LongRun() {}

    public static void main(String[] arguments) {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.image(1, 9, 9))
                        .tower("a", SplitHead.of(Task.regression("points", 4)))
                        .tower("b", SplitHead.of(Task.classification("kind", 2)))
                        .convolution("conv", 3, 3)
                        .maxPool(2)
                        .stitch(CrossStitchUnit.perChannel())
                        .dense("fc", 6)
                        .stitch(CrossStitchUnit.perLayer())
                        .regularize(WeightRelatednessRegularizer.over("conv", "fc")
                                .withRelatedness(Relatedness.l2Linear())
                                .withStrength(1e-3))
                        .build(),
                TrainingPlan.adam(1e-3).withSeed(1));
        Random random = new Random(1);
        List<org.nd4j.linalg.dataset.api.MultiDataSet> batches = new ArrayList<>();
        for (int size : new int[] {16, 16, 7, 20}) { // whole, too small to be divided, with a mask
            INDArray kinds = Nd4j.zeros(size, 2);
            for (int row = 0; row < size; row++) {
                kinds.putScalar(row, random.nextInt(2), 1);
            }
            INDArray mask = Nd4j.ones(size, 1).putScalar(0, 0, 0);
            batches.add(new MultiDataSet(
                    new INDArray[] {Nd4j.rand(size, 1, 9, 9)},
                    new INDArray[] {Nd4j.rand(size, 4), kinds},
                    null,
                    size == 20 ? new INDArray[] {null, mask} : null));
        }
        ListBatches data = ListBatches.of(batches);
        int[] steps = {0};
        model.fit(data, FitOptions.epochs(LATE / batches.size()).withWorkers(2).withListener(new ProgressListener() {
            @Override
            public void onStep(int epoch, int step, int examples, double score) {
                steps[0]++;
                if (steps[0] == EARLY || steps[0] == LATE) {
                    System.out.println(residentKibibytes());
                }
            }
        }));
    }

    private static long residentKibibytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
