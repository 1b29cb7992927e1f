/**
 * Networks that were trained apart, stitched together afterwards, and taken apart again. Start at
 * {@link org.mtl4j.dl4j.join.StitchedGraph}.
 *
 * <p>Networks here are any of Deeplearning4j's: written by hand, from its model zoo, imported from Keras, or built by
 * this library. What comes out are plain graphs; the networks that went in stay as they were.
 */
@NullMarked
package org.mtl4j.dl4j.join;

import org.jspecify.annotations.NullMarked;
