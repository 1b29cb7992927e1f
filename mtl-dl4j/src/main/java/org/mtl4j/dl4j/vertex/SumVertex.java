package org.mtl4j.dl4j.vertex;

import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonIgnoreProperties;

/**
 * Configures the sum of its inputs like that of {@link ElementWiseVertex}: the same results, in one pass over two
 * inputs in predictions on a CPU in single precision. All else is computed by the stock vertex's code.
 */
@JsonIgnoreProperties("op")
public final class SumVertex extends ElementWiseVertex {
    private static final long serialVersionUID = 1L;

    /** Makes a sum of at least two inputs. */
    public SumVertex() {
        super(Op.Add);
    }

    @Override
    public SumVertex clone() {
        return new SumVertex();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SumVertex;
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }

    @Override
    public GraphVertex instantiate(
            ComputationGraph graph,
            String name,
            int index,
            INDArray parameters,
            boolean initializeParameters,
            DataType dataType) {
        return new SumVertexImpl(graph, name, index, dataType);
    }
}
