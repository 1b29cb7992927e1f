/** The command line: trains the poster's variants, one model, evaluates and predicts. Starts at {@link mtl.examples.Main}. */
package mtl.examples;
