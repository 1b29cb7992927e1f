package org.mtl4j.dl4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Input;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Asks ONNX Runtime what a file says, and compares. */
final class OnnxAnswers implements AutoCloseable {
    /** Batches of one, of a few, and of many. */
    static final List<Integer> BATCHES = List.of(1, 7, 64);

    /** The largest difference, of the largest number of a batch: single precision in another order of sums. */
    static final double ROUNDING = 1e-5;

    /** For half precision, whose numbers have 11 bits, layer after layer. */
    static final double HALF_ROUNDING = 1e-2;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    OnnxAnswers(byte[] model) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        session = environment.createSession(model, options);
    }

    OrtSession session() {
        return session;
    }

    /** Computes all outputs of a batch, row by row one behind the other. */
    Map<String, float[]> ask(Map<String, INDArray> features) throws OrtException {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (String name : session.getInputNames()) {
            INDArray array = features.get(name);
            if (array == null) {
                throw new IllegalArgumentException("the file wants an input " + name);
            }
            float[] numbers = floats(array);
            boolean codes = session.getInputInfo().get(name).toString().contains("INT32");
            inputs.put(
                    name,
                    codes
                            ? OnnxTensor.createTensor(environment, IntBuffer.wrap(whole(numbers)), array.shape())
                            : OnnxTensor.createTensor(environment, FloatBuffer.wrap(numbers), array.shape()));
        }
        try (OrtSession.Result result = session.run(inputs)) {
            Map<String, float[]> outputs = new LinkedHashMap<>();
            for (String name : session.getOutputNames()) {
                FloatBuffer buffer = ((OnnxTensor) result.get(name).orElseThrow()).getFloatBuffer();
                float[] values = new float[buffer.remaining()];
                buffer.get(values);
                outputs.put(name, values);
            }
            return outputs;
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static int[] whole(float[] numbers) {
        int[] codes = new int[numbers.length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (int) numbers[i];
        }
        return codes;
    }

    static float[] floats(INDArray array) {
        INDArray own = array.castTo(DataType.FLOAT).dup('c');
        return own.data().asFloat();
    }

    /**
     * Holds that the file of a model answers as a model does, in batches of several sizes, with masks if there are
     * steps.
     */
    static void assertAlike(Dl4jModel exported, Dl4jModel asked, double tolerance) throws OrtException {
        boolean masked = !masks(asked.network(), 1).isEmpty();
        OnnxExport export = OnnxExport.of(exported);
        assertAlike(masked ? export.withMasks() : export, asked, tolerance, masked);
    }

    /** Holds the same, with masks or without. */
    static void assertAlike(OnnxExport export, Dl4jModel asked, double tolerance, boolean masked) throws OrtException {
        try (OnnxAnswers onnx = new OnnxAnswers(export.toBytes())) {
            for (int examples : BATCHES) {
                Map<String, INDArray> features = features(asked.network(), examples);
                Map<String, INDArray> masks = masked ? masks(asked.network(), examples) : Map.of();
                Map<String, INDArray> inputs = new HashMap<>();
                features.forEach((name, array) -> inputs.put(name, array.dup())); // PReLULayer changes what it reads
                Predictions expected = asked.predict(features, masks);
                masks.forEach((name, mask) -> inputs.put(name + "_mask", mask));
                onnx.ask(inputs).forEach((task, found) -> assertThat(difference(floats(expected.of(task)), found))
                        .as("task '%s', %s examples", task, examples)
                        .isLessThanOrEqualTo(tolerance));
            }
        }
    }

    /** The largest difference, divided by the largest number. */
    static double difference(float[] expected, float[] found) {
        assertThat(found).hasSameSizeAs(expected);
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            double d = Math.abs(expected[i] - found[i]);
            difference = d <= difference ? difference : d; // NaN stays
        }
        return difference / largest;
    }

    /** Makes a model whose every number is drawn, statistics of normalisation as well. */
    static Dl4jModel drawn(MultiTaskNetwork network, DataType type) {
        Dl4jModel model =
                Dl4jModel.create(network, TrainingPlan.adam(1e-3).withSeed(3).withDataType(DataType.FLOAT));
        draw(model.graph());
        return type == DataType.FLOAT ? model : model.withPlan(model.plan().withDataType(type));
    }

    /** Gives every array of parameters numbers other than those of its start. */
    static void draw(ComputationGraph graph) {
        Random random = new Random(11);
        for (GraphVertex vertex : graph.getVertices()) {
            Map<String, INDArray> table = vertex.paramTable(false);
            if (table != null) {
                table.forEach((name, array) -> array.addi(noise(name, array, random)));
            }
        }
    }

    private static INDArray noise(String name, INDArray array, Random random) {
        double[] numbers = new double[Math.toIntExact(array.length())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = name.equals("var") ? random.nextDouble() : 0.2 * random.nextGaussian();
        }
        return Nd4j.create(numbers, array.shape(), array.dataType());
    }

    /** Data of a batch; amounts are multiples of 1/64, which half precision has. */
    static Map<String, INDArray> features(MultiTaskNetwork network, int examples) {
        Random random = new Random(examples);
        Map<String, INDArray> features = new LinkedHashMap<>();
        for (Input input : network.inputs()) {
            features.put(input.name(), array(input.shape(), examples, random));
        }
        return features;
    }

    static INDArray array(Shape shape, int examples, Random random) {
        long[] sizes = shape.batch(examples);
        int length = 1;
        for (long size : sizes) {
            length *= (int) size;
        }
        float[] numbers = new float[length];
        for (int i = 0; i < length; i++) {
            int at = i;
            numbers[i] = shape.match(
                    image -> random.nextInt(128) / 64f - 1,
                    vector -> random.nextInt(128) / 64f - 1,
                    sequence -> random.nextInt(128) / 64f - 1,
                    categories -> (float) random.nextInt(
                            categories.sizes().get(at % categories.sizes().size())),
                    tokens -> (float) random.nextInt(tokens.vocabulary()));
        }
        return Nd4j.create(numbers, sizes, 'c');
    }

    /** Masks of sequences: some whole, some over early, some with holes. */
    static Map<String, INDArray> masks(MultiTaskNetwork network, int examples) {
        Map<String, INDArray> masks = new LinkedHashMap<>();
        for (Input input : network.inputs()) {
            if (input.shape() instanceof Shape.Sequence || input.shape() instanceof Shape.Tokens) {
                int steps = (int) input.shape().batch(1)[input.shape() instanceof Shape.Tokens ? 1 : 2];
                float[] there = new float[examples * steps];
                Random random = new Random(examples + 1);
                for (int n = 0; n < examples; n++) {
                    int length = 1 + random.nextInt(steps);
                    for (int t = 0; t < steps; t++) {
                        boolean hole = n % 3 == 2 && random.nextInt(3) == 0 && t != length - 1;
                        there[n * steps + t] = n % 3 == 0 || t < length && !hole ? 1 : 0;
                    }
                }
                masks.put(input.name(), Nd4j.create(there, new long[] {examples, steps}, 'c'));
            }
        }
        return masks;
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
