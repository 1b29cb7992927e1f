/**
 * Draws a corpus of faces from a seed, without any file: {@link org.mtl4j.synthetic.SyntheticFaces}. For examples,
 * tests and first steps where no corpus of photographs is at hand.
 */
@NullMarked
package org.mtl4j.synthetic;

import org.jspecify.annotations.NullMarked;
