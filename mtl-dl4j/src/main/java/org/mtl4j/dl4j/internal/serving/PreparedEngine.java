package org.mtl4j.dl4j.internal.serving;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SingleThreadedBlas;
import org.mtl4j.dl4j.internal.cpu.SpinningThreadPool;
import org.mtl4j.dl4j.internal.cpu.prepared.Plan;
import org.mtl4j.dl4j.internal.cpu.prepared.Products;
import org.mtl4j.dl4j.internal.program.LoweringException;
import org.mtl4j.dl4j.internal.program.Program;
import org.mtl4j.serving.Engine;
import org.mtl4j.serving.Signature;

/** Runs a plan, on the thread that asks and, for calls that are worth it, on threads of the engine beside it. */
public final class PreparedEngine implements Engine {
    /** Least multiplications of a thread's part; waking a thread takes as long as some of them. */
    private static final long LEAST_PART = 2_000_000;

    /** To wake a thread takes as long as a small network. */
    private static final long SPIN_MICROS = 100;

    /** Parts are equal, and whoever is late by more has lost its processor, which a caller who spins may have. */
    private static final long WAIT_MICROS = 40;

    private static final long IDLE_SECONDS = 30;

    private final Signature signature;
    private final int threads;
    private final Run whole;
    private final @Nullable Run masked;

    /** Why there is no program that is told which steps are there, though there are sequences. */
    private final @Nullable LoweringException withoutMasks;

    private final SpinningThreadPool others;

    /** Keeps a BLAS that packs from its own threads as long as the engine is open; asking it takes long. */
    private final @Nullable SingleThreadedBlas alone;

    /** A plan, and from where its inputs come. */
    private static final class Run {
        private final Plan plan;
        private final MemoryPool memories;

        /** By input of the plan which input of the signature it is, or is the mask of. */
        private final int[] of;

        private final boolean[] isMask;

        private Run(Program program, Signature signature, Products products) {
            this.plan = Preparation.of(program, products);
            this.memories = new MemoryPool(plan);
            List<String> names = signature.inputNames();
            this.of = program.inputs().stream()
                    .mapToInt(input -> names.indexOf(input.of()))
                    .toArray();
            this.isMask = new boolean[of.length];
            for (int i = 0; i < of.length; i++) {
                isMask[i] = program.inputs().get(i).kind() == Program.Kind.MASK;
            }
        }
    }

    private PreparedEngine(
            Signature signature,
            int threads,
            Run whole,
            @Nullable Run masked,
            @Nullable LoweringException withoutMasks) {
        this.signature = signature;
        this.threads = threads;
        this.whole = whole;
        this.masked = masked;
        this.withoutMasks = withoutMasks;
        this.others = new SpinningThreadPool("mtl-predictor", threads - 1, SPIN_MICROS, WAIT_MICROS, IDLE_SECONDS);
        this.alone = whole.plan.products() == Products.PACKED ? SingleThreadedBlas.open() : null;
    }

    /**
     * {@return an engine}
     *
     * @param signature whose inputs and tasks are those of the programs
     * @param whole of which all steps of sequences are there
     * @param masked which is told which steps are there; null if there are no sequences, or no such program
     * @param withoutMasks why there is none though there are sequences; masks are refused then
     * @param threads among how many threads a call is divided
     * @param products by what they are computed
     */
    public static PreparedEngine of(
            Signature signature,
            Program whole,
            @Nullable Program masked,
            @Nullable LoweringException withoutMasks,
            int threads,
            Products products) {
        return new PreparedEngine(
                signature,
                threads,
                new Run(whole, signature, products),
                masked == null ? null : new Run(masked, signature, products),
                withoutMasks);
    }

    @Override
    public String description() {
        return "prepared plan, products by %s, blocks of %s examples, up to %s threads a call"
                .formatted(text(whole.plan.products()), whole.plan.block(), threads);
    }

    private static String text(Products products) {
        return switch (products) {
            case JAVA -> "Java";
            case PACKED -> "BLAS on packed matrices";
            case IN_PLACE -> "OpenBLAS on matrices in place";
        };
    }

    @Override
    public void run(
            int examples, FloatBuffer[] features, @Nullable FloatBuffer @Nullable [] masks, FloatBuffer[] outputs) {
        if (masks != null && withoutMasks != null) {
            throw new IllegalArgumentException(
                    "masks are given, and the predictor cannot leave out steps of this network: %s; give sequences of"
                                    .formatted(withoutMasks.getMessage())
                            + " which all steps are there, or ask Dl4jModel.predict",
                    withoutMasks);
        }
        Run run = masks == null || masked == null ? whole : masked;
        FloatBuffer[] inputs = masks == null || masked == null ? features : inputs(run, examples, features, masks);
        Plan plan = run.plan;
        int worthwhile = (int) Math.max(1, Math.min(threads, examples * plan.cost() / LEAST_PART));
        if (worthwhile == 1) {
            alone(run, inputs, examples, outputs);
        } else if (examples < worthwhile) {
            shared(run, inputs, examples, outputs, worthwhile);
        } else {
            divided(run, inputs, examples, outputs, worthwhile);
        }
    }

    /** Computes many examples: each thread takes the next block of them until there is none. */
    private void divided(Run run, FloatBuffer[] inputs, int examples, FloatBuffer[] outputs, int threads) {
        int needed = (examples + run.plan.block() - 1) / run.plan.block();
        int blocks = Math.max(threads, (needed + threads - 1) / threads * threads);
        others.run(blocks, threads, true, block -> {
            int first = (int) ((long) examples * block / blocks);
            int end = (int) ((long) examples * (block + 1) / blocks);
            Plan.Memory memory = run.memories.take();
            try {
                run.plan.run(memory, inputs, first, end - first, outputs);
            } finally {
                run.memories.giveBack(memory);
            }
        });
    }

    private static void alone(Run run, FloatBuffer[] inputs, int examples, FloatBuffer[] outputs) {
        Plan plan = run.plan;
        Plan.Memory memory = run.memories.take();
        try {
            for (int first = 0; first < examples; first += plan.block()) {
                plan.run(memory, inputs, first, Math.min(plan.block(), examples - first), outputs);
            }
        } finally {
            run.memories.giveBack(memory);
        }
    }

    /** Computes a few examples, each step by all threads. */
    private void shared(Run run, FloatBuffer[] inputs, int examples, FloatBuffer[] outputs, int threads) {
        Plan plan = run.plan;
        Plan.Memory memory = run.memories.take();
        try {
            for (int first = 0; first < examples; first += plan.block()) {
                int count = Math.min(plan.block(), examples - first);
                memory.shared().open(count, threads);
                others.ask(memory.shared(), threads - 1, true);
                plan.runShared(memory, inputs, first, count, outputs);
            }
        } finally {
            run.memories.giveBack(memory);
        }
    }

    private FloatBuffer[] inputs(Run run, int examples, FloatBuffer[] features, @Nullable FloatBuffer[] masks) {
        FloatBuffer[] inputs = new FloatBuffer[run.of.length];
        for (int i = 0; i < inputs.length; i++) {
            FloatBuffer mask = masks[run.of[i]];
            if (!run.isMask[i]) {
                inputs[i] = features[run.of[i]];
            } else if (mask != null) {
                inputs[i] = mask;
            } else {
                float[] all =
                        new float[examples * signature.inputs().get(run.of[i]).steps()];
                Arrays.fill(all, 1);
                inputs[i] = FloatBuffer.wrap(all);
            }
        }
        return inputs;
    }

    @Override
    public void close() {
        others.close();
        if (alone != null) {
            alone.close();
        }
    }
}
