package org.mtl4j.train;

import java.util.Objects;
import org.mtl4j.internal.check.Check;
import org.mtl4j.task.Task;

/**
 * A part of a network that is held still while the rest is trained: its parameters stay as they are, to the bit, with
 * every updater, momentum and weight decay included, and so do the estimates of batch normalisation. Gradients still go
 * through it to what lies before it.
 *
 * <pre>{@code
 * TrainingPlan.adam(1e-3).withHeld(HeldPart.tower("landmarks").forEpochs(3), HeldPart.trunk())
 * }</pre>
 *
 * <p>The updater sees the gradients of a held part all the same, so that its moments are right when the part is let go:
 * its first steps are then of the usual size. In a step of training a held layer of batch normalisation normalises by
 * the batch, as ever.
 *
 * @param kind what {@code name} is the name of
 * @param name of a tower or task, or where the names of the parameters begin in a saved model
 * @param from the first epoch of the model's life in which it is held, counted from 0
 * @param epochs for how many epochs it is held from then on; {@link #FOR_GOOD} for all
 */
public record HeldPart(Kind kind, String name, int from, int epochs) {
    /** As many epochs as there will be. */
    public static final int FOR_GOOD = Integer.MAX_VALUE;

    /** What can be held. */
    public enum Kind {
        /** A tower with its head: its layers, the branches and the output layers of its tasks. */
        TOWER,
        /** A task: its branch and its output layer. */
        TASK,
        /** Parameters whose names in a saved model begin like this, such as {@code towers/landmarks/conv1}. */
        PARAMETERS
    }

    /** @throws IllegalArgumentException if a number is below 0, or the name is empty */
    public HeldPart {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
        if (name.isBlank()) {
            throw new IllegalArgumentException("HeldPart: the name is empty");
        }
        Check.atLeast(0, from, "HeldPart: from");
        Check.atLeast(1, epochs, "HeldPart: epochs");
    }

    private static HeldPart of(Kind kind, String name) {
        return new HeldPart(kind, name, 0, FOR_GOOD);
    }

    /**
     * {@return a tower with its head} Units are no part of it: what it gets from the others goes on being learned,
     * unless {@link #units()} are held too.
     */
    public static HeldPart tower(String tower) {
        return of(Kind.TOWER, tower);
    }

    /** {@return one layer, or block of layers, of a tower} */
    public static HeldPart layer(String tower, String layer) {
        return of(Kind.PARAMETERS, "towers/" + Check.name("Tower", tower) + "/" + layer);
    }

    /** {@return a task: its branch and its output layer} */
    public static HeldPart task(Task task) {
        return of(Kind.TASK, task.name());
    }

    /** {@return the layers that an input has of its own, such as its embedding} */
    public static HeldPart input(String input) {
        return of(Kind.PARAMETERS, "inputs/" + input);
    }

    /** {@return the trunk} */
    public static HeldPart trunk() {
        return of(Kind.PARAMETERS, "trunk");
    }

    /** {@return what stands between trunk and towers by this name: experts and gates, attention, branches} */
    public static HeldPart shared(String name) {
        return of(Kind.PARAMETERS, "shared/" + name);
    }

    /** {@return all units: α} */
    public static HeldPart units() {
        return of(Kind.PARAMETERS, "units");
    }

    /** {@return the unit at a place} */
    public static HeldPart unit(String place) {
        return of(Kind.PARAMETERS, "units/" + place);
    }

    /**
     * {@return all parameters whose names in a saved model begin like this, up to a {@code /} or the end:
     * {@code towers/landmarks/conv1/W}, {@code units/conv1/landmarks}, {@code relatedness}; {@code docs/saved-form.md}
     * has them all}
     */
    public static HeldPart parameters(String beginning) {
        return of(Kind.PARAMETERS, beginning);
    }

    /** {@return the same, held for so many epochs from the first epoch that is trained by the plan, at least 1} */
    public HeldPart forEpochs(int epochs) {
        return new HeldPart(kind, name, from, epochs);
    }

    /** {@return the same, held from this epoch of the model's life on, counted from 0} */
    public HeldPart beginningAt(int epoch) {
        return new HeldPart(kind, name, epoch, epochs);
    }

    /** {@return whether it is held in an epoch, counted from 0 in the model's life} */
    public boolean isHeldIn(int epoch) {
        return epoch >= from && (epochs == FOR_GOOD || epoch - from < epochs);
    }

    @Override
    public String toString() {
        String what =
                switch (kind) {
                    case TOWER -> "tower '" + name + "'";
                    case TASK -> "task '" + name + "'";
                    case PARAMETERS -> name;
                };
        return epochs == FOR_GOOD ? what : "%s for %s epochs".formatted(what, epochs);
    }
}
