package org.mtl4j.dl4j.vertex;

import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.Rendezvous;
import org.mtl4j.dl4j.internal.cpu.stitch.ChannelMixKernel;
import org.mtl4j.sharing.NddrUnit;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.SluiceUnit;
import org.mtl4j.sharing.UnitArrays;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes a unit of the library's own on a CPU in single precision, in less time than its definition. All arrays are
 * contiguous in c order, or all batch-last. One is made for each vertex, and may keep from the forward pass what the
 * backward pass needs.
 */
interface UnitComputation {
    /**
     * Says that the inputs are a part of a batch in what follows.
     *
     * @param seat where its thread meets those of the other parts; null if batches are whole again
     * @param name of the vertex
     */
    default void setSeat(Rendezvous.@Nullable Seat seat, String name) {}

    /** Computes the outputs into these arrays. */
    void forward(
            INDArray[] inputs, UnitArrays parameters, boolean training, INDArray[] outs, LayerWorkspaceMgr workspaces);

    /**
     * Computes the gradients.
     *
     * @param inputGradients receive those of the inputs
     * @return those of the parameters, and new values of statistics
     */
    UnitArrays backward(
            INDArray[] inputs,
            UnitArrays parameters,
            INDArray[] epsilons,
            INDArray[] inputGradients,
            LayerWorkspaceMgr workspaces);

    /** Tells whether there is a way for this unit that works in either memory layout. */
    static boolean knows(SharingUnit unit) {
        return unit instanceof SluiceUnit || unit instanceof NddrUnit;
    }

    /** Makes one for this unit; null if there is none. */
    static @Nullable UnitComputation of(SharingUnit unit) {
        if (unit instanceof SluiceUnit sluice) {
            return new SluiceComputation(sluice);
        }
        return unit instanceof NddrUnit nddr && ChannelMixKernel.available() ? new NddrComputation(nddr) : null;
    }
}
