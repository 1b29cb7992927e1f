package org.mtl4j.dl4j.layer;

import java.util.ArrayList;
import java.util.List;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FlatArrays;
import org.mtl4j.dl4j.internal.cpu.HostArray;
import org.mtl4j.dl4j.internal.cpu.HostMemory;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Looks rows up, and adds the gradients of those that were looked up; the order is that of the examples, so that
 * rounding is the same each time. In single precision on a CPU it works on the tables' memory; elsewhere by ND4J's
 * operations, one for each table.
 */
final class EmbeddingTablesLayerImpl extends BaseLayer<EmbeddingTablesLayer> {
    private static final long serialVersionUID = 1L;

    EmbeddingTablesLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        Lookup lookup = lookup();
        INDArray out = HostArray.create(workspaces, ArrayType.ACTIVATIONS, dataType, lookup.shape(), 'c');
        if (FlatArrays.supports(paramsFlattened) && HostMemory.isContiguous(out)) {
            lookup.readFloats(HostMemory.floats(paramsFlattened), HostMemory.floats(out));
            HostMemory.reachabilityFence(paramsFlattened, out);
        } else {
            try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                out.assign(gathered(lookup));
            }
        }
        return out;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        Lookup lookup = lookup();
        if (FlatArrays.supports(gradientsFlattened) && epsilon.dataType() == DataType.FLOAT) {
            INDArray dense =
                    HostMemory.isContiguous(epsilon) ? epsilon : workspaces.dup(ArrayType.BP_WORKING_MEM, epsilon, 'c');
            lookup.sumFloats(HostMemory.floats(dense), HostMemory.floats(gradientsFlattened));
            HostMemory.reachabilityFence(dense, gradientsFlattened);
        } else {
            gradientsFlattened.assign(0);
            try (MemoryWorkspace none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
                scatter(lookup, MatrixValues.copied(epsilon));
            }
        }
        Gradient gradient = new DefaultGradient();
        gradientViews.forEach(gradient::setGradientFor);
        return new Pair<>(gradient, null);
    }

    private Lookup lookup() {
        EmbeddingTablesLayer layer = layerConf();
        int[] sizes = layer.sizes();
        if (input.rank() != 2 || !layer.isSequence() && input.size(1) != sizes.length) {
            throw new IllegalArgumentException("embedding '%s' reads codes [batch, %s], got %s"
                    .formatted(
                            layer.getLayerName(),
                            layer.isSequence() ? "steps" : sizes.length,
                            input.shapeInfoToString()));
        }
        int columns = (int) input.size(1);
        double[] values = MatrixValues.of(input);
        boolean @Nullable [] there = maskArray == null || !layer.isSequence() ? null : there(columns);
        int[] codes = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            int size = sizes[layer.isSequence() ? 0 : i % columns];
            codes[i] = (int) values[i];
            if (there != null && !there[i]) {
                codes[i] = Lookup.NOT_THERE;
            } else if (!(values[i] >= 0 && values[i] < size)) { // true of NaN, too
                throw new IllegalArgumentException("embedding '%s', row %s, column %s: code %s, of %s codes from 0"
                        .formatted(layer.getLayerName(), i / columns, i % columns, values[i], size));
            }
        }
        return new Lookup(codes, (int) input.size(0), columns, sizes, layer.dimensions(), layer.isSequence());
    }

    /** Reads the mask, {@code [batch, steps]}. */
    private boolean[] there(int steps) {
        double[] mask = MatrixValues.of(maskArray.reshape(input.size(0), steps));
        boolean[] there = new boolean[mask.length];
        for (int i = 0; i < mask.length; i++) {
            there[i] = mask[i] != 0;
        }
        return there;
    }

    /** Has ND4J look the rows up. */
    private INDArray gathered(Lookup lookup) {
        List<INDArray> parts = new ArrayList<>();
        for (int table = 0; table < lookup.tables(); table++) {
            INDArray rows = Nd4j.exec(DynamicCustomOp.builder("gather")
                    .addInputs(params.get(EmbeddingTablesInitializer.key(table)), lookup.indexes(table))
                    .addIntegerArguments(0)
                    .build())[0];
            parts.add(rows);
        }
        if (!lookup.sequence()) {
            return Nd4j.concat(1, parts.toArray(INDArray[]::new));
        }
        INDArray rows = parts.get(0).mul(lookup.there(dataType));
        INDArray steps = rows.reshape('c', lookup.batch(), lookup.columns(), rows.size(1));
        return steps.permute(0, 2, 1).dup('c');
    }

    /** Writes the sums of the gradients of all rows that were looked up, each row once. */
    private void scatter(Lookup lookup, double[] epsilon) {
        for (int table = 0; table < lookup.tables(); table++) {
            Lookup.Sums sums = lookup.sums(table, epsilon);
            if (sums.rows().length == 0) {
                continue;
            }
            INDArray gradient = gradientViews.get(EmbeddingTablesInitializer.key(table));
            INDArray values =
                    Nd4j.create(sums.values(), new long[] {sums.rows().length, gradient.size(1)}, gradient.dataType());
            Nd4j.exec(DynamicCustomOp.builder("scatter_upd")
                    .addInputs(gradient, Nd4j.createFromArray(sums.rows()), values)
                    .addOutputs(gradient)
                    .build());
        }
    }
}
