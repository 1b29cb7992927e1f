package org.mtl4j.dl4j.internal.graph;

/**
 * Names one array of parameters as Deeplearning4j does in its gradients, {@code vertex_parameter}.
 *
 * @param vertex whose it is; may have {@code _} in its name
 * @param parameter which of its arrays; has none
 */
public record ParameterKey(String vertex, String parameter) {

    /** {@return the parts of such a name} */
    public static ParameterKey parse(String key) {
        int end = key.lastIndexOf('_');
        return new ParameterKey(key.substring(0, end), key.substring(end + 1));
    }
}
