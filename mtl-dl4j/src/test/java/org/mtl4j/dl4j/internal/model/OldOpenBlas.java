package org.mtl4j.dl4j.internal.model;

import java.util.Arrays;
import org.mtl4j.dl4j.ComputeEnvironment;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The program of {@link OldOpenBlasTest}: says what OpenBLAS computes with, and makes a model of each data type.
 *
 * <p>The argument {@code nd4j} is for a program that uses ND4J alone.
 */
final class OldOpenBlas {
    private OldOpenBlas() {}

    public static void main(String[] arguments) {
        System.out.println("sum " + Nd4j.ones(2).sumNumber());
        if (Arrays.asList(arguments).contains("nd4j")) {
            return;
        }
        ComputeEnvironment compute = ComputeEnvironment.current();
        System.out.println("version " + compute.blasVersion().orElse("unknown"));
        System.out.println("kernels " + compute.blasKernels().orElse("unknown"));
        compute.warnings().forEach(warning -> System.out.println("warning " + warning));
        for (DataType type : new DataType[] {DataType.FLOAT, DataType.DOUBLE, DataType.HALF}) {
            MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(4))
                    .tower("only", SplitHead.of(Task.regression("y", 1)))
                    .dense("dense", 3)
                    .build();
            try {
                Dl4jModel.create(network, TrainingPlan.adam(1e-2).withDataType(type));
                System.out.println(type + " trains");
            } catch (IllegalStateException e) {
                System.out.println(type + " refused: " + e.getMessage());
            }
        }
        System.exit(0);
    }
}
