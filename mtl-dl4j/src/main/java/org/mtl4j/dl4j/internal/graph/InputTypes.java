package org.mtl4j.dl4j.internal.graph;

import org.deeplearning4j.nn.conf.inputs.InputType;
import org.mtl4j.layer.Shape;

/** Translates shapes of this library into Deeplearning4j's input types, and back. */
public final class InputTypes {
    private InputTypes() {}

    /** {@return the shape as an input type; codes are numbers to Deeplearning4j} */
    public static InputType typeOf(Shape shape) {
        return shape.match(
                image -> InputType.convolutional(image.height(), image.width(), image.channels()),
                vector -> InputType.feedForward(vector.size()),
                sequence -> InputType.recurrent(sequence.features(), sequence.steps()),
                categories -> InputType.feedForward(categories.elements()),
                tokens -> InputType.feedForward(tokens.elements()));
    }

    /**
     * {@return the input type as a shape}
     *
     * @param layer what makes it, for the message
     * @throws IllegalArgumentException if there is no such shape
     */
    public static Shape shapeOf(InputType type, String layer) {
        if (type instanceof InputType.InputTypeConvolutional image) {
            return Shape.image(
                    Math.toIntExact(image.getChannels()),
                    Math.toIntExact(image.getHeight()),
                    Math.toIntExact(image.getWidth()));
        }
        if (type instanceof InputType.InputTypeFeedForward vector) {
            return Shape.vector(Math.toIntExact(vector.getSize()));
        }
        if (type instanceof InputType.InputTypeRecurrent sequence) {
            return Shape.sequence(Math.toIntExact(sequence.getSize()), Math.toIntExact(sequence.getTimeSeriesLength()));
        }
        throw new IllegalArgumentException(layer + " makes " + type + ", which a tower cannot go on with");
    }
}
