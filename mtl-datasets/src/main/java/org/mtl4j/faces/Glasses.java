package org.mtl4j.faces;

/** Whether a face wears glasses. */
public enum Glasses {
    /** Class 0; 1 in MTFL files. */
    GLASSES,
    /** Class 1; 2 in MTFL files. */
    NO_GLASSES
}
