/**
 * What readers of face corpora have in common: images of a folder that need not be trusted, and what is strange about
 * them. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.corpora.internal;

import org.jspecify.annotations.NullMarked;
