/**
 * The way from a description to the configuration of a graph; not for users of the library. Start at
 * {@link org.mtl4j.dl4j.internal.assembly.GraphAssembly}. Uses {@code dl4j.layer}, {@code dl4j.vertex} and
 * {@code internal.graph}.
 */
package org.mtl4j.dl4j.internal.assembly;
