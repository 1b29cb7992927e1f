package org.mtl4j.sparkml;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.mtl4j.data.TableSchema;

/** Features that are missing are refused where they may not be, categories that are numbers as well. */
class MissingValuesTest {
    private static final TableSchema SCHEMA = TableSchema.builder()
            .numbers("age")
            .categories("code")
            .missing("-1", "?")
            .build();

    @Test
    void a_category_that_is_a_number_is_missing_as_its_text_is() {
        MissingValues.refuse(SCHEMA, new Object[] {30, 1});
        for (Object missing : new Object[] {-1, -1L, -1.0, new BigDecimal("-1"), "-1", "?", " ", Double.NaN}) {
            assertThatIllegalArgumentException()
                    .as("%s", missing)
                    .isThrownBy(() -> MissingValues.refuse(SCHEMA, new Object[] {30, missing}))
                    .withMessageStartingWith("column 'code': a value is missing");
            assertThatIllegalArgumentException()
                    .as("%s", missing)
                    .isThrownBy(() -> MissingValues.refuse(SCHEMA, new Object[] {missing, 1}))
                    .withMessageStartingWith("column 'age': a value is missing");
        }
    }
}
