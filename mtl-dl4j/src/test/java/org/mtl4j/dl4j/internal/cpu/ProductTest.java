package org.mtl4j.dl4j.internal.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** The products that everything else is made of; under each set of kernels. */
@Kernels
class ProductTest {
    /** One in so many of the 40,000 shapes; {@code .ci/products} searches all. */
    private static final int EVERY = 173;

    @Test
    void no_product_is_wrong() {
        Nd4j.create(1); // ND4J is the one to load OpenBLAS
        ProductSearch.Result result = ProductSearch.run(EVERY);
        assertThat(result.products()).isGreaterThan(20_000);
        assertThat(result.groups()).isEmpty();
        assertThat(result.wrong()).isZero();
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE", "HALF", "INT"})
    void the_check_at_the_start_finds_nothing(DataType type) {
        assertThat(ProductCheck.fault(type)).isEmpty();
        ProductCheck.require(type);
    }
}
