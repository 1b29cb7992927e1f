/**
 * Searching for settings: {@link org.mtl4j.dl4j.tune.Tuner} trains models for hyperparameters that are drawn from a
 * {@link org.mtl4j.dl4j.tune.SearchSpace}, by random search or successive halving, and keeps what it finds in a
 * directory, so that a search that was cut off goes on. What is searched is up to the caller: strength of relatedness
 * and the layers it is over, initial α and its learning rate, weights of losses, places of the units, or anything else
 * that a model can be made from.
 */
@NullMarked
package org.mtl4j.dl4j.tune;

import org.jspecify.annotations.NullMarked;
