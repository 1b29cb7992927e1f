package org.mtl4j.dl4j.vertex;

import org.deeplearning4j.nn.conf.graph.GraphVertex;

/** What the vertices of a graph make of one layout of memory. */
interface LayoutRules {
    /** Whether it can bring its activations into the layout, whatever its inputs lie like. */
    boolean gives(GraphVertex vertex);

    /** Whether its activations lie so if all of its inputs do. */
    boolean passes(GraphVertex vertex, int inputs);

    /** Whether it takes the layout as well as any other, and makes of it something else, in about the same time. */
    boolean takes(GraphVertex vertex);
}
