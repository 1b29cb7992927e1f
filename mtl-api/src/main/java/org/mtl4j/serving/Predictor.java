package org.mtl4j.serving;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mtl4j.data.RowPrediction;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.train.Predictions;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Answers what a trained network predicts, for services: a value that no training changes, asked by any number of
 * threads at once, none of which waits for another.
 *
 * <pre>{@code
 * try (Predictor predictor = model.predictor()) {
 *     Outputs outputs = predictor.predict(pixels);
 *     int pose = outputs.classOf("pose", 0);
 * }
 * }</pre>
 *
 * <p>It answers what {@link org.mtl4j.train.MultiTaskModel#predict} of the model answers that it was made from, as that
 * was then: within 1e-5 of the largest absolute output of the task in the batch. The answer to an example does not
 * depend on which others it is asked with, nor on how many threads compute it.
 *
 * <p>{@link Object#toString} says what computes.
 */
public interface Predictor extends AutoCloseable {

    /** {@return what it reads and what it answers} */
    Signature signature();

    /** {@return how it works} */
    PredictorOptions options();

    /** {@return the text that was kept with the model, such as how its pictures were cropped} Unmodifiable. */
    Map<String, String> properties();

    /** {@return what computes, with its settings, as it is to be read in a log: one line} */
    String engine();

    /** {@return by what rows of a table become what it reads; empty if the model has none} */
    Optional<TableEncoding> encoding();

    /**
     * Answers examples of a network of one input.
     *
     * @param features one example after the other, each of the input's shape; read, not changed
     * @throws IllegalArgumentException if these are not the numbers of one or more examples, the network has several
     *     inputs or wants to be told which steps are there, there is a code that its embedding does not have, or a
     *     number is not finite and the options refuse that; the message names what
     * @throws IllegalStateException if the predictor is closed
     * @throws java.util.concurrent.RejectedExecutionException if as many calls are under way as the options allow
     */
    Outputs predict(float[] features);

    /**
     * Answers examples of a network of any inputs, sequences with steps that are not there included.
     *
     * @throws IllegalArgumentException as of {@link #predict(float[])}; if there is not one array for each input, or
     *     their numbers of examples differ; if a mask has other numbers than 0 and 1, leaves an example without a step,
     *     or is of an input that is no sequence
     * @throws IllegalStateException as of {@link #predict(float[])}
     * @throws java.util.concurrent.RejectedExecutionException as of {@link #predict(float[])}
     */
    Outputs predict(Features features);

    /**
     * Answers examples into memory of the caller's. After the first calls the library's engine allocates nothing, but
     * for some hundred bytes where calls are gathered or a batch is divided among threads; ONNX Runtime's classes for
     * Java some hundred for each call. Numbers lie from each buffer's position to its limit, and both are left as they
     * are.
     *
     * @param features for each input, in the order of the signature, one example after the other
     * @param outputs for each task, in the order of the signature, with room for {@code [examples, outputs]}; must not
     *     overlap the features
     * @throws IllegalArgumentException as of {@link #predict(Features)}, or if there is not one buffer with room for
     *     each task
     * @throws IllegalStateException as of {@link #predict(float[])}
     * @throws java.util.concurrent.RejectedExecutionException as of {@link #predict(float[])}
     */
    void predict(FloatBuffer[] features, FloatBuffer[] outputs);

    /**
     * Answers as {@link org.mtl4j.train.MultiTaskModel#predict(INDArray)} does.
     *
     * @param features {@code [batch, ...]} of the input's shape, of any type
     * @throws IllegalArgumentException as of {@link #predict(float[])}
     * @throws IllegalStateException as of {@link #predict(float[])}
     * @throws java.util.concurrent.RejectedExecutionException as of {@link #predict(float[])}
     */
    Predictions predict(INDArray features);

    /**
     * Answers as {@link org.mtl4j.train.MultiTaskModel#predict(Map, Map)} does.
     *
     * @param features by input {@code [batch, ...]} of its shape, of any type
     * @param masks by input {@code [batch, steps]} of 1 and 0, for those of which not all steps are there
     * @throws IllegalArgumentException as of {@link #predict(Features)}
     * @throws IllegalStateException as of {@link #predict(float[])}
     * @throws java.util.concurrent.RejectedExecutionException as of {@link #predict(float[])}
     */
    Predictions predict(Map<String, INDArray> features, Map<String, INDArray> masks);

    /**
     * Answers rows of raw values of a table, as {@code MultiTaskModel.predictRows} does.
     *
     * @param rows each a {@code Map} by column, a bean or a record
     * @throws IllegalStateException if the model has no encoding of a table, or as of {@link #predict(float[])}
     * @throws IllegalArgumentException if a row does not fit the encoding; the message names row and column
     * @throws java.util.concurrent.RejectedExecutionException as of {@link #predict(float[])}
     */
    List<RowPrediction> predictRows(List<?> rows);

    /**
     * Asks itself about zeros, one example and a batch, so often that the virtual machine has compiled what computes;
     * to be called before a service says that it is ready. Takes a second or less.
     *
     * @throws IllegalStateException if the predictor is closed
     */
    void warmUp();

    /** Frees what it has. Calls that are under way are answered; later ones are refused. A second call does nothing. */
    @Override
    void close();
}
