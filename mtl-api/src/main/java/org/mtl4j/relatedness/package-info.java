/**
 * Weight relatedness: a penalty that ties the weights of the same layer in two towers. Start at
 * {@link org.mtl4j.relatedness.WeightRelatednessRegularizer}; the function r_w itself is a
 * {@link org.mtl4j.relatedness.Relatedness}, and {@link org.mtl4j.relatedness.RelatednessCheck} checks the gradients of
 * one of your own.
 *
 * <p>Rozantsev, Salzmann, Fua, <em>Beyond Sharing Weights for Deep Domain Adaptation</em>, TPAMI 41(4), arXiv
 * 1603.06432.
 */
@NullMarked
package org.mtl4j.relatedness;

import org.jspecify.annotations.NullMarked;
