/**
 * Holds short programs to read and to change, each of which runs in seconds on one core. {@code run} does the work and
 * returns what came out; {@code main} prints it.
 *
 * <ul>
 *   <li>{@link org.mtl4j.examples.programs.QuickStart}: two tasks of faces, from the data to the scores
 *   <li>{@link org.mtl4j.examples.programs.OwnTasksAndLayers}: tasks, losses and layers of your own, on sequences
 *   <li>{@link org.mtl4j.examples.programs.OwnRelatedness}: a relatedness function r_w of your own
 *   <li>{@link org.mtl4j.examples.programs.OwnUnit}: a sharing unit of your own between the towers
 *   <li>{@link org.mtl4j.examples.programs.ThreeTasks}: three towers, units per channel and between two of them
 *   <li>{@link org.mtl4j.examples.programs.StitchTrained}: two networks of plain Deeplearning4j, trained apart, joined,
 *       and taken apart
 *   <li>{@link org.mtl4j.examples.programs.MissingLabels}: two corpora with the labels of different tasks
 *   <li>{@link org.mtl4j.examples.programs.Houses}: a table with missing labels
 *   <li>{@link org.mtl4j.examples.programs.ServePredictions}: a saved model behind HTTP, and how long an answer takes
 *   <li>{@link org.mtl4j.examples.programs.OwnPhoto}: the points of a face on your own photo
 *   <li>{@link org.mtl4j.examples.programs.HandWritten}: a network of this library, and the same by hand in
 *       Deeplearning4j
 * </ul>
 *
 * <p>After {@code ./mvnw -DskipTests package} one is run by
 *
 * <pre>java -XX:+UseSerialGC -cp mtl-examples/target/mtl-examples.jar org.mtl4j.examples.programs.QuickStart</pre>
 *
 * (the jar names the libraries beside it).
 */
package org.mtl4j.examples.programs;
