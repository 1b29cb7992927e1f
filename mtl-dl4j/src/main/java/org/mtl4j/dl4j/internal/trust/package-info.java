/**
 * What text that nobody need trust may name; not for users of the library. Start at {@link
 * org.mtl4j.dl4j.internal.trust.TrustedClasses}. Depends on no other room of this module, so that layers and files may use it.
 */
@NullMarked
package org.mtl4j.dl4j.internal.trust;

import org.jspecify.annotations.NullMarked;
