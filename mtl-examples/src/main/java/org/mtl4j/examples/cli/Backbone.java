package org.mtl4j.examples.cli;

import java.util.List;
import java.util.function.Consumer;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.BatchNormalization;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.Dropout;
import org.mtl4j.layer.GlobalPooling;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Pooling;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.task.Task;
import org.nd4j.linalg.activations.Activation;

/** The layers of a tower, before its head. */
enum Backbone {
    /**
     * That of the poster's reference implementation, after the first level of Sun et al. (2013), for crops of 39 pixels
     * of the bare box: convolutions 4x4x20, 3x3x40, 3x3x60, 2x2x80 with ReLU, pooling by 2 after the first three, dense
     * 120.
     */
    POSTER(
            39,
            0,
            List.of("pool1", "pool2", "pool3", "conv4", "fc"),
            List.of("conv1", "conv2", "conv3", "conv4", "fc")) {
        @Override
        void append(NetworkBuilder network, double width, Consumer<String> place) {
            int[] channels = {20, 40, 60, 80};
            int[] kernels = {4, 3, 3, 2};
            for (int i = 0; i < channels.length; i++) {
                network.convolution("conv" + (i + 1), scaled(channels[i], width), kernels[i]);
                if (i < 3) {
                    network.maxPool(2);
                }
                place.accept(places().get(i));
            }
            network.dense("fc", scaled(120, width));
            place.accept("fc");
        }
    },

    /**
     * A small residual network (He et al. 2016) for crops of 64 pixels of the box and a tenth more on each side: a 5x5
     * convolution with stride 2, four blocks of two 3x3 convolutions, the second and the fourth with stride 2, and a
     * fully connected layer; batch normalisation after each.
     */
    RESIDUAL(
            64,
            0.1,
            List.of("block1", "block2", "block3", "block4", "fc"),
            List.of(
                    "stem",
                    "block1/conv1",
                    "block1/conv2",
                    "block2/conv1",
                    "block2/conv2",
                    "block3/conv1",
                    "block3/conv2",
                    "block4/conv1",
                    "block4/conv2",
                    "fc")) {
        @Override
        void append(NetworkBuilder network, double width, Consumer<String> place) {
            blocks(network, width, place);
            network.layer("fc", Dense.of(scaled(DENSE, width)).withActivation(Activation.IDENTITY))
                    .batchNormalization()
                    .activation(Activation.RELU)
                    .initializer(Initializer.HE);
            place.accept("fc");
        }
    },

    /**
     * The same blocks, behind which each task has a branch of its own: the landmarks a fully connected layer, each
     * attribute a 3x3 convolution, the mean of its maps and dropout.
     */
    RESIDUAL_BRANCHES(
            64,
            0.1,
            RESIDUAL.places().subList(0, Backbone.BLOCKS),
            RESIDUAL.tiedLayers().subList(0, 1 + 2 * Backbone.BLOCKS)) {
        @Override
        void append(NetworkBuilder network, double width, Consumer<String> place) {
            blocks(network, width, place);
            network.initializer(Initializer.HE);
        }

        @Override
        List<NamedLayer> branch(Task task, double width) {
            if (task.name().equals(FaceTask.LANDMARKS.task().name())) {
                return List.of(
                        new NamedLayer("fc", Dense.of(scaled(DENSE, width)).withActivation(Activation.IDENTITY)),
                        new NamedLayer("norm", BatchNormalization.standard()),
                        new NamedLayer("relu", new Activate(Activation.RELU)));
            }
            return List.of(
                    new NamedLayer("conv", normalised(Convolution.of(scaled(LAST, width), 3))),
                    new NamedLayer("norm", BatchNormalization.standard()),
                    new NamedLayer("relu", new Activate(Activation.RELU)),
                    new NamedLayer("mean", new GlobalPooling(Pooling.Kind.AVERAGE)),
                    new NamedLayer("dropout", new Dropout(0.3)));
        }

        @Override
        boolean endsInVector() {
            return false;
        }
    };

    private static final int BLOCKS = 4;
    private static final int DENSE = 160;
    /** The number of channels of the last block. */
    private static final int LAST = 96;

    private final int size;
    private final double margin;
    private final List<String> places;
    private final List<String> tiedLayers;

    Backbone(int size, double margin, List<String> places, List<String> tiedLayers) {
        this.size = size;
        this.margin = margin;
        this.places = places;
        this.tiedLayers = tiedLayers;
    }

    /**
     * Appends the layers to all towers.
     *
     * @param width by what the numbers of channels and units are multiplied
     * @param place told the name of each place for a unit, when the network has come there
     */
    abstract void append(NetworkBuilder network, double width, Consumer<String> place);

    /** {@return the layers of a task alone, before its output layer; none unless the backbone says so} */
    List<NamedLayer> branch(Task task, double width) {
        return List.of();
    }

    /** Tells whether the last place is behind a fully connected layer, and not behind maps. */
    boolean endsInVector() {
        return true;
    }

    /** {@return the side of the crops that it is made for, in pixels} */
    int size() {
        return size;
    }

    /** {@return the margin of the crops that it is made for} */
    double margin() {
        return margin;
    }

    /** {@return the places that units can be at} */
    List<String> places() {
        return places;
    }

    /** {@return the layers whose weights can be tied} */
    List<String> tiedLayers() {
        return tiedLayers;
    }

    private static int scaled(int channels, double width) {
        return Math.max(1, (int) Math.round(channels * width));
    }

    private static void blocks(NetworkBuilder network, double width, Consumer<String> place) {
        int[] channels = {32, 64, 64, LAST};
        int[] strides = {1, 2, 1, 2};
        network.layer("stem", normalised(Convolution.of(scaled(32, width), 5).withStride(2)))
                .batchNormalization()
                .activation(Activation.RELU);
        for (int i = 0; i < BLOCKS; i++) {
            Convolution convolution = Convolution.of(scaled(channels[i], width), 3);
            int stride = strides[i];
            String name = "block" + (i + 1);
            network.residual(name, block -> block.layer("conv1", normalised(convolution.withStride(stride)))
                    .batchNormalization()
                    .activation(Activation.RELU)
                    .layer("conv2", normalised(convolution))
                    .batchNormalization());
            place.accept(name);
        }
    }

    /**
     * Prepares a convolution for the batch normalisation behind it, which has the bias and comes before the activation.
     */
    private static Convolution normalised(Convolution convolution) {
        return convolution
                .withPadding(Padding.SAME)
                .withActivation(Activation.IDENTITY)
                .withoutBias();
    }
}
