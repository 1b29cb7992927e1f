package org.mtl4j.data;

/**
 * The features of one row as a network takes them. The arrays are not copied.
 *
 * @param codes one for each category, at least 0
 * @param numbers the numbers, scaled, and indicators of missing ones
 * @see TableEncoding
 */
public record EncodedRow(int[] codes, float[] numbers) {}
