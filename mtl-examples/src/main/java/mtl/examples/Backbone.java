package mtl.examples;

import java.util.List;
import java.util.function.Consumer;
import mtl.layer.Convolution;
import mtl.layer.Dense;
import mtl.layer.Initializer;
import mtl.layer.Padding;
import mtl.network.LayerStack;
import mtl.network.MultiTaskNetwork;
import org.nd4j.linalg.activations.Activation;

/** The layers of a tower, before its head. */
enum Backbone {
    /**
     * That of the poster's reference implementation, after the first level of Sun et al. (2013), for crops of 39 pixels of the
     * bare box: convolutions 4x4x20, 3x3x40, 3x3x60, 2x2x80 with ReLU, pooling by 2 after the first three, dense 120.
     */
    POSTER(
            39,
            0,
            List.of("pool1", "pool2", "pool3", "conv4", "fc"),
            List.of("conv1", "conv2", "conv3", "conv4", "fc")) {
        @Override
        void append(MultiTaskNetwork.Builder network, double width, Consumer<String> place) {
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
     * convolution with stride 2, four blocks of two 3x3 convolutions, the second and the fourth with stride 2, and a fully
     * connected layer; batch normalisation after each.
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
        void append(MultiTaskNetwork.Builder network, double width, Consumer<String> place) {
            int[] channels = {32, 64, 64, 96};
            int[] strides = {1, 2, 1, 2};
            normalised(network, "stem", Convolution.of(scaled(32, width), 5).stride(2));
            network.activation(Activation.RELU);
            for (int i = 0; i < channels.length; i++) {
                Convolution convolution = Convolution.of(scaled(channels[i], width), 3);
                int stride = strides[i];
                network.residual("block" + (i + 1), block -> {
                    normalised(block, "conv1", convolution.stride(stride));
                    block.activation(Activation.RELU);
                    normalised(block, "conv2", convolution);
                });
                place.accept(places().get(i));
            }
            network.layer("fc", Dense.of(scaled(160, width)).activation(Activation.IDENTITY))
                    .batchNormalization()
                    .activation(Activation.RELU)
                    .initializer(Initializer.HE);
            place.accept("fc");
        }
    };

    private final int size;
    private final double margin;
    private final List<String> places;
    private final List<String> omega;

    Backbone(int size, double margin, List<String> places, List<String> omega) {
        this.size = size;
        this.margin = margin;
        this.places = places;
        this.omega = omega;
    }

    /**
     * Appends the layers to all towers.
     *
     * @param width by what the numbers of channels and units are multiplied
     * @param place told the name of each place for a unit, when the network has come there
     */
    abstract void append(MultiTaskNetwork.Builder network, double width, Consumer<String> place);

    /** Side of the crops that it is made for, in pixels. */
    int size() {
        return size;
    }

    /** Margin of the crops that it is made for. */
    double margin() {
        return margin;
    }

    /** The places that units can be at; the last is behind the fully connected layer. */
    List<String> places() {
        return places;
    }

    /** The layers whose weights can be tied. */
    List<String> omega() {
        return omega;
    }

    private static int scaled(int channels, double width) {
        return Math.max(1, (int) Math.round(channels * width));
    }

    private static void normalised(LayerStack<?> layers, String name, Convolution convolution) {
        layers.layer(
                name,
                convolution
                        .padding(Padding.SAME)
                        .activation(Activation.IDENTITY)
                        .withoutBias());
        layers.batchNormalization();
    }
}
