package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rows that are read again are the same ones, or are noticed. */
class ReadRowsTest {
    private static ReadRows of(int partition, @Nullable String problem, Object... values) {
        ReadRows read = new ReadRows();
        read.add(new ReadRows.Part(partition, values.length, sum(values), problem));
        return read;
    }

    private static long sum(Object... values) {
        long sum = 0;
        for (Object value : values) {
            sum += ReadRows.hash(new Object[] {value, null});
        }
        return sum;
    }

    @Test
    void a_partition_that_is_read_again_counts_once_and_has_the_same_rows() {
        ReadRows all = new ReadRows();
        all.merge(of(1, null, "c", 4.5));
        all.merge(of(0, null, "a", 7L));
        all.merge(of(0, null, 7L, "a")); // where an executor was lost, or was slow
        assertThatCode(() -> all.require("t", 4, sum(4.5, "c", "a", 7L))).doesNotThrowAnyException();
        assertThatIllegalStateException()
                .isThrownBy(() -> all.require("t", 4, sum(4.5, "c", "b", 7L)))
                .withMessageStartingWith("t had 4 rows when they were read first, and has 4 now, with other values.");
        assertThatIllegalStateException()
                .isThrownBy(() -> all.require("t", 5, sum(4.5, "c", "a", 7L)))
                .withMessageStartingWith("t had 5 rows when they were read first, and has 4 now.");
        all.merge(of(1, null, "c", 5.5));
        assertThatIllegalStateException()
                .isThrownBy(() -> all.copy().require("t", 4, sum(4.5, "c", "a", 7L)))
                .withMessageContaining("with other values");
    }

    @Test
    void what_could_not_be_read_comes_first() {
        ReadRows all = of(2, "later", "x");
        all.merge(of(1, "column 'c'", "y"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> all.require("t", 2, sum("x", "y")))
                .withMessage("column 'c'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> all.require("t", 2, sum("x", "z")))
                .withMessage("column 'c'; its values were others when they were read before");
    }
}
