package org.mtl4j.dl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TypedGlobalPoolingLayerTest {
    private static final LayerWorkspaceMgr NO_WORKSPACES = LayerWorkspaceMgr.noWorkspaces();

    /** Images, sequences, and sequences with a mask; batches of one too, for which ND4J broadcasts otherwise. */
    @ParameterizedTest
    @EnumSource(PoolingType.class)
    void it_pools_as_the_stock_layer_does_to_the_bit(PoolingType type) {
        for (long batch : new long[] {1, 3}) {
            INDArray sequences = Nd4j.rand(DataType.FLOAT, batch, 4, 5);
            INDArray mask = Nd4j.ones(DataType.FLOAT, batch, 5);
            mask.putScalar(0, 4, 0);
            mask.putScalar(0, 1, 0);
            assertSame(type, Nd4j.rand(DataType.FLOAT, batch, 4, 3, 2), null);
            assertSame(type, sequences, null);
            assertSame(type, sequences.dup('f'), null);
            assertSame(type, sequences, mask);
            assertSame(type, sequences.dup('f'), mask);
        }
    }

    private static void assertSame(PoolingType type, INDArray input, INDArray mask) {
        Layer ours = layer(new TypedGlobalPoolingLayer(type), input, mask);
        assertThat(ours).isInstanceOf(TypedGlobalPoolingLayerImpl.class);
        Layer stock = layer(new GlobalPoolingLayer(type), input, mask);
        assertThat(bits(ours.activate(true, NO_WORKSPACES))).isEqualTo(bits(stock.activate(true, NO_WORKSPACES)));
        INDArray epsilon = Nd4j.rand(DataType.FLOAT, input.size(0), input.size(1));
        for (INDArray given : List.of(epsilon, epsilon.dup('f'))) {
            assertThat(bits(ours.backpropGradient(given, NO_WORKSPACES).getSecond()))
                    .as("%s of %s, mask %s", type, Arrays.toString(input.shape()), mask)
                    .isEqualTo(bits(stock.backpropGradient(given, NO_WORKSPACES).getSecond()));
        }
    }

    private static Layer layer(GlobalPoolingLayer layer, INDArray input, INDArray mask) {
        NeuralNetConfiguration configuration = new NeuralNetConfiguration();
        configuration.setLayer(layer);
        layer.setNIn( // as a graph does, which tells the layer what to pool over
                input.rank() == 3
                        ? InputType.recurrent(input.size(1), input.size(2))
                        : InputType.convolutional(input.size(2), input.size(3), input.size(1)),
                true);
        Layer made = layer.instantiate(configuration, List.of(), 0, null, true, DataType.FLOAT);
        made.setInput(input, NO_WORKSPACES);
        made.setMaskArray(mask);
        return made;
    }

    private static String bits(INDArray array) {
        return Arrays.toString(array.shape())
                + array.ordering()
                + Arrays.toString(array.dup('c').reshape(array.length()).toDoubleVector());
    }
}
