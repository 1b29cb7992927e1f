/**
 * Networks of this library as Deeplearning4j graphs. Start at {@link org.mtl4j.dl4j.Dl4jModel};
 * {@link org.mtl4j.dl4j.layer.Dl4jLayer} puts any Deeplearning4j layer into a tower.
 *
 * <p>Whatever ND4J backend the application has on its class path is used; the library brings none.
 */
@NullMarked
package org.mtl4j.dl4j;

import org.jspecify.annotations.NullMarked;
