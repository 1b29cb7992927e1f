package org.mtl4j.spark;

import com.esotericsoftware.kryo.Kryo;
import org.apache.spark.serializer.KryoRegistrator;

/**
 * Registers with Kryo the classes of this library that Spark sends, for applications that set
 * {@code spark.kryo.registrationRequired}: name it in {@code spark.kryo.registrator}, beside your own if you have one,
 * with a comma between them. Without that setting nothing has to be registered.
 *
 * <p>Classes of Spark itself and of your own are yours to register.
 */
public class KryoClasses implements KryoRegistrator {
    /** Left out of the bundle for tables. */
    private static final String OF_FACES = "org.mtl4j.spark.FacePrediction";

    /** Makes one, as Spark does by the name of the class. */
    public KryoClasses() {}

    @Override
    public void registerClasses(Kryo kryo) {
        kryo.register(Object[].class);
        kryo.register(Carried.class);
        try {
            kryo.register(Class.forName(OF_FACES, false, KryoClasses.class.getClassLoader()));
        } catch (ClassNotFoundException e) {
            return; // so nobody can send one
        }
    }
}
