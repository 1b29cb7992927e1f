package org.mtl4j.dl4j;

import java.util.List;
import java.util.Objects;

/**
 * A model that went on in another network, and what became of its numbers. Arrays are called as in a saved model, such
 * as {@code towers/landmarks/conv1/W} or {@code units/conv1/age/alpha}.
 *
 * @param model the model in the other network
 * @param kept arrays that have the numbers that they had
 * @param adapted α into a tower that was there, at a unit that joins other towers now: what is between towers that were
 *     joined before is as it was, and nothing comes from the others
 * @param anew arrays that were drawn, or have what they start at
 * @param dropped arrays of the old network that the other one does not have
 */
public record GrownModel(
        Dl4jModel model, List<String> kept, List<String> adapted, List<String> anew, List<String> dropped) {
    /** Copies the lists. */
    public GrownModel {
        Objects.requireNonNull(model, "model");
        kept = List.copyOf(kept);
        adapted = List.copyOf(adapted);
        anew = List.copyOf(anew);
        dropped = List.copyOf(dropped);
    }

    /** {@return how many arrays were kept, and the names of all others} */
    @Override
    public String toString() {
        return "kept %s arrays; adapted %s; begun anew %s; dropped %s".formatted(kept.size(), adapted, anew, dropped);
    }
}
