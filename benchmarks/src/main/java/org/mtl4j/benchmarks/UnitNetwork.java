package org.mtl4j.benchmarks;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.task.Task;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Networks of two tasks with one kind of unit or another, and with none. */
public final class UnitNetwork {
    /** Gray crops of the poster's size. */
    static final Shape IMAGES = Shape.image(1, 39, 39);

    private UnitNetwork() {}

    /** How two towers share. */
    public enum Unit {
        NONE(null),
        CROSS_STITCH(CrossStitchUnit.perChannel()),
        SLUICE(SluiceUnit.of(2)),
        NDDR(NddrUnit.linear()),
        NDDR_NORMALIZED(NddrUnit.standard());

        private final @Nullable SharingUnit kind;

        Unit(@Nullable SharingUnit kind) {
            this.kind = kind;
        }

        Optional<SharingUnit> kind() {
            return Optional.ofNullable(kind);
        }
    }

    /** Two towers of the poster's first layers, joined behind each stage. */
    static MultiTaskNetwork joined(Unit unit) {
        NetworkBuilder network = MultiTaskNetwork.builder(IMAGES)
                .tower("a", SplitHead.of(Task.regression("first", 10)))
                .tower("b", SplitHead.of(Task.classification("second", 5)));
        return stages(network, unit, 1).build();
    }

    /** One tower with both tasks, whose layers are so wide that it has at least as many parameters. */
    static MultiTaskNetwork hardSharing(long parameters) {
        for (double width = 1; ; width += 0.01) {
            MultiTaskNetwork network = stages(
                            MultiTaskNetwork.builder(IMAGES)
                                    .tower(
                                            "all",
                                            SplitHead.of(
                                                    Task.regression("first", 10), Task.classification("second", 5))),
                            Unit.NONE,
                            width)
                    .build();
            if (network.parameters() >= parameters) {
                return network;
            }
        }
    }

    private static NetworkBuilder stages(NetworkBuilder network, Unit unit, double width) {
        int[] channels = {20, 40, 60};
        for (int i = 0; i < channels.length; i++) {
            network.convolution("conv" + i, (int) Math.round(channels[i] * width), i == 0 ? 4 : 3)
                    .maxPool(2);
            unit.kind().ifPresent(network::stitch);
        }
        network.dense("fc", (int) Math.round(120 * width));
        unit.kind().ifPresent(network::stitch);
        return network;
    }

    /**
     * Two towers of {@code channels} channels and one NDDR unit, or in their place one tower of twice the channels with
     * a 1×1 convolution or fully connected layer: the same arithmetic in a plain network.
     */
    static MultiTaskNetwork arithmetic(boolean images, boolean normalized, boolean plain) {
        Task first = Task.regression("first", 10);
        Task second = Task.classification("second", 5);
        int channels = images ? 32 : 256;
        NetworkBuilder network = MultiTaskNetwork.builder(images ? IMAGES : Shape.vector(64));
        if (plain) {
            network.tower("all", SplitHead.of(first, second));
        } else {
            network.tower("a", SplitHead.of(first)).tower("b", SplitHead.of(second));
        }
        int wide = plain ? 2 * channels : channels;
        if (images) {
            network.convolution("conv", wide, 4).maxPool(2);
        } else {
            network.dense("fc", wide);
        }
        if (plain) {
            Activation activation = normalized ? Activation.RELU : Activation.IDENTITY;
            if (images) {
                network.layer(
                        "mix",
                        normalized
                                ? Convolution.of(wide, 1)
                                        .withActivation(Activation.IDENTITY)
                                        .withoutBias()
                                : Convolution.of(wide, 1).withActivation(activation));
            } else {
                network.layer("mix", Dense.of(wide).withActivation(Activation.IDENTITY));
            }
            if (normalized) {
                network.layer("normalization", BatchNormalization.standard()).activation(Activation.RELU);
            }
        } else {
            network.stitch(normalized ? NddrUnit.standard() : NddrUnit.linear());
        }
        if (images) {
            network.globalAveragePool();
        }
        return network.build();
    }

    /** Random numbers in the place of examples. */
    static MultiDataSet noise(int batch, Shape input) {
        INDArray classes = Nd4j.zeros(DataType.FLOAT, batch, 5);
        for (int i = 0; i < batch; i++) {
            classes.putScalar(i, i % 5, 1);
        }
        return new MultiDataSet(
                new INDArray[] {Nd4j.rand(DataType.FLOAT, input.batch(batch))},
                new INDArray[] {Nd4j.rand(DataType.FLOAT, batch, 10), classes});
    }
}
