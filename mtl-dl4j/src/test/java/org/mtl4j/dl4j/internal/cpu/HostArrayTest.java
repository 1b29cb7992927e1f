package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.FloatBuffer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Compares with arrays that ND4J makes. */
class HostArrayTest {
    private static final LayerWorkspaceMgr NONE = LayerWorkspaceMgr.noWorkspaces();

    private static INDArray host(char order, long... shape) {
        return HostArray.create(NONE, ArrayType.ACTIVATIONS, DataType.FLOAT, shape, order);
    }

    @ParameterizedTest
    @ValueSource(chars = {'c', 'f'})
    void is_an_array_like_any_other(char order) {
        INDArray stock = Nd4j.create(DataType.FLOAT, new long[] {2, 3, 1, 4}, order);
        for (int i = 0; i < 2; i++) { // made anew, and with the description that is there
            INDArray host = host(order, 2, 3, 1, 4);
            assertThat(host).isInstanceOf(HostArray.class);
            assertThat(host.shape()).isEqualTo(stock.shape());
            assertThat(host.stride()).isEqualTo(stock.stride());
            assertThat(host.ordering()).isEqualTo(order);
            assertThat(host.elementWiseStride()).isEqualTo(stock.elementWiseStride());
            assertThat(host.length()).isEqualTo(24);
            assertThat(host.isView()).isFalse();
            assertThat(host.shapeInfoJava()).isEqualTo(stock.shapeInfoJava());
            host.shape()[0] = 7; // whoever writes there does not change other arrays
        }
    }

    @ParameterizedTest
    @ValueSource(chars = {'c', 'f'})
    void computes_what_others_do(char order) {
        INDArray numbers = Nd4j.rand(DataType.FLOAT, 4, 6);
        INDArray host = host(order, 4, 6).assign(numbers);
        assertThat(host).isEqualTo(numbers);
        assertThat(host.mmul(numbers.transpose())).isEqualTo(numbers.mmul(numbers.transpose()));
        assertThat(host.add(numbers)).isEqualTo(numbers.add(numbers));
        assertThat(host.sum(0)).isEqualTo(numbers.sum(0));
        assertThat(host.dup('c')).isEqualTo(numbers);
        assertThat(host.unsafeDuplication()).isEqualTo(numbers);
        assertThat(host.reshape('c', 3, 8)).isEqualTo(numbers.reshape('c', 3, 8));
        assertThat(host.permute(1, 0)).isEqualTo(numbers.permute(1, 0));
        assertThat(host.castTo(DataType.DOUBLE)).isEqualTo(numbers.castTo(DataType.DOUBLE));
        INDArray part = host.get(NDArrayIndex.interval(1, 3), NDArrayIndex.all());
        assertThat(part).isEqualTo(numbers.get(NDArrayIndex.interval(1, 3), NDArrayIndex.all()));
        assertThat(host.toStringFull()).isEqualTo(numbers.toStringFull());
        assertThat(host.shapeDescriptor())
                .isEqualTo(Nd4j.create(DataType.FLOAT, new long[] {4, 6}, order).shapeDescriptor());
    }

    @Test
    void lies_in_the_workspace_that_it_is_for() {
        WorkspaceConfiguration configuration =
                WorkspaceConfiguration.builder().initialSize(1 << 16).build();
        LayerWorkspaceMgr workspaces = LayerWorkspaceMgr.builder()
                .with(ArrayType.ACTIVATIONS, "HOST_ARRAYS", configuration)
                .defaultNoWorkspace()
                .build();
        try (MemoryWorkspace open = workspaces.notifyScopeEntered(ArrayType.ACTIVATIONS)) {
            INDArray inside =
                    HostArray.create(workspaces, ArrayType.ACTIVATIONS, DataType.FLOAT, new long[] {5, 5}, 'c');
            assertThat(inside.isAttached()).isTrue();
            assertThat(inside.data().getParentWorkspace().getId()).isEqualTo("HOST_ARRAYS");
            INDArray outside =
                    HostArray.create(workspaces, ArrayType.BP_WORKING_MEM, DataType.FLOAT, new long[] {5, 5}, 'c');
            assertThat(outside.isAttached()).isFalse();
        }
        Nd4j.getWorkspaceManager()
                .destroyWorkspace(
                        Nd4j.getWorkspaceManager().getWorkspaceForCurrentThread(configuration, "HOST_ARRAYS"));
        INDArray again = host('c', 5, 5); // of a shape that was described in the workspace's time
        assertThat(again.assign(3).sumNumber().intValue()).isEqualTo(75);
    }

    @Test
    void other_types_are_made_by_nd4j() {
        INDArray wide = HostArray.create(NONE, ArrayType.ACTIVATIONS, DataType.DOUBLE, new long[] {2, 2}, 'c');
        assertThat(wide).isNotInstanceOf(HostArray.class);
        assertThat(wide.dataType()).isEqualTo(DataType.DOUBLE);
    }

    @Test
    void can_be_written_and_read() throws IOException, ClassNotFoundException {
        INDArray host = host('c', 3, 2).assign(Nd4j.rand(DataType.FLOAT, 3, 2));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(host);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(in.readObject()).isEqualTo(host);
        }
    }

    /** Buffers are kept by address: what lies there next has other numbers, and views have addresses of their own. */
    @Test
    void buffers_are_those_of_the_array() {
        INDArray all = Nd4j.arange(24).castTo(DataType.FLOAT).reshape(4, 6);
        for (int row = 0; row < 4; row++) {
            INDArray view = all.getRow(row);
            FloatBuffer numbers = HostMemory.floats(view);
            assertThat(numbers.capacity()).isEqualTo(6);
            assertThat(numbers.get(0)).isEqualTo(6 * row);
            INDArray within = view.get(NDArrayIndex.interval(2, 5));
            assertThat(HostMemory.floats(within).get(0)).isEqualTo(6 * row + 2);
            assertThat(HostMemory.pointer(within).get(1)).isEqualTo(6 * row + 3);
            assertThat(HostMemory.bits(within).get(2)).isEqualTo(Float.floatToIntBits(6 * row + 4));
            HostMemory.reachabilityFence(view, within);
        }
        for (int round = 0; round < 1000; round++) {
            try (INDArray one = Nd4j.valueArrayOf(new long[] {1 + round % 7}, round, DataType.FLOAT)) {
                assertThat(HostMemory.floats(one).get(round % 7)).isEqualTo(round);
            }
        }
        assertThat(all.rows()).isEqualTo(4); // and lives so long
    }

    @Test
    void closed_arrays_are_refused() {
        INDArray closed = Nd4j.create(DataType.FLOAT, 3);
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> HostMemory.floats(closed));
    }
}
