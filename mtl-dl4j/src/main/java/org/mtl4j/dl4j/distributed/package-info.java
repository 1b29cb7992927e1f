/**
 * Training that is shared among processes. Start at {@link org.mtl4j.dl4j.distributed.Workers}, which a cluster
 * implements, and {@link org.mtl4j.dl4j.distributed.TrainingShard}, the shard of the data that one of them has;
 * {@code Dl4jModel.fit(Workers, Averaging, FitOptions)} does the rest. {@link org.mtl4j.dl4j.distributed.ModelCopies}
 * sends a model to where it is asked.
 *
 * <p>Nothing here knows a cluster; module mtl-spark is one that does.
 */
@NullMarked
package org.mtl4j.dl4j.distributed;

import org.jspecify.annotations.NullMarked;
