package org.mtl4j.dl4j.layer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Divides the parameters of an {@link EmbeddingTablesLayer} into tables, row by row, and draws their start. */
final class EmbeddingTablesInitializer implements ParamInitializer {
    static final EmbeddingTablesInitializer INSTANCE = new EmbeddingTablesInitializer();

    private EmbeddingTablesInitializer() {}

    @Override
    public long numParams(NeuralNetConfiguration conf) {
        return numParams(conf.getLayer());
    }

    @Override
    public long numParams(Layer layer) {
        int[] sizes = tables(layer).sizes();
        int[] dimensions = tables(layer).dimensions();
        return IntStream.range(0, sizes.length)
                .mapToLong(table -> (long) sizes[table] * dimensions[table])
                .sum();
    }

    @Override
    public List<String> paramKeys(Layer layer) {
        return weightKeys(layer);
    }

    @Override
    public List<String> weightKeys(Layer layer) {
        return IntStream.range(0, tables(layer).sizes().length)
                .mapToObj(EmbeddingTablesInitializer::key)
                .toList();
    }

    @Override
    public List<String> biasKeys(Layer layer) {
        return List.of();
    }

    @Override
    public boolean isWeightParam(Layer layer, String key) {
        return weightKeys(layer).contains(key);
    }

    @Override
    public boolean isBiasParam(Layer layer, String key) {
        return false;
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration conf, INDArray view, boolean initializeParameters) {
        EmbeddingTablesLayer layer = tables(conf.getLayer());
        Map<String, INDArray> tables = views(layer, view);
        tables.forEach((key, table) -> {
            conf.addVariable(key);
            if (initializeParameters) {
                double deviation = layer.startNorm() / Math.sqrt(table.size(1));
                table.assign(Nd4j.randn(table.dataType(), table.shape()).muli(deviation));
                table.get(NDArrayIndex.interval(0, 1)).assign(0);
            }
        });
        return Collections.synchronizedMap(tables);
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration conf, INDArray view) {
        return views(tables(conf.getLayer()), view);
    }

    private Map<String, INDArray> views(EmbeddingTablesLayer layer, INDArray view) {
        if (view.length() != numParams(layer)) {
            throw new IllegalStateException("EmbeddingTablesLayer '%s' has %s parameters, got %s"
                    .formatted(layer.getLayerName(), numParams(layer), view.length()));
        }
        INDArray flat = view.reshape(view.length());
        int[] sizes = layer.sizes();
        int[] dimensions = layer.dimensions();
        Map<String, INDArray> tables = new LinkedHashMap<>();
        long from = 0;
        for (int table = 0; table < sizes.length; table++) {
            long to = from + (long) sizes[table] * dimensions[table];
            tables.put(
                    key(table),
                    flat.get(NDArrayIndex.interval(from, to)).reshape('c', sizes[table], dimensions[table]));
            from = to;
        }
        return tables;
    }

    static String key(int table) {
        return "W" + table;
    }

    private static EmbeddingTablesLayer tables(Layer layer) {
        return (EmbeddingTablesLayer) layer;
    }
}
