package org.mtl4j.dl4j.internal.cpu.prepared;

/** Computes one value, or some, of a block of examples. Shared by threads; what a call changes is in its frame. */
abstract class PreparedStep {

    /** Says what it works in, for blocks of at most so many examples. */
    void needs(Frame.Needs needs, int block) {}

    /** Computes so many examples. */
    abstract void run(Frame frame, int examples);
}
