package org.mtl4j.sparkml;

/** Who is asked about rows. */
enum Answering {
    /** The model itself. */
    MODEL,
    /** The predictor that services use. */
    PREDICTOR,
    /** That one where it gives nothing up, and the model itself elsewhere. */
    PREDICTOR_IF_KNOWN
}
