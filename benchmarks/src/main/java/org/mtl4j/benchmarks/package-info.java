/**
 * JMH benchmarks. Build with Maven, then run all of them with {@code OMP_WAIT_POLICY=passive java -jar
 * benchmarks/target/benchmarks.jar}, or one with its name after that. State machine, JVM and ND4J backend with every
 * figure.
 */
package org.mtl4j.benchmarks;
