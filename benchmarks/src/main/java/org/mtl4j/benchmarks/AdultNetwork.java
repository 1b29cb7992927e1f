package org.mtl4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.task.Task;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The network of {@link AdultMethods} that shares its layers, and rows of the shape of the Adult data set: eight
 * categories with embeddings of 16, five numbers, layers of 128 and 128 below towers of 64 and 32 for two tasks of two
 * classes. Rows are drawn, so that no file is needed; time does not depend on what is in them.
 */
final class AdultNetwork {
    /** Codes of each category, of values that were not seen and of missing ones included. */
    private static final int[] CATEGORIES = {75, 10, 18, 16, 8, 7, 4, 43};

    private static final int NUMBERS = 5;
    private static final int DIMENSION = 16;
    private static final int CLASSES = 2;

    private AdultNetwork() {}

    static MultiTaskNetwork network() {
        List<Task> tasks = List.of(
                Task.classification(AdultFiles.INCOME, CLASSES), Task.classification(AdultFiles.SINGLE, CLASSES));
        return TwoTaskSharing.HARD
                .networks(
                        () -> MultiTaskNetwork.builder()
                                .input(
                                        TableEncoding.CODES,
                                        Shape.categories(CATEGORIES),
                                        layers -> layers.embedding(DIMENSION))
                                .input(TableEncoding.NUMBERS, Shape.vector(NUMBERS)),
                        tasks,
                        AdultMethods.SIZES)
                .get(0);
    }

    /** {@return different batches of drawn rows} */
    static List<MultiDataSet> batches(int count, int examples) {
        Random random = new Random(1);
        List<MultiDataSet> batches = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            batches.add(new MultiDataSet(
                    new INDArray[] {codes(random, examples), numbers(random, examples)},
                    new INDArray[] {labels(random, examples), labels(random, examples)}));
        }
        return batches;
    }

    private static INDArray codes(Random random, int examples) {
        float[][] codes = new float[examples][CATEGORIES.length];
        for (float[] row : codes) {
            for (int c = 0; c < row.length; c++) {
                row[c] = random.nextInt(CATEGORIES[c]);
            }
        }
        return Nd4j.createFromArray(codes);
    }

    private static INDArray numbers(Random random, int examples) {
        float[][] numbers = new float[examples][NUMBERS];
        for (float[] row : numbers) {
            for (int c = 0; c < row.length; c++) {
                row[c] = (float) random.nextGaussian();
            }
        }
        return Nd4j.createFromArray(numbers);
    }

    private static INDArray labels(Random random, int examples) {
        float[][] labels = new float[examples][CLASSES];
        for (float[] row : labels) {
            row[random.nextInt(CLASSES)] = 1;
        }
        return Nd4j.createFromArray(labels);
    }
}
