package org.mtl4j.sparkml;

import com.esotericsoftware.kryo.Kryo;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.serializer.KryoSerializer;
import org.mtl4j.spark.KryoClasses;

/**
 * Registers with Kryo the classes that tables on Spark send, those of {@link KryoClasses} among them, for applications
 * that set {@code spark.kryo.registrationRequired}: name it in {@code spark.kryo.registrator}.
 */
public final class TableKryoClasses extends KryoClasses {
    private static final List<Class<?>> SENT = List.of(SentModel.class, SentEncoding.class);

    /** Makes one, as Spark does by the name of the class. */
    public TableKryoClasses() {}

    @Override
    public void registerClasses(Kryo kryo) {
        super.registerClasses(kryo);
        SENT.forEach(kryo::register);
    }

    /**
     * Looks whether they are registered where Kryo wants them to be.
     *
     * @throws IllegalArgumentException if they are not; the message says what to set
     */
    static void require(SparkContext context) {
        SparkConf conf = context.getConf();
        if (!conf.get("spark.serializer", "").endsWith(".KryoSerializer")
                || !conf.getBoolean("spark.kryo.registrationRequired", false)) {
            return;
        }
        var registered = new KryoSerializer(conf).newKryo().getClassResolver();
        if (SENT.stream().anyMatch(type -> registered.getRegistration(type) == null)) {
            throw new IllegalArgumentException(
                    "spark.kryo.registrationRequired is true, so spark.kryo.registrator has to have %s, too"
                            .formatted(TableKryoClasses.class.getName()));
        }
    }
}
