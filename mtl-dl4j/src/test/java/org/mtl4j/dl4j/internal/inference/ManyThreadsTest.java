package org.mtl4j.dl4j.internal.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.deallocation.DeallocatorService;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Answers in ever new threads leave nothing behind. */
class ManyThreadsTest {
    @Test
    void threads_that_have_ended_are_forgotten() throws Exception {
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(4))
                        .tower("a", SplitHead.of(Task.regression("y", 1)))
                        .dense("fc", 4)
                        .build(),
                TrainingPlan.adam(1e-3));
        INDArray x = Nd4j.ones(DataType.FLOAT, 1, 4);
        ask(model, x, 1);
        int before = references();
        ask(model, x, 800); // some four references each, which would stay
        System.gc();
        ask(model, x, 500);
        System.gc();
        ask(model, x, 500);
        assertThat(references() - before).isLessThan(4 * 800);
    }

    private static void ask(Dl4jModel model, INDArray x, int threads) throws InterruptedException {
        for (int i = 0; i < threads; i++) {
            Thread thread = new Thread(() -> model.predict(x));
            thread.start();
            thread.join();
        }
    }

    private static int references() throws ReflectiveOperationException {
        Field field = DeallocatorService.class.getDeclaredField("referenceMap");
        field.setAccessible(true);
        return ((Map<?, ?>) field.get(Nd4j.getDeallocatorService())).size();
    }
}
