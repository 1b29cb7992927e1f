package org.mtl4j.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.mtl4j.serving.Engine;
import org.mtl4j.serving.Signature;

/**
 * Runs a session of ONNX Runtime, which any number of threads may ask at once. Each call takes a {@link Memory} of its
 * batch size that is free, or makes one, so after the first calls there are no new buffers.
 */
final class OnnxRuntimeEngine implements Engine {
    /** What is kept for calls to come: more than run at once on most machines, of the sizes asked for last. */
    private static final int MOST_KEPT = 64;

    private final Signature signature;
    private final int threads;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final ConcurrentLinkedDeque<Memory> free = new ConcurrentLinkedDeque<>();

    OnnxRuntimeEngine(Signature signature, byte[] model, int threads) {
        this.signature = signature;
        this.threads = threads;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            environment = OrtEnvironment.getEnvironment();
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            session = environment.createSession(model, options);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime refuses the network: " + e.getMessage(), e);
        } catch (LinkageError e) {
            throw new IllegalStateException(
                    ("ONNX Runtime cannot be loaded here: %s; its natives are unpacked into the folder of"
                                    + " -Djava.io.tmpdir, or read from that of -Donnxruntime.native.path")
                            .formatted(reason(e)),
                    e);
        }
    }

    /** {@return what stands behind an error of a class that could not be initialised} */
    private static String reason(Throwable error) {
        Throwable first = error;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        return first.toString();
    }

    @Override
    public String description() {
        return "ONNX Runtime %s, %s"
                .formatted(environment.getVersion(), threads == 1 ? "1 thread" : threads + " threads");
    }

    @Override
    public void run(
            int examples, FloatBuffer[] features, @Nullable FloatBuffer @Nullable [] masks, FloatBuffer[] outputs) {
        Memory memory = take(examples);
        try {
            memory.run(session, features, masks, outputs);
        } catch (OrtException e) {
            memory.close();
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
        free.addFirst(memory);
        if (free.size() > MOST_KEPT) {
            Memory oldest = free.pollLast();
            if (oldest != null) {
                oldest.close();
            }
        }
    }

    private Memory take(int examples) {
        for (Iterator<Memory> all = free.iterator(); all.hasNext(); ) {
            Memory memory = all.next();
            if (memory.examples() == examples && free.remove(memory)) {
                return memory;
            }
        }
        try {
            return Memory.of(environment, signature, inputNames(), examples);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
    }

    private Set<String> inputNames() {
        return session.getInputNames();
    }

    @Override
    public void close() {
        free.forEach(Memory::close);
        free.clear();
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
    }
}
