/**
 * Reads and writes the MTFL corpus and the CUHK lists that its training part comes from. Start at
 * {@link org.mtl4j.mtfl.MtflCorpus}.
 *
 * <p>Two forms of list, each line with 15 fields separated by blanks:
 *
 * <ul>
 *   <li>MTFL (Zhang et al. 2014), {@code training.txt} and {@code testing.txt}: {@code path x1 … x5 y1 … y5 gender
 *       smile glasses pose}. Points are 1-based: the centre of the left top pixel is (1, 1). gender 1 male, 2 female;
 *       smile 1 yes, 2 no; glasses 1 yes, 2 no; pose 1 left profile, 2 left, 3 frontal, 4 right, 5 right profile.
 *   <li>CUHK (Sun et al. 2013), {@code trainImageList.txt} and {@code testImageList.txt}: {@code path left right top
 *       bottom x1 y1 … x5 y5}, 0-based.
 * </ul>
 *
 * In memory all coordinates are 0-based. Which form a list has is found from its fields, not from its name. Paths may
 * have {@code \} or {@code /}; blanks around a line, CR LF and blank lines do not matter.
 *
 * <p>Files need not be trusted: a list that breaks its form is an {@link org.mtl4j.mtfl.MtflFormatException} that names
 * file and line, and no path leads out of the corpus, be it absolute, by {@code ..} or by a link. With
 * {@link org.mtl4j.mtfl.MtflReader} broken lines and images can be left out and counted instead. Arguments and results
 * are never null.
 */
@NullMarked
package org.mtl4j.mtfl;

import org.jspecify.annotations.NullMarked;
