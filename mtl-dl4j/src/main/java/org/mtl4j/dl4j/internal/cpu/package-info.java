/**
 * Gives the library's own kernels access to the CPU: arrays as memory ({@link org.mtl4j.dl4j.internal.cpu.HostMemory}),
 * memory layouts ({@link org.mtl4j.dl4j.internal.cpu.BatchLastLayout batch-last},
 * {@link org.mtl4j.dl4j.internal.cpu.ChannelsLastLayout channels-last}), threads
 * ({@link org.mtl4j.dl4j.internal.cpu.ParallelLoop}), BLAS ({@link org.mtl4j.dl4j.internal.cpu.Gemm}) and what the
 * native library can do. "Host" is the side of the CPU, as opposed to a device such as a GPU. The kernels are in the
 * packages below this one. Not meant for users, and not stable.
 *
 * <p>Neither this package nor those below it know layers: they take arrays and numbers. Whoever calls them has another
 * way for arrays that they cannot access: other backends, other data types, other orders.
 */
package org.mtl4j.dl4j.internal.cpu;
