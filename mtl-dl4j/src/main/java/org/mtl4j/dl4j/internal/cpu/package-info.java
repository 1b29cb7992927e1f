/**
 * Direct access to arrays in the memory of the CPU, for the library's own loops; not meant for users, and not stable.
 *
 * <p>Every user of {@link org.mtl4j.dl4j.internal.cpu.HostMemory} has another way for arrays that are not reachable: other backends,
 * other data types, other orders.
 */
package org.mtl4j.dl4j.internal.cpu;
