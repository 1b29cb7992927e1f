package org.mtl4j.internal.json;

import java.util.Map;
import org.mtl4j.layer.CustomLayer;

/**
 * Names the layers that another module of this library brings, found by {@link java.util.ServiceLoader}. Jackson writes
 * and reads them; a creator may have the {@link org.mtl4j.saved.SavedTypes} injected.
 */
public interface LayerKinds {
    /** {@return the classes by their names} */
    Map<String, Class<? extends CustomLayer>> layers();
}
