package org.mtl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;

class LayerVisitorTest {
    private static final CustomLayer OWN = new CustomLayer() {
        @Override
        public Shape outputShape(Shape input) {
            return input;
        }

        @Override
        public long parameters(Shape input) {
            return 0;
        }

        @Override
        public String describe() {
            return "own";
        }
    };

    private static final List<LayerSpec> ALL = List.of(
            Convolution.of(3, 2),
            Pooling.max(2),
            new GlobalPooling(Pooling.Kind.MAX),
            Dense.of(3),
            BatchNormalization.standard(),
            new Dropout(0.5),
            new Activate(Activation.RELU),
            Residual.of(new NamedLayer("fc", Dense.of(3))),
            new SoftArgmax(),
            Embedding.of(4),
            Convolution1D.of(3, 2).withStride(2),
            Recurrent.gru(3),
            new LastStep(),
            LayerNormalization.standard(),
            OWN);

    /**
     * A visitor that answers with the name of the method that was called, and sees that it is given the layer itself.
     */
    @SuppressWarnings("unchecked")
    private static LayerVisitor<String> naming(LayerSpec layer) {
        return (LayerVisitor<String>) Proxy.newProxyInstance(
                LayerVisitor.class.getClassLoader(),
                new Class<?>[] {LayerVisitor.class},
                (proxy, method, arguments) -> {
                    assertThat(arguments).containsExactly(layer);
                    return method.getName();
                });
    }

    @Test
    void each_kind_has_a_type_and_a_method_of_its_own() {
        assertThat(ALL).extracting(LayerSpec::type).containsExactly(LayerType.values());
        Set<String> called = new HashSet<>();
        for (LayerSpec layer : ALL) {
            called.add(layer.accept(naming(layer)));
        }
        assertThat(called)
                .hasSize(ALL.size())
                .containsExactlyInAnyOrderElementsOf(List.of(LayerVisitor.class.getMethods()).stream()
                        .map(Method::getName)
                        .toList());
    }

    /** Otherwise a new kind would compile without it. */
    @Test
    void no_method_of_a_visitor_has_a_default() {
        assertThat(LayerVisitor.class.getMethods()).noneMatch(Method::isDefault);
    }

    @Test
    void the_stride_of_a_block_is_that_of_its_layers_together() {
        assertThat(ALL).extracting(LayerSpec::stride).containsExactly(1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1);
        assertThat(Residual.of(
                                new NamedLayer("a", Convolution.of(3, 3).withStride(2)),
                                new NamedLayer("b", Convolution.of(3, 3)),
                                new NamedLayer("c", Pooling.max(3)))
                        .stride())
                .isEqualTo(6);
    }

    @Test
    void blocks_are_told_from_layers() {
        for (LayerSpec layer : ALL) {
            assertThat(Residual.blockOf(layer).isPresent()).isEqualTo(layer instanceof Residual);
        }
    }
}
