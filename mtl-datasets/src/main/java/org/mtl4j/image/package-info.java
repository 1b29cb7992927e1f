/**
 * Reads, samples and holds gray images: {@link org.mtl4j.image.GrayImage} holds one,
 * {@link org.mtl4j.image.ImageDecoder} reads one from a file that need not be trusted, {@link org.mtl4j.image.Affine}
 * says which part of one is sampled.
 *
 * <p><strong>Coordinates.</strong> x grows to the right, y downwards, in pixels. The <em>centre</em> of the first pixel
 * is the point (0, 0), so pixel (i, j) covers the square from (i - 0.5, j - 0.5) to (i + 0.5, j + 0.5), and an image of
 * width w reaches from -0.5 to w - 0.5. These are the coordinates of the landmarks and boxes in
 * {@code org.mtl4j.faces}.
 *
 * <p>All types are immutable and safe for use by several threads. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.image;

import org.jspecify.annotations.NullMarked;
