package org.mtl4j.sparkml;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;

/**
 * Carries an encoding to executors, where it is read once. As text, so that it does not matter by which serialiser
 * Spark sends it.
 */
final class SentEncoding implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String json;
    private transient volatile @Nullable TableEncoding encoding;

    SentEncoding(TableEncoding encoding) {
        this.json = encoding.toJson();
        this.encoding = encoding;
    }

    TableEncoding get() {
        TableEncoding known = encoding;
        if (known == null) {
            synchronized (this) {
                known = encoding;
                if (known == null) {
                    known = TableEncoding.fromJson(json);
                    encoding = known;
                }
            }
        }
        return known;
    }
}
