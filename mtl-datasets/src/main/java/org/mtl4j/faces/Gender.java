package org.mtl4j.faces;

/** Whether a face was labelled as a man's or a woman's. */
public enum Gender {
    /** Class 0; 1 in MTFL files. */
    MALE,
    /** Class 1; 2 in MTFL files. */
    FEMALE
}
