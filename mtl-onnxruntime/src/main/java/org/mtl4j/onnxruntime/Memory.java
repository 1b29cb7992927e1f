package org.mtl4j.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mtl4j.layer.Shape;
import org.mtl4j.serving.Signature;
import org.mtl4j.task.Task;

/** Holds the inputs and outputs of one call in native memory, for batches of one size; one thread uses it at a time. */
final class Memory implements AutoCloseable {
    private final int examples;
    private final List<Slot> slots = new ArrayList<>();
    private final Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    private final Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
    private final List<FloatBuffer> answers = new ArrayList<>();

    /**
     * Where one input lies.
     *
     * @param numbers null where they are codes
     * @param codes null where they are numbers
     * @param mask null where the session has no mask of it
     */
    private record Slot(
            String name,
            @Nullable FloatBuffer numbers,
            @Nullable IntBuffer codes,
            @Nullable FloatBuffer mask) {}

    private Memory(int examples) {
        this.examples = examples;
    }

    /**
     * Makes memory of a batch.
     *
     * @param names the inputs that the session has
     */
    static Memory of(OrtEnvironment environment, Signature signature, Set<String> names, int examples)
            throws OrtException {
        Memory memory = new Memory(examples);
        try {
            for (Signature.Input input : signature.inputs()) {
                memory.addInput(environment, input, maskName(signature, names, input.name()));
            }
            for (Task task : signature.tasks()) {
                FloatBuffer answer = floats(Math.multiplyExact(examples, task.outputs()));
                memory.answers.add(answer);
                long[] shape = {examples, task.outputs()};
                memory.outputs.put(task.name(), OnnxTensor.createTensor(environment, answer, shape));
            }
        } catch (OrtException | RuntimeException | Error e) { // there may be no memory
            memory.close();
            throw e;
        }
        return memory;
    }

    /** {@return what the session calls the mask of an input, which is told from inputs of such names; null if none} */
    private static @Nullable String maskName(Signature signature, Set<String> names, String input) {
        Pattern mask = Pattern.compile(Pattern.quote(input + "_mask") + "_*");
        return names.stream()
                .filter(name ->
                        mask.matcher(name).matches() && !signature.inputNames().contains(name))
                .findFirst()
                .orElse(null);
    }

    private void addInput(OrtEnvironment environment, Signature.Input input, @Nullable String maskName)
            throws OrtException {
        int length = Math.multiplyExact(examples, input.elements());
        long[] shape = input.shape().batch(examples);
        FloatBuffer mask = null;
        if (maskName != null) {
            mask = floats(examples * input.steps());
            inputs.put(maskName, OnnxTensor.createTensor(environment, mask, new long[] {examples, input.steps()}));
        }
        if (input.shape() instanceof Shape.Categories || input.shape() instanceof Shape.Tokens) {
            IntBuffer codes = bytes(length).asIntBuffer();
            inputs.put(input.name(), OnnxTensor.createTensor(environment, codes, shape));
            slots.add(new Slot(input.name(), null, codes, mask));
        } else {
            FloatBuffer numbers = floats(length);
            inputs.put(input.name(), OnnxTensor.createTensor(environment, numbers, shape));
            slots.add(new Slot(input.name(), numbers, null, mask));
        }
    }

    private static ByteBuffer bytes(int numbers) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(numbers, Float.BYTES))
                .order(ByteOrder.nativeOrder());
    }

    private static FloatBuffer floats(int numbers) {
        return bytes(numbers).asFloatBuffer();
    }

    int examples() {
        return examples;
    }

    void run(
            OrtSession session, FloatBuffer[] features, @Nullable FloatBuffer @Nullable [] masks, FloatBuffer[] results)
            throws OrtException {
        for (int i = 0; i < slots.size(); i++) {
            write(slots.get(i), features[i], masks == null ? null : masks[i]);
        }
        session.run(inputs, outputs).close(); // closes none of the outputs, which are this memory's
        for (int t = 0; t < results.length; t++) {
            FloatBuffer answer = answers.get(t);
            results[t].put(results[t].position(), answer, 0, answer.capacity());
        }
    }

    private void write(Slot slot, FloatBuffer features, @Nullable FloatBuffer mask) {
        if (slot.numbers() != null) {
            slot.numbers().put(0, features, features.position(), slot.numbers().capacity());
        } else if (slot.codes() != null) {
            for (int k = 0; k < slot.codes().capacity(); k++) {
                slot.codes().put(k, (int) features.get(features.position() + k));
            }
        }
        if (slot.mask() == null) {
            if (mask != null) {
                throw new IllegalArgumentException(
                        ("input '%s' has a mask, and the network has a layer of Deeplearning4j's of which ONNX Runtime"
                                        + " does not know what it makes of masks")
                                .formatted(slot.name()));
            }
            return;
        }
        for (int k = 0; k < slot.mask().capacity(); k++) {
            slot.mask().put(k, mask == null ? 1 : mask.get(mask.position() + k));
        }
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
        outputs.values().forEach(OnnxTensor::close);
    }
}
