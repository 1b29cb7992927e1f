package org.mtl4j.dl4j.internal.model;

import java.nio.file.Path;
import org.mtl4j.dl4j.ComputeEnvironment;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The program of {@link CarelessPackagingTest}: it uses ND4J, trains, saves and loads. */
final class CarelessPackaging {
    private CarelessPackaging() {}

    public static void main(String[] arguments) throws Exception {
        System.out.println("sum " + Nd4j.ones(2).sumNumber()); // before anything of this library
        System.out.println("backend " + Nd4j.getBackend().getClass().getSimpleName());
        ComputeEnvironment compute = ComputeEnvironment.current();
        System.out.println("kernels " + compute.blasKernels().orElse("unknown") + ", "
                + compute.blasKernelsUnknown().orElse("looked at") + ", "
                + compute.recommendedBlasKernels().isPresent());
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.image(1, 6, 6))
                .tower("only", SplitHead.of(Task.regression("y", 1)))
                .convolution("conv", 4, 3) // asks which kernels there are
                .build();
        Dl4jModel model = Dl4jModel.create(network, TrainingPlan.adam(1e-2));
        INDArray features = Nd4j.linspace(0, 1, 8 * 36).reshape(8, 1, 6, 6);
        model.fit(ArrayBatches.of(features, Nd4j.ones(8, 1)), FitOptions.epochs(2));
        Path file = Path.of(arguments[0]);
        model.save(file);
        INDArray expected = model.predict(features).of("y");
        System.out.println(
                "equal " + Dl4jModel.load(file).predict(features).of("y").equals(expected));
    }
}
