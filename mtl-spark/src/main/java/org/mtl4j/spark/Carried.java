package org.mtl4j.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;

/**
 * Carries a value to and from executors as Java serialises it, whichever serialiser Spark is told to use: Kryo makes
 * neither records nor what is transient of an object.
 *
 * @param <T> what is carried
 */
@DefaultSerializer(JavaSerializer.class)
final class Carried<T extends Serializable> implements Serializable {
    private static final long serialVersionUID = 1L;

    private final T value;

    Carried(T value) {
        this.value = value;
    }

    T value() {
        return value;
    }
}
