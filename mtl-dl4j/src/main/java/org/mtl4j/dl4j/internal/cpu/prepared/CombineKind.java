package org.mtl4j.dl4j.internal.cpu.prepared;

/** Names what is computed of numbers at one place of several values. */
public enum CombineKind {
    ADD,
    SUBTRACT,
    MULTIPLY,
    AVERAGE,
    MAXIMUM
}
