package org.mtl4j.sharing;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.mtl4j.layer.Shape;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonTypeInfo;

/**
 * What mixes towers at a place between their layers: it reads the activations of T towers there and makes those that
 * each of them goes on with. {@link CrossStitchUnit} is one; others are written by implementing this interface.
 *
 * <p>A unit of your own is a description and a pure function in one class. It says which {@linkplain #parameters
 * parameters} it has for inputs of given shapes, what it makes of inputs ({@link #forward}), and the gradients of that
 * ({@link #backward}). Everything else is done for it: parameters are initialised, trained by the plan's updater for
 * {@link org.mtl4j.train.ParameterGroup#ALPHA}, saved with the model and in checkpoints, sent to workers, and what
 * {@link #readings} says of them goes into the history and into reports. {@code SharingUnitCheck} of
 * {@code org.mtl4j.sharing.check} checks a unit in one call.
 *
 * <p>The same unit may be at several places and in several models, and several threads may ask it at a time: it keeps
 * nothing between calls, and draws nothing at random. Two units that do the same are equal: write a record, or
 * {@code equals} and {@code hashCode}. It is saved by a name that {@link org.mtl4j.saved.SavedTypes} gives it, or by
 * its class; Jackson writes and reads a record as it is. In graphs that are saved as Deeplearning4j's own, it is
 * written by its class.
 *
 * <p>Arrays are those of the batch, channels first: {@code [batch, channels, height, width]} of images, {@code [batch,
 * size]} of vectors, {@code [batch, features, steps]} of sequences; of the plan's data type, in c order.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.CLASS, include = JsonTypeInfo.As.PROPERTY, property = "@class")
public interface SharingUnit extends Serializable {

    /** {@return what units of this kind are called in tables, reports and messages, such as {@code cross-stitch}} */
    String kind();

    /**
     * {@return a short phrase for tables that says how it is set up, such as {@code per channel, 0.9 own}; may be
     * empty}
     */
    String describe();

    /**
     * {@return the towers that it joins, in the order of its inputs; empty, as by default, for all of the network's}
     */
    default List<String> towers() {
        return List.of();
    }

    /**
     * {@return for how many epochs its parameters stay at their initial values; 0 by default} The updater sees their
     * gradients meanwhile, so its moments are right when they are let go.
     */
    default int frozenEpochs() {
        return 0;
    }

    /**
     * {@return whether all towers are to have one shape where they are joined; true by default} A network then refuses
     * others, and names towers and layers.
     */
    default boolean needsEqualShapes() {
        return true;
    }

    /**
     * {@return whether in training an example's output depends on the other examples of the batch, as with batch
     * normalisation; false by default} Batches are then not divided among threads unless a number of these is asked
     * for; if it is, the unit is given whole batches all the same.
     */
    default boolean looksAtBatch() {
        return false;
    }

    /**
     * {@return the shapes of one example that the towers go on with, one for each input; the inputs' own by default}
     *
     * @param inputs shapes of one example, tower by tower, at least two
     * @throws IllegalArgumentException if the unit cannot join such inputs; a network adds its place to the message
     */
    default List<Shape> outputs(List<Shape> inputs) {
        return inputs;
    }

    /**
     * {@return the parameters for inputs of these shapes, with initial values; may be empty}
     *
     * @param inputs shapes of one example, tower by tower; {@link #outputs} has accepted them
     * @throws IllegalArgumentException if the unit cannot join such inputs; a network adds its place to the message
     */
    List<UnitParameter> parameters(List<Shape> inputs);

    /**
     * Computes what the towers go on with.
     *
     * @param inputs an array for each tower, {@code [batch, ...]}; not modified
     * @param parameters the present values of {@link #parameters}; not modified
     * @param training whether this is a step of training and not a prediction; matters to units that
     *     {@linkplain #looksAtBatch look at the batch} only
     * @return an array for each tower, of the shape that {@link #outputs} says; may be one of the inputs
     */
    List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training);

    /**
     * Computes the gradients of {@link #forward} in training.
     *
     * @param inputs as {@code forward} was given; not modified
     * @param parameters as {@code forward} was given; not modified
     * @param outputGradients for each output the gradient of the loss by it, of its shape; not modified
     * @return the gradient by each input and by each parameter, summed over the batch; for a parameter that is a
     *     {@linkplain UnitParameter#statistic() statistic}, its new value
     */
    UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients);

    /**
     * {@return what the parameters say about sharing, in few numbers that are kept for each epoch and drawn in reports}
     * By default mean, least and largest of each parameter.
     *
     * @param towers names of the joined towers, in the order of the inputs
     * @param parameters their present values; not modified
     */
    default List<UnitReading> readings(List<String> towers, UnitArrays parameters) {
        List<UnitReading> readings = new ArrayList<>();
        for (UnitArrays.Named each : parameters.all()) {
            if (each.array().length() > 0) {
                String to = each.output() == UnitParameter.ALL_OUTPUTS ? "" : towers.get(each.output());
                readings.add(UnitReading.of(each.name(), to, "", each.array()));
            }
        }
        return readings;
    }
}
