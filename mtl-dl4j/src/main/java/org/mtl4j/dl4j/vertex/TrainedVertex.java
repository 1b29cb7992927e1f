package org.mtl4j.dl4j.vertex;

import java.util.Objects;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.conf.memory.MemoryReport;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/** Configures a vertex that has trained parameters, and so an updater of its own, and a fixed number of inputs. */
abstract class TrainedVertex extends GraphVertex {
    private static final long serialVersionUID = 1L;

    private final IUpdater updater;
    private final int inputs;

    TrainedVertex(IUpdater updater, int inputs) {
        this.updater = Objects.requireNonNull(updater, "updater");
        this.inputs = inputs;
    }

    /** Returns the network's updater. */
    @JsonProperty("updater")
    public IUpdater updater() {
        return updater;
    }

    /** Returns how many numbers of working memory an example takes in inference, and again in training. */
    abstract long workingMemoryPerExample(InputType type);

    @Override
    public int minVertexInputs() {
        return inputs;
    }

    @Override
    public int maxVertexInputs() {
        return inputs;
    }

    @Override
    public MemoryReport getMemoryReport(InputType... types) {
        long perExample = workingMemoryPerExample(types[0]);
        return new LayerMemoryReport.Builder(null, getClass(), types[0], types[0])
                .standardMemory(numParams(true), updater.stateSize(numParams(true)))
                .workingMemory(0, perExample, 0, perExample)
                .cacheMemory(0, 0)
                .build();
    }
}
