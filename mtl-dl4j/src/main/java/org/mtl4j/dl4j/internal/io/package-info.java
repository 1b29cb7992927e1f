/** Model files and checkpoints. */
package org.mtl4j.dl4j.internal.io;
