package org.mtl4j.benchmarks;

import java.util.List;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Dropout;
import org.mtl4j.layer.GlobalPooling;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;
import org.nd4j.linalg.activations.Activation;

/**
 * The network of the command line's recipe {@code best}: a small residual trunk for crops of 64 pixels, and a branch
 * for each task.
 */
final class BestNetwork {
    static final int SIZE = 64;

    private static final int[] CHANNELS = {32, 64, 64, 96};
    private static final int[] STRIDES = {1, 2, 1, 2};
    private static final int DENSE = 160;
    private static final int POINTS = 10;
    private static final int POSES = 5;

    private BestNetwork() {}

    static MultiTaskNetwork build() {
        SplitHead head = new SplitHead(List.of(
                new SplitHead.Branch(
                        Task.regression("landmarks", POINTS),
                        List.of(
                                new NamedLayer("fc", Dense.of(DENSE).withActivation(Activation.IDENTITY)),
                                new NamedLayer("norm", BatchNormalization.standard()),
                                new NamedLayer("relu", new Activate(Activation.RELU)))),
                attribute(Task.classification("gender", 2)),
                attribute(Task.classification("smile", 2)),
                attribute(Task.classification("glasses", 2)),
                attribute(Task.classification("pose", POSES))));
        NetworkBuilder network =
                MultiTaskNetwork.builder(Shape.image(1, SIZE, SIZE)).tower("face", head);
        network.layer("stem", normalised(Convolution.of(CHANNELS[0], 5).withStride(2)))
                .batchNormalization()
                .activation(Activation.RELU);
        for (int i = 0; i < CHANNELS.length; i++) {
            Convolution convolution = Convolution.of(CHANNELS[i], 3);
            int stride = STRIDES[i];
            network.residual(
                    "block" + (i + 1), block -> block.layer("conv1", normalised(convolution.withStride(stride)))
                            .batchNormalization()
                            .activation(Activation.RELU)
                            .layer("conv2", normalised(convolution))
                            .batchNormalization());
        }
        return network.build();
    }

    private static SplitHead.Branch attribute(Task task) {
        return new SplitHead.Branch(
                task,
                List.of(
                        new NamedLayer("conv", normalised(Convolution.of(CHANNELS[CHANNELS.length - 1], 3))),
                        new NamedLayer("norm", BatchNormalization.standard()),
                        new NamedLayer("relu", new Activate(Activation.RELU)),
                        new NamedLayer("mean", new GlobalPooling(Pooling.Kind.AVERAGE)),
                        new NamedLayer("dropout", new Dropout(0.3))));
    }

    private static Convolution normalised(Convolution convolution) {
        return convolution
                .withPadding(Padding.SAME)
                .withActivation(Activation.IDENTITY)
                .withoutBias();
    }
}
