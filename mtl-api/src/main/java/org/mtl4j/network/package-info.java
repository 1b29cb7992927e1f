/**
 * The description of a whole multi-task network: towers, their layers and split heads, the cross-stitch units between
 * them and the regularizer that ties them. Start at {@link org.mtl4j.network.MultiTaskNetwork#builder}.
 *
 * <p>Immutable values, checked when built; nothing is computed or allocated. Arguments and results are never null.
 */
@NullMarked
package org.mtl4j.network;

import org.jspecify.annotations.NullMarked;
