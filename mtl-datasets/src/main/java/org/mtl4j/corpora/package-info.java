/**
 * Reads and writes published corpora of faces beside MTFL's ({@code org.mtl4j.mtfl}), and corpora of one's own in CSV.
 * Start at {@link org.mtl4j.corpora.CorpusReader}.
 *
 * <p>In memory all coordinates are 0-based pixels: the centre of the left top pixel is (0, 0). What lists count from 1
 * is changed where they are read.
 *
 * <p>Files need not be trusted: a list that breaks its form is an {@link org.mtl4j.corpora.CorpusFormatException} that
 * names file, line and field, and no path leads out of the corpus, be it absolute, by {@code ..} or by a link.
 * Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.corpora;

import org.jspecify.annotations.NullMarked;
