package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.graph.GraphVertex;

/** Says what the vertices of a graph do with one memory layout. */
interface LayoutRules {
    /** Tells whether a vertex can produce activations in the layout, whatever the layout of its inputs. */
    boolean produces(GraphVertex vertex);

    /** Tells whether a vertex's activations are in the layout if all of its inputs are. */
    boolean preserves(GraphVertex vertex, int inputs);

    /** Tells whether a vertex reads the layout in about the same time as any other, and produces another. */
    boolean accepts(GraphVertex vertex);
}
