/**
 * Names and shapes of what is in a graph; not for users of the library. Start at
 * {@link org.mtl4j.dl4j.internal.graph.VertexNames}. Depends on no other room of this module, so that all may use it.
 */
package org.mtl4j.dl4j.internal.graph;
