package org.mtl4j.dl4j.internal.program;

/** Says whether a program can be told which steps of its sequences are there. */
public enum Masks {
    /**
     * Each sequence that is an input has a second input {@code [steps]}, called as it with {@code _mask} behind, and
     * with as many underscores behind that as it takes to be called as no other input or output.
     */
    GIVEN,
    /** All steps of all sequences are there. */
    NONE
}
