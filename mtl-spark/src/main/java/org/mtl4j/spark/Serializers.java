package org.mtl4j.spark;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Looks whether Spark's serialiser can send what this library sends. */
final class Serializers {
    /** Classes of ours that Spark's serialiser meets; what they hold is serialised as Java does. */
    private static final List<Class<?>> SENT = List.of(Carried.class, FacePrediction.class, FaceShard.class);

    private Serializers() {}

    /**
     * Refuses a serialiser that is not known, and Kryo where it refuses classes that are not registered.
     *
     * @throws IllegalArgumentException if it is so; the message says what to set
     */
    static void require(JavaSparkContext context) {
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
        if (conf.getBoolean("spark.kryo.registrationRequired", false)) {
            Set<String> registered =
                    Set.of(conf.get("spark.kryo.classesToRegister", "").split("\\s*,\\s*"));
            List<String> missing = Stream.concat(SENT.stream().map(Class::getName), Stream.of("[Ljava.lang.Object;"))
                    .filter(name -> !registered.contains(name))
                    .toList();
            if (!missing.isEmpty()) {
                throw new IllegalArgumentException(
                        "spark.kryo.registrationRequired is true, so spark.kryo.classesToRegister has to have %s, too"
                                .formatted(String.join(",", missing)));
            }
        }
    }
}
