/**
 * Offers the library on faces as a command line: trains one model or the poster's variants, searches, evaluates,
 * predicts. Start at {@link org.mtl4j.examples.cli.Main}. A command is a class of its own, named there; those that
 * train extend {@link org.mtl4j.examples.cli.TrainingCommand}, and what decides their result is a
 * {@link org.mtl4j.examples.cli.RunIdentity}.
 */
package org.mtl4j.examples.cli;
