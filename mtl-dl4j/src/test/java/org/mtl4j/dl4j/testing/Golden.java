package org.mtl4j.dl4j.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.StreamSupport;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;

/** Values from an independent implementation, in double precision; see the README beside the files. */
public final class Golden {
    private Golden() {}

    public static JsonNode read(String name) {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A {@code {"shape": [...], "data": [...]}} as an array in c order. */
    public static INDArray array(JsonNode node) {
        long[] shape = StreamSupport.stream(node.get("shape").spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray();
        double[] data = StreamSupport.stream(node.get("data").spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
        return Nd4j.createFromArray(data).reshape('c', shape);
    }

    /** The largest absolute difference. */
    public static double difference(INDArray actual, INDArray expected) {
        return actual.dup('c')
                .reshape(actual.length())
                .sub(expected.dup('c').reshape(expected.length()))
                .amaxNumber()
                .doubleValue();
    }
}
