package org.mtl4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ShapeTest {
    private static final Shape IMAGE = Shape.image(2, 3, 5);
    private static final Shape VECTOR = Shape.vector(7);
    private static final Shape SEQUENCE = Shape.sequence(2, 11);
    private static final Shape CATEGORIES = Shape.categories(3, 9);
    private static final Shape TOKENS = Shape.tokens(50, 13);

    @Test
    void positions_are_pixels_or_steps() {
        assertThat(IMAGE.positions()).isEqualTo(15);
        assertThat(VECTOR.positions()).isEqualTo(1);
        assertThat(SEQUENCE.positions()).isEqualTo(11);
        assertThat(CATEGORIES.positions()).isEqualTo(1);
        assertThat(TOKENS.positions()).isEqualTo(13);
        assertThat(Shape.image(1, 1 << 16, 1 << 16).positions()).isEqualTo(1L << 32);
    }

    @Test
    void a_batch_has_the_number_of_examples_in_front() {
        assertThat(IMAGE.batch(4)).containsExactly(4, 2, 3, 5);
        assertThat(VECTOR.batch(4)).containsExactly(4, 7);
        assertThat(SEQUENCE.batch(4)).containsExactly(4, 2, 11);
        assertThat(CATEGORIES.batch(4)).containsExactly(4, 2);
        assertThat(TOKENS.batch(4)).containsExactly(4, 13);
    }

    @Test
    void each_kind_is_matched_by_its_own_function() {
        assertThat(match(IMAGE)).isEqualTo("image 5 wide");
        assertThat(match(VECTOR)).isEqualTo("vector of 7");
        assertThat(match(SEQUENCE)).isEqualTo("sequence of 11");
        assertThat(match(CATEGORIES)).isEqualTo("categories [3, 9]");
        assertThat(match(TOKENS)).isEqualTo("13 tokens of 50");
    }

    private static String match(Shape shape) {
        return shape.match(
                image -> "image " + image.width() + " wide",
                vector -> "vector of " + vector.size(),
                sequence -> "sequence of " + sequence.steps(),
                categories -> "categories " + categories.sizes(),
                tokens -> tokens.steps() + " tokens of " + tokens.vocabulary());
    }

    @Test
    void codes_are_counted_by_column_and_told_as_such() {
        assertThat(CATEGORIES.channels()).isEqualTo(2);
        assertThat(CATEGORIES.elements()).isEqualTo(2);
        assertThat(TOKENS.channels()).isEqualTo(1);
        assertThat(TOKENS.elements()).isEqualTo(13);
        assertThat(CATEGORIES).hasToString("categories [3, 9]");
        assertThat(TOKENS).hasToString("tokens [13] of 50");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Shape.categories(3, 0))
                .withMessage("Shape.categories: size of column 1 must be at least 1, got 0");
        assertThatIllegalArgumentException()
                .isThrownBy(Shape::categories)
                .withMessage("Shape.categories: there is at least one column, got none");
    }
}
