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
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.testing.EveryNetwork;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

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
        boolean masked = !EveryNetwork.masks(asked.network(), 1).isEmpty();
        OnnxExport export = OnnxExport.of(exported);
        assertAlike(masked ? export.withMasks() : export, asked, tolerance, masked);
    }

    /** Holds the same, with masks or without. */
    static void assertAlike(OnnxExport export, Dl4jModel asked, double tolerance, boolean masked) throws OrtException {
        try (OnnxAnswers onnx = new OnnxAnswers(export.toBytes())) {
            for (int examples : BATCHES) {
                Map<String, INDArray> features = EveryNetwork.features(asked.network(), examples);
                Map<String, INDArray> masks = masked ? EveryNetwork.masks(asked.network(), examples) : Map.of();
                Map<String, INDArray> inputs = new HashMap<>();
                features.forEach((name, array) -> inputs.put(name, array.dup())); // PReLULayer changes what it reads
                Predictions expected = asked.predict(features, masks);
                masks.forEach((name, mask) -> inputs.put(name + "_mask", mask));
                Map<String, float[]> answers = onnx.ask(inputs);
                assertThat(answers.keySet()).isEqualTo(expected.outputs().keySet());
                answers.forEach((task, found) -> assertThat(difference(floats(expected.of(task)), found))
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

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
