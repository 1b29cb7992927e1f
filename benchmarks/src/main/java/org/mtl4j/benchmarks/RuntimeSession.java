package org.mtl4j.benchmarks;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.onnx.OnnxExport;

/** Asks ONNX Runtime by hand about the exported file of a model of images. */
final class RuntimeSession implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final String input;
    private final List<String> outputs;
    private final long[] shape;

    /**
     * Opens what is exported of a model.
     *
     * @param threads within an operation
     */
    RuntimeSession(Dl4jModel model, int threads) {
        this(OnnxExport.of(model).toBytes(), threads);
    }

    /**
     * Opens an exported file.
     *
     * @param threads within an operation
     */
    RuntimeSession(byte[] file, int threads) {
        try {
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(threads);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            session = environment.createSession(file, options);
            input = session.getInputNames().iterator().next();
            outputs = List.copyOf(session.getOutputNames());
            shape = ((TensorInfo) session.getInputInfo().get(input).getInfo()).getShape();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@return how many numbers an example has} */
    int elements() {
        return (int) (shape[1] * shape[2] * shape[3]);
    }

    /** {@return how many outputs an example has, by task} */
    int[] widths() {
        try {
            Map<String, NodeInfo> info = session.getOutputInfo();
            return outputs.stream()
                    .mapToInt(name -> (int) ((TensorInfo) info.get(name).getInfo()).getShape()[1])
                    .toArray();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@return memory that ONNX Runtime reads without a copy} */
    static FloatBuffer buffer(int numbers) {
        return ByteBuffer.allocateDirect(numbers * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /** Asks, and copies the outputs of each task into an array. */
    void ask(int examples, FloatBuffer features, float[][] answers) {
        long[] batch = shape.clone();
        batch[0] = examples;
        try (OnnxTensor tensor = OnnxTensor.createTensor(environment, features, batch);
                OrtSession.Result result = session.run(Map.of(input, tensor))) {
            for (int t = 0; t < answers.length; t++) {
                ((OnnxTensor) result.get(outputs.get(t)).orElseThrow())
                        .getFloatBuffer()
                        .get(answers[t]);
            }
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
