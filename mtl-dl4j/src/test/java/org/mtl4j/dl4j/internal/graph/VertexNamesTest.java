package org.mtl4j.dl4j.internal.graph;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mtl4j.network.MultiTaskNetwork;

class VertexNamesTest {
    @Test
    void paths_and_what_stands_behind_a_vertex() {
        assertThat(VertexNames.in("a", "conv")).isEqualTo("a/conv");
        assertThat(VertexNames.stitch("a", "pool1")).isEqualTo("a/pool1:stitch").startsWith(VertexNames.prefix("a"));
        assertThat(VertexNames.sum("a/block")).isEqualTo("a/block:sum");
    }

    /** An output layer has the name of its task, so that no task may be called as what every graph has. */
    @Test
    void no_task_can_have_the_name_of_a_vertex_that_is_always_there() {
        assertThat(MultiTaskNetwork.RESERVED_TASK_NAMES)
                .containsExactlyInAnyOrder(VertexNames.INPUT, VertexNames.RELATEDNESS);
    }

    @Test
    void keys_of_parameters_end_in_the_parameter() {
        assertThat(ParameterKey.parse("a/conv_1_W")).isEqualTo(new ParameterKey("a/conv_1", "W"));
    }
}
