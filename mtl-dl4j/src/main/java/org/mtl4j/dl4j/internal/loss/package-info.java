/**
 * Computes losses of ND4J that have a weight for each output, with the same formulas to the bit, but without the
 * operations that can crash the JVM ({@link org.mtl4j.dl4j.internal.cpu.SafeBroadcast} says why). Start at
 * {@link org.mtl4j.dl4j.internal.loss.SafeLoss}.
 */
package org.mtl4j.dl4j.internal.loss;
