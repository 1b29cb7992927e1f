package org.mtl4j.dl4j.internal.io;

import java.util.Map;
import org.mtl4j.dl4j.layer.Dl4jLayer;
import org.mtl4j.internal.json.LayerKinds;
import org.mtl4j.layer.CustomLayer;

/** Names {@link Dl4jLayer} in a saved form. */
public final class Dl4jLayerKind implements LayerKinds {
    /** The name. */
    static final String NAME = "deeplearning4j-layer";

    @Override
    public Map<String, Class<? extends CustomLayer>> layers() {
        return Map.of(NAME, Dl4jLayer.class);
    }
}
