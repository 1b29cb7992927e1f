package org.mtl4j.layer;

import java.util.Objects;
import org.mtl4j.task.Task;

/**
 * A layer and the name it goes by in its tower.
 *
 * @param name matches {@link Task#NAME_PATTERN}
 * @param spec what the layer is
 */
public record NamedLayer(String name, LayerSpec spec) {

    /** @throws IllegalArgumentException if the name does not match the pattern */
    public NamedLayer {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(spec, "spec");
        if (!name.matches(Task.NAME_PATTERN)) {
            throw new IllegalArgumentException(
                    "Layer name '%s': a name is made of letters, digits, '-', '_' and '.', and starts with a letter or digit"
                            .formatted(name));
        }
    }
}
