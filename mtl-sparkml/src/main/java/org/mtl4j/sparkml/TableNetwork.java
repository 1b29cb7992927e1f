package org.mtl4j.sparkml;

import java.io.Serializable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.network.MultiTaskNetwork;

/**
 * Describes the network of a table, once its encoding is known: {@link TableEncoding#network} begins it with the inputs
 * that rows become, and {@link TableEncoding#task} gives its tasks. Called on the driver.
 *
 * <p>A class with a public constructor without arguments can be saved with an estimator, by its name; a lambda cannot.
 */
@FunctionalInterface
public interface TableNetwork extends Serializable {

    /** {@return the network} */
    MultiTaskNetwork of(TableEncoding encoding);
}
