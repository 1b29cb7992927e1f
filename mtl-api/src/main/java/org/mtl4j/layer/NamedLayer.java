package org.mtl4j.layer;

import java.util.Objects;
import org.mtl4j.internal.check.Check;
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
        Check.name("Layer", name);
    }
}
