/**
 * Asking a graph without changing it, on as many threads as a batch is worth; not for users of the library. Start at
 * {@link org.mtl4j.dl4j.internal.inference.Inference}, and {@link org.mtl4j.dl4j.internal.inference.Evaluation} for
 * whole data. Uses {@code internal.model}; training uses its {@link org.mtl4j.dl4j.internal.inference.Replicas} too.
 */
package org.mtl4j.dl4j.internal.inference;
