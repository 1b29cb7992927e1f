/**
 * The command line: trains the poster's variants, one model, evaluates and predicts. Starts at {@link
 * org.mtl4j.examples.cli.Main}.
 */
package org.mtl4j.examples.cli;
