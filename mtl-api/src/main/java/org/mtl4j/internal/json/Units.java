package org.mtl4j.internal.json;

import java.util.List;
import java.util.Map;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Names sharing units. In the body of a network cross-stitch units have a place of their own, without a type. */
final class Units {
    private static final String OWN_SHARE = "ownShare";
    private static final String RATE = "learningRateFactor";
    private static final String FROZEN = "frozenEpochs";
    private static final String TOWERS = "towers";

    static final Family<SharingUnit> FAMILY = new Family<>(
            "sharing unit",
            SharingUnit.class,
            List.of(
                    new Kind<>(
                            "cross-stitch",
                            CrossStitchUnit.class,
                            (u, out, form) -> out.setAll(form.write(u)),
                            Units::readCrossStitch),
                    new Kind<>(
                            "nddr",
                            NddrUnit.class,
                            (u, out, form) -> end(
                                    out.put(OWN_SHARE, u.ownShare())
                                            .put("normalized", u.normalized())
                                            .put("activation", EnumNames.ACTIVATIONS.nameOf(u.activation()))
                                            .put(RATE, u.learningRateFactor())
                                            .put("weightDecayFactor", u.weightDecayFactor())
                                            .put(FROZEN, u.frozenEpochs()),
                                    u.towers()),
                            (in, form) -> new NddrUnit(
                                    in.number(OWN_SHARE),
                                    in.flag("normalized"),
                                    in.oneOf("activation", EnumNames.ACTIVATIONS),
                                    in.number(RATE),
                                    in.number("weightDecayFactor"),
                                    in.integer(FROZEN),
                                    in.texts(TOWERS))),
                    new Kind<>(
                            "sluice",
                            SluiceUnit.class,
                            (u, out, form) -> end(
                                    out.put("subspaces", u.subspaces())
                                            .put(OWN_SHARE, u.ownShare())
                                            .put("orthogonality", u.orthogonality())
                                            .put(RATE, u.learningRateFactor())
                                            .put(FROZEN, u.frozenEpochs()),
                                    u.towers()),
                            (in, form) -> new SluiceUnit(
                                    in.integer("subspaces"),
                                    in.number(OWN_SHARE),
                                    in.number("orthogonality"),
                                    in.number(RATE),
                                    in.integer(FROZEN),
                                    in.texts(TOWERS)))),
            Map.of());

    private Units() {}

    private static CrossStitchUnit readCrossStitch(JsonFields in, SavedForm form) {
        in.node().fieldNames().forEachRemaining(in::node); // what is not known is refused there
        return form.crossStitch(in.node(), in.where());
    }

    private static void end(ObjectNode out, List<String> towers) {
        towers.forEach(out.putArray(TOWERS)::add);
    }
}
