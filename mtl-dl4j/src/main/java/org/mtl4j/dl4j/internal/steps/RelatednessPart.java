package org.mtl4j.dl4j.internal.steps;

import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;

/** Hands an input on, and adds the term of weight relatedness to the gradients of the layers behind it. */
final class RelatednessPart extends VertexPart {
    private final GraphVertex term;

    RelatednessPart(Place place, GraphVertex term) {
        super(place);
        this.term = term;
    }

    @Override
    int width(int[] widths) {
        return widths[input(0)];
    }

    @Override
    boolean begin(Values values) {
        values.setOutput(vertex(), values.output(input(0)));
        return true;
    }

    @Override
    void forward(Values values) {
        // the input is there
    }

    @Override
    void backward(Values values) {
        term.doBackward(false, LayerWorkspaceMgr.noWorkspaces());
    }
}
