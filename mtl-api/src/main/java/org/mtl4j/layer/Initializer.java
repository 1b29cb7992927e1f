package org.mtl4j.layer;

/** How the weights of hidden layers are drawn. Biases start at zero. */
public enum Initializer {
    /** Normal with variance 2 / fan-in (He et al. 2015), for ReLU networks. */
    HE,
    /** Normal with variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010). */
    GLOROT,
    /** Uniform with the same variance as {@link #GLOROT}. */
    GLOROT_UNIFORM,
    /** Normal with variance 1 / fan-in (LeCun et al. 1998), for tanh networks. */
    LECUN
}
