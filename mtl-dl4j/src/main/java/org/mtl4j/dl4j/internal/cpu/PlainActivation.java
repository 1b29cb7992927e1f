package org.mtl4j.dl4j.internal.cpu;

import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;

/** Recognises the activations that the library's own kernels compute. */
public final class PlainActivation {
    private PlainActivation() {}

    /** Tells whether an activation is max(0, x), without a slope below 0, a threshold or a limit. */
    public static boolean isRelu(IActivation activation) {
        return activation instanceof ActivationReLU && activation.equals(new ActivationReLU());
    }

    /** Tells whether an activation changes nothing. */
    public static boolean isIdentity(IActivation activation) {
        return activation instanceof ActivationIdentity;
    }
}
