package org.mtl4j.faces;

/** Whether a face smiles. */
public enum Smile {
    /** Class 0; 1 in MTFL files. */
    SMILING,
    /** Class 1; 2 in MTFL files. */
    NOT_SMILING
}
