package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ExampleBlocksTest {
    @Test
    void channels_are_joined_and_cut_as_by_nd4j() {
        for (long[] rest : new long[][] {{}, {3}, {2, 3}}) {
            INDArray[] parts = {numbers(2, rest), numbers(1, rest), numbers(4, rest)};
            INDArray joined = numbers(7, rest);
            ExampleBlocks.join(parts, joined);
            assertThat(joined).isEqualTo(Nd4j.concat(1, parts));
            long from = 0;
            for (INDArray part : parts) {
                INDArray cut = numbers(part.size(1), rest);
                ExampleBlocks.cut(joined, from, cut);
                assertThat(cut).isEqualTo(part);
                from += part.size(1);
            }
        }
    }

    private static INDArray numbers(long channels, long... rest) {
        long[] shape = new long[2 + rest.length];
        shape[0] = 5;
        shape[1] = channels;
        System.arraycopy(rest, 0, shape, 2, rest.length);
        return Nd4j.rand(DataType.FLOAT, shape);
    }
}
