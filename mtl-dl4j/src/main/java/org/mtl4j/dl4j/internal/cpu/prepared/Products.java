package org.mtl4j.dl4j.internal.cpu.prepared;

import org.mtl4j.dl4j.internal.cpu.Gemm;

/** Says by what products are computed, and so how large they should be. */
public enum Products {
    /** Loops over Java's arrays. */
    JAVA,

    /**
     * A BLAS that packs copies of both matrices first, and gives large products to threads of its own: they must be
     * kept from it meanwhile, and products be large.
     */
    PACKED,

    /** A BLAS that reads matrices of up to a million products where they are, on the thread that asks. */
    IN_PLACE;

    /** {@return by what they are computed here} */
    public static Products here() {
        if (!Gemm.available()) {
            return JAVA;
        }
        return Gemm.readsInPlace() ? IN_PLACE : PACKED;
    }

    /** {@return the most multiplications of one call} */
    int most() {
        return this == IN_PLACE ? 1_000_000 : Integer.MAX_VALUE;
    }

    /** {@return how many numbers rows that are multiplied at once should have} */
    int tile() {
        return this == PACKED ? 150_000 : 16_384;
    }

    /** {@return how many numbers the result of such rows should have} */
    int resultTile() {
        return this == PACKED ? 40_000 : 8192;
    }
}
