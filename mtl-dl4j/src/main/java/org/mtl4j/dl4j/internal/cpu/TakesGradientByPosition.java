package org.mtl4j.dl4j.internal.cpu;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;

/**
 * A layer that can do its backward pass while the gradient with respect to its result is being computed, so that this gradient need
 * not be stored. It has none with respect to its input to hand on; its {@code backpropGradient} then gives what has been computed,
 * whatever it is given.
 */
public interface TakesGradientByPosition {
    /** Whether the latest forward pass was one after which this is possible. */
    boolean takesGradientByPosition();

    /**
     * Begins the backward pass.
     *
     * @param parts how many threads take part
     * @param workspaces scratch memory comes from here; it must stay in use until the end
     */
    GradientByPosition gradientByPosition(int parts, LayerWorkspaceMgr workspaces);
}
