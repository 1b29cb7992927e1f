package org.mtl4j.dl4j.internal.layer;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.GradientSink;

/**
 * Marks a layer that can compute its backward pass while the gradient with respect to its result is being computed, so
 * that this gradient need not be stored. It has no gradient with respect to its input; its {@code backpropGradient}
 * then returns what has been computed, whatever it is given.
 */
public interface FusedBackward {
    /** Tells whether the latest forward pass was one after which this is possible. */
    boolean canFuseBackward();

    /**
     * Begins the backward pass.
     *
     * @param parts number of threads that compute the gradient
     * @param workspaces provide scratch memory, which must stay in use until the end
     * @return what the gradient is to be put into
     */
    GradientSink fuseBackward(int parts, LayerWorkspaceMgr workspaces);
}
