package org.mtl4j.sparkml;

import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.Identifiable;

/** Holds a network of the user's, written as the name of its class. */
final class NetworkParam extends Param<TableNetwork> {
    private static final long serialVersionUID = 1L;

    NetworkParam(Identifiable stage) {
        super(
                stage,
                "network",
                "a network of your own, in the place of sharedLayers and taskLayers",
                TableParams.any("network", TableNetwork.class, "what makes a network of an encoding"));
    }

    @Override
    public String jsonEncode(TableNetwork value) {
        Class<?> type = value.getClass();
        if (!Modifier.isPublic(type.getModifiers()) || type.isSynthetic() || !hasConstructor(type)) {
            throw new UnsupportedOperationException(
                    ("a network is written as the name of a public class with a public constructor without arguments,"
                                    + " got %s; make it such a class, or set it again when the estimator has been read")
                            .formatted(type.getName()));
        }
        return '"' + type.getName() + '"';
    }

    private static boolean hasConstructor(Class<?> type) {
        for (Constructor<?> constructor : type.getConstructors()) {
            if (constructor.getParameterCount() == 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public TableNetwork jsonDecode(String json) {
        String name = json.substring(1, json.length() - 1);
        try {
            return Class.forName(name, false, Thread.currentThread().getContextClassLoader())
                    .asSubclass(TableNetwork.class) // before anything of it runs
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new IllegalArgumentException("the network of an estimator: %s is none: %s".formatted(name, e), e);
        }
    }
}
