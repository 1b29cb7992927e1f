package org.mtl4j.dl4j.internal.steps;

import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;

/** Hands an input on, and adds the term of weight relatedness to the gradients of the layers behind it. */
final class RelatednessPart extends HandOnPart {
    private final GraphVertex term;

    RelatednessPart(Place place, GraphVertex term) {
        super(place);
        this.term = term;
    }

    @Override
    void backward(Values values) {
        term.doBackward(false, LayerWorkspaceMgr.noWorkspaces());
    }
}
