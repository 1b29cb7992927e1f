/**
 * Direct access to arrays in the memory of the CPU, for the library's own loops; not meant for users, and not stable.
 *
 * <p>Every user of {@link mtl.dl4j.host.HostMemory} has another way for arrays that are not reachable: other backends,
 * other data types, other orders.
 */
package mtl.dl4j.host;
