/**
 * Training by other processes; not for users of the library. Start at
 * {@link org.mtl4j.dl4j.internal.distributed.DistributedSteps}, which puts questions to the workers of
 * {@code dl4j.distributed} and makes steps of {@code internal.fit} of their answers. Only the model itself stands
 * above.
 */
package org.mtl4j.dl4j.internal.distributed;
