package org.mtl4j.sparkml;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/**
 * What a partition answers, or why it does not, as bytes: so that it does not matter by which serialiser Spark sends
 * it, and that a value which is refused is told at once, and not after Spark has tried four times.
 */
final class Answer {
    private Answer() {}

    /** A value that was refused. */
    private record Refusal(String message) implements Serializable {}

    /** {@return the answer of some work, or its {@link IllegalArgumentException}} */
    static byte[] of(Supplier<? extends Serializable> work) {
        Serializable answer;
        try {
            answer = work.get();
        } catch (IllegalArgumentException e) {
            answer = new Refusal(String.valueOf(e.getMessage()));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * {@return the answer}
     *
     * @throws IllegalArgumentException if a value was refused
     */
    static Object valueOf(byte[] bytes) {
        Object answer;
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            answer = in.readObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
        if (answer instanceof Refusal refusal) {
            throw new IllegalArgumentException(refusal.message);
        }
        return answer;
    }
}
