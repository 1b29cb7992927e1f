package org.mtl4j.dl4j.internal.cpu;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;

/** Recognises the activations that the library's own kernels compute; a class made of one of theirs is another. */
public final class PlainActivation {
    private PlainActivation() {}

    /** Tells whether an activation is max(0, x), without a slope below 0, a threshold or a limit. */
    public static boolean isRelu(@Nullable IActivation activation) {
        return activation != null
                && activation.getClass() == ActivationReLU.class
                && activation.equals(new ActivationReLU());
    }

    /** Tells whether an activation changes nothing. */
    public static boolean isIdentity(@Nullable IActivation activation) {
        return activation != null && activation.getClass() == ActivationIdentity.class;
    }
}
