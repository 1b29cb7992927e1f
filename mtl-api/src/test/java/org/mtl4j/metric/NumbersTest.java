package org.mtl4j.metric;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;

class NumbersTest {
    private static final int COUNT = 1000;

    private static Numbers numbers(double first, double weight) {
        Numbers numbers = new Numbers();
        for (int i = 0; i < COUNT; i++) {
            numbers.add(first + i, weight);
        }
        return numbers;
    }

    private static byte[] bytes(Numbers numbers) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(numbers);
        }
        return bytes.toByteArray();
    }

    private static Numbers sent(Numbers numbers) throws IOException, ClassNotFoundException {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes(numbers)))) {
            return (Numbers) in.readObject();
        }
    }

    @Test
    void merging_finds_room_for_what_comes_and_little_more() {
        Numbers few = numbers(0, 1);
        Numbers many = new Numbers();
        for (int i = 0; i < 64; i++) {
            many.add(few);
        }
        Numbers all = numbers(0, 1);
        all.add(many);
        assertThat(all.size()).isEqualTo(65 * COUNT);
        assertThat(all.plain()).hasSize(65 * COUNT); // a single copy, of what there is
        assertThat(many.plain().length).isBetween(64 * COUNT, 96 * COUNT + 16); // many copies would take long
        assertThat(all.value(COUNT + 5 * COUNT + 7)).isEqualTo(7);
    }

    @Test
    void what_is_sent_is_the_numbers_and_no_room_for_more() throws IOException, ClassNotFoundException {
        int withoutNumbers = bytes(new Numbers()).length;
        assertThat(bytes(numbers(0, 1))).hasSize(withoutNumbers + Float.BYTES * COUNT);
        assertThat(bytes(numbers(0.1, 1))).hasSize(withoutNumbers + Double.BYTES * COUNT); // no floats
        assertThat(bytes(numbers(0, 2))).hasSize(withoutNumbers + (Float.BYTES + Double.BYTES) * COUNT);
        Numbers here = new Numbers();
        here.add(sent(new Numbers()));
        here.add(sent(numbers(0, 1)));
        here.add(sent(numbers(0.1, 1)));
        here.add(sent(numbers(5, 3)));
        here.add(7, 1);
        assertThat(here.size()).isEqualTo(3 * COUNT + 1);
        assertThat(here.totalWeight()).isEqualTo(2 * COUNT + 3 * COUNT + 1);
        assertThat(here.value(COUNT + 3)).isEqualTo(0.1 + 3);
        assertThat(here.value(2 * COUNT + 3)).isEqualTo(8);
        assertThat(here.weight(COUNT, 2 * COUNT)).isEqualTo(COUNT);
        Numbers sender = numbers(0, 1);
        bytes(sender);
        sender.add(-1, 1); // and goes on
        assertThat(sender.value(COUNT)).isEqualTo(-1);
    }
}
