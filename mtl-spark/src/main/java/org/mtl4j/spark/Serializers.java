package org.mtl4j.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.serializer.KryoSerializer;

/** Looks whether Spark's serialiser can send what this library sends. */
final class Serializers {
    private Serializers() {}

    /**
     * Refuses a serialiser that is not known, and Kryo where it refuses classes that are not registered.
     *
     * @param further classes that are sent, besides those that carry values of all kinds
     * @throws IllegalArgumentException if it is so; the message says what to set
     */
    static void require(JavaSparkContext context, Class<?>... further) {
        SparkConf conf = context.getConf();
        String serializer = conf.get("spark.serializer", "org.apache.spark.serializer.JavaSerializer");
        if (serializer.endsWith(".JavaSerializer")) {
            return;
        }
        if (!serializer.endsWith(".KryoSerializer")) {
            throw new IllegalArgumentException(
                    "spark.serializer is Java's (the default) or Kryo's, which both have been tried, got "
                            + serializer);
        }
        if (!conf.getBoolean("spark.kryo.registrationRequired", false)) {
            return;
        }
        List<Class<?>> sent = new ArrayList<>(List.of(Object[].class, Carried.class)); // within: as Java does
        sent.addAll(List.of(further));
        var registered = new KryoSerializer(conf).newKryo().getClassResolver();
        List<String> missing = sent.stream()
                .filter(type -> registered.getRegistration(type) == null)
                .map(Class::getName)
                .toList();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException(
                    ("spark.kryo.registrationRequired is true, so spark.kryo.registrator has to have %s, too, or"
                                    + " spark.kryo.classesToRegister %s")
                            .formatted(KryoClasses.class.getName(), String.join(",", missing)));
        }
    }
}
