package org.mtl4j.image;

import java.util.Arrays;

/** One Huffman table of a JPEG file: how many codes there are of each length, and what they stand for. */
final class HuffmanCode {
    /** Of a code, in bits. */
    static final int LONGEST = 16;

    private final int[] firstCode = new int[LONGEST + 1];
    private final int[] count = new int[LONGEST + 1];
    private final int[] firstSymbol = new int[LONGEST + 1];
    private final byte[] symbols;
    private final boolean whole;

    /**
     * Reads a table.
     *
     * @param start where the counts begin
     * @param limit where the segment ends
     */
    HuffmanCode(byte[] bytes, int start, int limit) {
        int total = 0;
        int code = 0;
        boolean fits = start + LONGEST <= limit;
        for (int length = 1; fits && length <= LONGEST; length++) {
            firstCode[length] = code;
            firstSymbol[length] = total;
            count[length] = bytes[start + length - 1] & 0xff;
            total += count[length];
            code += count[length];
            fits = code <= 1 << length;
            code <<= 1;
        }
        int from = start + LONGEST;
        whole = fits && total <= 256 && from + total <= limit;
        symbols = whole ? Arrays.copyOfRange(bytes, from, from + total) : new byte[0];
    }

    /** {@return whether the counts are those of a code, and all symbols are there} */
    boolean isWhole() {
        return whole;
    }

    /** {@return how many bytes the table has in the file} */
    int length() {
        return LONGEST + symbols.length;
    }

    /** {@return what a code of this many bits stands for; -1 if there is none} */
    int symbol(int code, int length) {
        int place = code - firstCode[length];
        return place >= 0 && place < count[length] ? symbols[firstSymbol[length] + place] & 0xff : -1;
    }
}
