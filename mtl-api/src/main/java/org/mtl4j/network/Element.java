package org.mtl4j.network;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.sharing.SharingUnit;

/** One step of a description, as the builder was told it. */
sealed interface Element {

    /** Adds this to what has been assembled of the steps before it. */
    void addTo(TowerAssembly assembly);

    /** {@return the name of the layer that this adds; empty if it adds none} */
    Optional<String> layerName();

    /** A layer in one tower, or in all of them where {@code tower} is null. */
    record LayerElement(@Nullable String tower, NamedLayer layer) implements Element {
        @Override
        public void addTo(TowerAssembly assembly) {
            assembly.add(this);
        }

        @Override
        public Optional<String> layerName() {
            return Optional.of(layer.name());
        }
    }

    /** A unit at the towers' ends; {@code place} is null where the layer before it gives the name. */
    record StitchElement(@Nullable String place, SharingUnit unit) implements Element {
        @Override
        public void addTo(TowerAssembly assembly) {
            assembly.add(this);
        }

        @Override
        public Optional<String> layerName() {
            return Optional.empty();
        }
    }
}
