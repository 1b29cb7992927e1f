package org.mtl4j.examples.cli;

import java.util.List;
import org.mtl4j.faces.FaceLayout;
import org.mtl4j.faces.FaceTask;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;

/**
 * What can be chosen about the network of a {@link NetworkVariant}.
 *
 * @param backbone the layers of each tower
 * @param width by what its numbers of channels are multiplied
 * @param size side of the gray crops
 * @param layout what the faces are marked with
 * @param landmarks the landmarks with loss and weight
 * @param unitOnMaps the unit after the blocks
 * @param unitOnVector the unit after the dense layer
 * @param places where there are units
 * @param strength λ_w
 * @param tiedLayers the layers whose weights are tied
 */
record NetworkSettings(
        Backbone backbone,
        double width,
        int size,
        FaceLayout layout,
        Task landmarks,
        CrossStitchUnit unitOnMaps,
        CrossStitchUnit unitOnVector,
        List<String> places,
        double strength,
        List<String> tiedLayers) {
    /** Takes the usual values, for the crops that the backbone is made for. */
    static NetworkSettings of(Backbone backbone) {
        return new NetworkSettings(
                backbone,
                1,
                backbone.size(),
                FaceLayout.MTFL,
                FaceTask.LANDMARKS.task().withWeight(1000),
                CrossStitchUnit.perChannel(),
                CrossStitchUnit.perLayer(),
                backbone.places(),
                1e-3,
                backbone.tiedLayers());
    }
}
