package org.mtl4j.dl4j.internal.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayer;
import org.deeplearning4j.nn.conf.layers.misc.FrozenLayerWithBackprop;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.mtl4j.dl4j.internal.cpu.HostThreads;
import org.mtl4j.dl4j.internal.cpu.ParallelLoop;
import org.mtl4j.dl4j.internal.layer.ConfigurationJson;
import org.mtl4j.layer.LayerType;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.Stitch;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.core.JsonProcessingException;

/**
 * Has a graph several times over, with one array of parameters for all, one for each thread. Two threads with half a
 * batch each are faster than one operation after the other on two threads: nobody waits at the end of each operation.
 */
public final class Replicas {
    private final List<ComputationGraph> graphs;
    private final ReplicaThreads threads;

    /**
     * @param graph the first of the graphs
     * @param count how many there are, this one included
     */
    Replicas(ComputationGraph graph, int count) {
        graphs = new ArrayList<>(List.of(graph));
        while (graphs.size() < count) {
            graphs.add(of(graph, graph.params()));
        }
        threads = new ReplicaThreads(count);
    }

    /** {@return another graph of the same form, over an array of parameters} */
    static ComputationGraph of(ComputationGraph graph, INDArray parameters) {
        ComputationGraphConfiguration configuration = graph.getConfiguration().clone();
        configuration.getVertices().values().forEach(Replicas::copyWhatIsWrapped);
        ComputationGraph replica = new ComputationGraph(configuration);
        replica.init(parameters, false);
        return replica;
    }

    /**
     * Copies layers within layers, too, which {@code clone()} shares: their dropout keeps in its configuration what it
     * has dropped.
     */
    private static void copyWhatIsWrapped(GraphVertex vertex) {
        if (vertex instanceof LayerVertex layer && wraps(layer.getLayerConf().getLayer())) {
            Layer original = layer.getLayerConf().getLayer();
            ConfigurationJson json = ConfigurationJson.of(original);
            try {
                layer.getLayerConf().setLayer(json.read(json.write(original), Layer.class));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(
                        "layer '%s' cannot be written and read as JSON: %s"
                                .formatted(original.getLayerName(), e.getOriginalMessage()),
                        e);
            }
        }
    }

    private static boolean wraps(Layer layer) {
        return layer instanceof BaseWrapperLayer
                || layer instanceof FrozenLayer
                || layer instanceof FrozenLayerWithBackprop
                || layer instanceof Bidirectional;
    }

    /** {@return how many replicas use the processor best: one per thread that ND4J would use; one on other devices} */
    static int best() {
        return HostThreads.available();
    }

    /**
     * Tells whether a step of training comes out the same, to rounding, when its batch is divided. Statistics of
     * batches do, as the parts meet for them, and so does dropout, which draws by the place in the batch; what foreign
     * layers and units do is not known.
     */
    public static boolean mayDivideTraining(MultiTaskNetwork network) {
        return network.placedLayers().stream()
                        .allMatch(layer -> mayDivide(layer.spec().type()))
                && network.stitches().stream().map(Stitch::unit).noneMatch(Replicas::isForeignAndLooksAtBatch);
    }

    private static boolean isForeignAndLooksAtBatch(SharingUnit unit) {
        return unit.looksAtBatch() && !(unit instanceof NddrUnit);
    }

    private static boolean mayDivide(LayerType type) {
        return switch (type) {
            case CONVOLUTION,
                    POOLING,
                    GLOBAL_POOLING,
                    DENSE,
                    ACTIVATION,
                    RESIDUAL,
                    SOFT_ARGMAX,
                    EMBEDDING,
                    CONVOLUTION_1D,
                    RECURRENT,
                    LAST_STEP,
                    LAYER_NORMALIZATION,
                    BATCH_NORMALIZATION,
                    DROPOUT -> true;
            case CUSTOM -> false;
        };
    }

    /**
     * Tells whether layers may draw from ND4J's stream of random numbers in training: foreign ones may, and dropout
     * does where features have masks, or workers of other processes compute.
     */
    public static boolean mayDraw(MultiTaskNetwork network) {
        return !mayDivideTraining(network)
                || network.placedLayers().stream()
                        .anyMatch(layer -> layer.spec().type() == LayerType.DROPOUT);
    }

    /** {@return how many there are} */
    public int count() {
        return graphs.size();
    }

    /** {@return one of the graphs, the original being number 0} */
    public ComputationGraph graph(int replica) {
        return graphs.get(replica);
    }

    /**
     * Does the part of a batch that a replica has.
     *
     * @param <T> what comes out
     */
    @FunctionalInterface
    public interface Part<T> {
        /**
         * Does the examples from {@code from} to before {@code to}.
         *
         * @param part which part this is, counted from 0
         */
        T run(ComputationGraph graph, int part, long from, long to);
    }

    /**
     * Divides a batch among all replicas and waits for all of them.
     *
     * @param apart whether each part needs a thread of its own, as parts that wait for each other do; others are done
     *     by the calling thread and by those that help with loops, which are awake between two steps
     * @return the results in the order of the parts
     */
    public <T> List<T> divide(long examples, boolean apart, Part<T> work) {
        int n = graphs.size();
        IntFunction<T> ofPart =
                part -> work.run(graphs.get(part), part, examples * part / n, examples * (part + 1) / n);
        return apart ? threads.run(n, ofPart) : here(n, ofPart);
    }

    /**
     * Does parts on the calling thread and those that help with loops, each with one native thread; the results are in
     * the order of the parts.
     */
    static <T> List<T> here(int n, IntFunction<T> ofPart) {
        return HostThreads.withOne(() -> withHelp(n, ofPart));
    }

    private static <T> List<T> withHelp(int n, IntFunction<T> ofPart) {
        AtomicReferenceArray<T> results = new AtomicReferenceArray<>(n);
        Thread caller = Thread.currentThread();
        ClassLoader loader = caller.getContextClassLoader();
        ParallelLoop.run(n, n, (part, from, to) -> {
            Thread thread = Thread.currentThread();
            ClassLoader own = thread.getContextClassLoader();
            thread.setContextClassLoader(loader);
            try {
                HostThreads.useOneHere();
                results.set(part, ofPart.apply(part));
            } finally {
                thread.setContextClassLoader(own);
            }
        });
        if (caller.isInterrupted()) {
            throw new IllegalStateException(ReplicaThreads.INTERRUPTED);
        }
        return IntStream.range(0, n).mapToObj(results::get).toList();
    }
}
