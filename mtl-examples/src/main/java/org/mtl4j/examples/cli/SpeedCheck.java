package org.mtl4j.examples.cli;

import java.util.function.BooleanSupplier;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.FastConvolutionLayer;
import org.mtl4j.dl4j.layer.MemoryLayout;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.ProgressListener;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.AbstractBatches;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/**
 * How fast this machine trains: a few seconds of the poster's cross-stitch network, and of one convolution in the
 * library's layer and in Deeplearning4j's own.
 *
 * @param imagesPerSecond of training the network
 * @param millisPerStep of training the network, batch {@link #BATCH}
 * @param convolutionMillis a step of one convolution in {@link FastConvolutionLayer}, as models train it: in FLOAT by
 *     products of matrices
 * @param oneDnnMillis the same by the operation of ND4J, which is oneDNN's where the natives have it
 * @param stockMillis the same in Deeplearning4j's own layer
 */
record SpeedCheck(
        double imagesPerSecond,
        double millisPerStep,
        double convolutionMillis,
        double oneDnnMillis,
        double stockMillis) {
    static final int BATCH = 64;

    private static final int SIZE = 39;

    /**
     * So small that nothing is learned: one batch over and over again is soon known by heart, and of gradients that are
     * nearly 0 some processors take twenty times as long.
     */
    private static final double RATE = 1e-9;

    /** The part of a measurement's time that goes by before anything counts: the JVM compiles, memory is taken. */
    private static final double WARM_UP = 0.3;

    /** How much of the time each of the three convolutions gets; the network has the rest. */
    private static final double FRACTION_OF_CONVOLUTION = 0.2;

    /** {@return how much slower the stock layer is} */
    double slowdown() {
        return stockMillis / convolutionMillis;
    }

    /**
     * Measures.
     *
     * @param seconds how long about, above 0
     */
    static SpeedCheck run(double seconds, DataType dataType) {
        double millis = trainingMillis(seconds * (1 - 3 * FRACTION_OF_CONVOLUTION), dataType);
        double each = seconds * FRACTION_OF_CONVOLUTION;
        double fast = convolutionMillis(new FastConvolutionLayer.Builder(3, 3), true, each, dataType);
        double oneDnn = convolutionMillis(new FastConvolutionLayer.Builder(3, 3), false, each, dataType);
        double stock = convolutionMillis(new ConvolutionLayer.Builder(3, 3), false, each, dataType);
        return new SpeedCheck(BATCH * 1000 / millis, millis, fast, oneDnn, stock);
    }

    private static double trainingMillis(double seconds, DataType dataType) {
        Dl4jModel model = model(dataType);
        MultiDataSet batch = batch(dataType);
        Clock clock = new Clock(seconds);
        model.fit(new SameBatch(batch, clock::running), FitOptions.epochs(1).withListener(new ProgressListener() {
            @Override
            public void onStep(int epoch, int step, int examples, double score) {
                clock.tick();
            }
        }));
        return clock.millisPerTick();
    }

    /** {@return the network that is measured} */
    static Dl4jModel model(DataType dataType) {
        double epsilon = dataType == DataType.HALF ? 1e-4 : 1e-8; // 1e-8 is 0 in HALF
        return Dl4jModel.create(
                NetworkVariant.CROSS_STITCH.network(NetworkSettings.of(Backbone.POSTER)),
                TrainingPlan.of(new Adam(RATE, 0.9, 0.999, epsilon)).withDataType(dataType));
    }

    /** {@return what it is trained on} */
    static MultiDataSet batch(DataType dataType) {
        INDArray[] labels = NetworkVariant.CROSS_STITCH.tasks().stream()
                .map(task -> {
                    INDArray rows = Nd4j.zeros(dataType, BATCH, task.task().outputs());
                    rows.getColumn(0).assign(1);
                    return rows;
                })
                .toArray(INDArray[]::new);
        return new MultiDataSet(new INDArray[] {Nd4j.rand(dataType, BATCH, 1, SIZE, SIZE)}, labels);
    }

    private static double convolutionMillis(
            ConvolutionLayer.BaseConvBuilder<?> convolution, boolean prepared, double seconds, DataType dataType) {
        convolution.nOut(40);
        convolution.activation(Activation.RELU);
        ComputationGraphConfiguration configuration = new NeuralNetConfiguration.Builder()
                .dataType(dataType)
                .updater(new Sgd(RATE))
                .graphBuilder()
                .addInputs("input")
                .addLayer("conv", convolution.build(), "input")
                .addLayer(
                        "out",
                        new OutputLayer.Builder(LossFunction.MSE)
                                .nOut(1)
                                .activation(Activation.IDENTITY)
                                .build(),
                        "conv")
                .setOutputs("out")
                .setInputTypes(InputType.convolutional(18, 18, 20))
                .build();
        if (prepared) {
            MemoryLayout.prepare(configuration);
        }
        ComputationGraph graph = new ComputationGraph(configuration);
        graph.init();
        INDArray[] features = {Nd4j.rand(dataType, BATCH, 20, 18, 18)};
        INDArray[] labels = {Nd4j.zeros(dataType, BATCH, 1)};
        Clock clock = new Clock(seconds);
        while (clock.running()) {
            graph.fit(features, labels);
            clock.tick();
        }
        return clock.millisPerTick();
    }

    /**
     * Counts what is done in a time, without what is done in the first part of it. A step that alone takes longer is
     * the only one, and is what counts: in HALF one can take many seconds.
     */
    private static final class Clock {
        private final long start = System.nanoTime();
        private final double seconds;
        private double firstCounted = Double.NaN;
        private double last;
        private int counted = -1;

        Clock(double seconds) {
            this.seconds = seconds;
        }

        private double elapsed() {
            return (System.nanoTime() - start) / 1e9;
        }

        /** Tells whether the time is not over, or nothing has been counted yet. */
        boolean running() {
            return counted < 1 || elapsed() < seconds;
        }

        /** Counts something that is done. */
        void tick() {
            boolean first = last == 0;
            last = elapsed();
            if (first && last >= seconds) {
                firstCounted = 0;
                counted = 1;
            } else if (last >= WARM_UP * seconds) {
                firstCounted = counted < 0 ? last : firstCounted;
                counted++;
            }
        }

        double millisPerTick() {
            return 1000 * (last - firstCounted) / counted;
        }
    }

    /** One batch over and over again. */
    private static final class SameBatch extends AbstractBatches {
        private static final long serialVersionUID = 1L;

        private final transient MultiDataSet batch;
        private final transient BooleanSupplier more;
        private int passes;
        private boolean read;
        private boolean promised;

        SameBatch(MultiDataSet batch, BooleanSupplier more) {
            this.batch = batch;
            this.more = more;
        }

        @Override
        public void reset() {
            passes++;
            read = false;
            promised = false;
        }

        /**
         * Keeps what was promised, whatever the clock says then. The first pass is only for the output layers' start.
         */
        @Override
        public boolean hasNext() {
            promised = promised || (passes == 1 ? !read : more.getAsBoolean());
            return promised;
        }

        @Override
        protected MultiDataSet read() {
            promised = false;
            read = true;
            return batch;
        }
    }
}
