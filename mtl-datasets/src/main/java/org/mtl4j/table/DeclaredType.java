package org.mtl4j.table;

/** What a file itself says of the values of a column. */
enum DeclaredType {
    NUMBER,
    /** One of several texts, which may look like numbers. */
    NOMINAL,
    /** It says nothing that helps. */
    ANY
}
