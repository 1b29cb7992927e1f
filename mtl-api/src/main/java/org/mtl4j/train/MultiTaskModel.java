package org.mtl4j.train;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.RowPrediction;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.internal.data.Masks;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.Input;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.batches.Batch;
import org.mtl4j.train.history.RelatednessState;
import org.mtl4j.train.history.TrainingHistory;
import org.mtl4j.train.history.UnitState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * A network that can be trained and asked. How features and labels are laid out is said in the
 * {@linkplain org.mtl4j.train package description}.
 *
 * <p>Several threads may use one model. What they ask while another thread trains it is answered from the parameters
 * between two steps: {@link #predict}, {@link #alphas}, {@link #sharing}, {@link #relatedness} and {@link #save(Path)
 * save} by those at that moment, {@link #evaluate} and {@link #losses} over all of the data by those at the start of
 * the call. While it is trained it cannot be trained by another call ({@link IllegalStateException}, which names the
 * thread), nor can batches that one call is reading be read by another. Listeners of a call may ask whatever they like,
 * from their thread or another one.
 */
public interface MultiTaskModel {

    /** {@return the description that the model was built from} */
    MultiTaskNetwork network();

    /** {@return how it is optimised} */
    TrainingPlan plan();

    /**
     * Trains on all of the data, {@code options.epochs()} times, on top of whatever training there has been. Output
     * layers that are as they were made are first set to the mean of the training targets, task by task, where the task
     * says so ({@link org.mtl4j.task.OutputStart}).
     *
     * @param training the data; is reset before each pass
     * @param options epochs, validation data, listeners
     * @return the epochs of the model's whole life, these included
     * @throws IllegalArgumentException if a batch does not fit the network, in shape or in the values of labels and
     *     masks: the message names the task, and the shapes or the row. Validation data are looked at in the same way
     * @throws org.mtl4j.relatedness.RelatednessOverflowException if the regularizer has no finite value
     * @throws TrainingDivergedException if the score is not finite after a step
     * @throws IllegalStateException if this model is being trained by another call, or another one is reading the same
     *     batches
     */
    TrainingHistory fit(MultiDataSetIterator training, FitOptions options);

    /** {@return {@link #fit(MultiDataSetIterator, FitOptions)} without anything but the number of epochs} */
    default TrainingHistory fit(MultiDataSetIterator training, int epochs) {
        return fit(training, FitOptions.epochs(epochs));
    }

    /**
     * {@return what these options come to for this model, in words} What {@link FitOptions#describe} says, and where
     * gradients of tasks are combined, those of which parameters: by layer and unit, with how many there are. So it
     * also tells which parameters tasks share. The history begins each run with it.
     *
     * @throws IllegalArgumentException if gradients are to be combined and nothing is shared
     */
    default Map<String, String> describe(FitOptions options) {
        return options.describe();
    }

    /** {@return the epochs that the model has been trained for, the latest of them: see {@link TrainingHistory}} */
    TrainingHistory history();

    /**
     * Lets go of what the history has besides the latest epochs, for models that are trained a little, for ever. Events
     * that the model goes by stay (tasks that are dropped, towers that were joined), and those of the latest call of
     * {@code fit}. The model itself is as before: steps and epochs are counted on.
     *
     * @param epochs how many of the latest epochs stay, at least 0
     * @throws IllegalArgumentException if it is below 0
     */
    void trimHistory(int epochs);

    /**
     * Predicts every task.
     *
     * @param features {@code [batch, ...]} of the network's input shape; of sequences all steps are there
     * @throws IllegalArgumentException if they have another shape, the network has several inputs (then give
     *     {@link #predict(Map)} an array for each), or the model was trained on sequences of which some steps were
     *     masked: then {@link #predict(INDArray, INDArray)} has to be told which steps are there, as padding that is
     *     taken for steps gives other predictions than {@link #evaluate} measures
     */
    Predictions predict(INDArray features);

    /**
     * Predicts every task for sequences of which some steps are not there: what {@link #evaluate} measures on a batch
     * with this mask.
     *
     * @param features {@code [batch, features, steps]} of the network's input shape; what stands at steps that are not
     *     there does not matter
     * @param mask {@code [batch, steps]}, of any type: 1 where there is a step and 0 where there is none, at least one
     *     step for each example; null if all steps are there
     * @throws IllegalArgumentException if one has another shape, the mask has other numbers than 0 and 1 or an example
     *     without a step, or the network's input is no sequence; the message names row and step
     */
    Predictions predict(INDArray features, @Nullable INDArray mask);

    /**
     * Predicts every task for features of several inputs: {@code predict(Map.of("numbers", a, "codes", b))}.
     *
     * @param features for each of the network's inputs by its name {@code [batch, ...]} of the input's shape, of
     *     sequences with all steps; a row is the same example in all of them
     * @throws IllegalArgumentException if there is not one array for each input, one has another shape or another
     *     number of examples (the message names the input), or the model was trained on sequences of which some steps
     *     were masked: then {@link #predict(Map, Map)} has to be told which steps are there
     */
    Predictions predict(Map<String, INDArray> features);

    /**
     * Predicts every task for features of several inputs, of which sequences may lack steps: what {@link #evaluate}
     * measures on a batch with these masks.
     *
     * @param features for each of the network's inputs by its name {@code [batch, ...]} of the input's shape
     * @param masks by name of an input that is a sequence {@code [batch, steps]}, of any type: 1 where there is a step
     *     and 0 where there is none, at least one step for each example; inputs without a mask have all steps
     * @throws IllegalArgumentException if there is not one array for each input, an array or mask has another shape, a
     *     mask is for no input of the network or one that is no sequence, or has other numbers than 0 and 1 or an
     *     example without a step; the message names input, row and step
     */
    Predictions predict(Map<String, INDArray> features, Map<String, INDArray> masks);

    /**
     * Predicts every task for the features of a batch, with their masks if it has some: by their names if it has names
     * ({@link Batch}), else in the order of the network's inputs. Labels do not matter and may be missing.
     *
     * @throws IllegalArgumentException as of {@link #predict(Map, Map)}, or if there is not one array of features for
     *     each input
     */
    default Predictions predict(MultiDataSet batch) {
        List<String> inputs = network().inputs().stream().map(Input::name).toList();
        List<String> given = Batch.inputsOf(batch);
        if (given.isEmpty() || given.size() == 1 && inputs.size() == 1) {
            given = inputs; // by position; the one input of a batch is that of a network with one
        }
        if (batch.numFeatureArrays() != given.size()) {
            throw new IllegalArgumentException(
                    inputs.size() == 1
                            ? "a batch has one features array, got " + batch.numFeatureArrays()
                            : "a batch has one features array per input, %s, got %s"
                                    .formatted(inputs, batch.numFeatureArrays()));
        }
        Map<String, INDArray> features = new LinkedHashMap<>();
        Map<String, INDArray> masks = new LinkedHashMap<>();
        for (int i = 0; i < given.size(); i++) {
            if (inputs.contains(given.get(i))) {
                features.put(given.get(i), batch.getFeatures(i));
                INDArray mask = Masks.ofFeatures(batch, i);
                if (mask != null) {
                    masks.put(given.get(i), mask);
                }
            }
        }
        return predict(features, masks);
    }

    /**
     * {@return how rows of a table become what the network reads; empty if the model was made for arrays} A model keeps
     * the encoding of the {@link org.mtl4j.train.batches.EncodedBatches} that it is trained on, and it is saved with
     * the model and in checkpoints.
     */
    Optional<TableEncoding> encoding();

    /**
     * Gives the model an encoding, where it is trained on batches that do not know theirs.
     *
     * @throws IllegalArgumentException if it does not fit the network, or the model was trained with another one
     */
    void setEncoding(TableEncoding encoding);

    /**
     * Predicts every task for a row of raw values, encoded as the rows were that the model was trained on. Numbers are
     * in the units of the table, also where labels were {@linkplain org.mtl4j.data.Label.Numbers#withScaling scaled}.
     *
     * @param row the value of each feature by its column: a text, a number, or null where it is missing; what is no
     *     feature is not looked at
     * @throws IllegalArgumentException if a column of the features is not there, or its value is no number where one is
     *     expected; the message names it
     * @throws IllegalStateException if the model has no {@link #encoding()}
     */
    default RowPrediction predictRow(Map<String, ? extends @Nullable Object> row) {
        return predictRows(List.of(row)).get(0);
    }

    /**
     * Predicts every task for a row of raw values in a record, whose components are called as columns are but for case
     * and signs that Java does not allow: {@code hoursPerWeek} for {@code hours-per-week}.
     *
     * @throws IllegalArgumentException as for a map, or if the record cannot be read
     * @throws IllegalStateException if the model has no {@link #encoding()}
     */
    default RowPrediction predictRow(Record row) {
        return predictRows(List.of(row)).get(0);
    }

    /**
     * Predicts every task for rows of raw values.
     *
     * @param rows each a map as for {@link #predictRow(Map)}, or a record as for {@link #predictRow(Record)}
     * @return one for each row, in their order
     * @throws IllegalArgumentException as for one row; the message names it
     * @throws IllegalStateException if the model has no {@link #encoding()}
     */
    default List<RowPrediction> predictRows(List<?> rows) {
        return new RowPredictor(this).predict(rows);
    }

    /**
     * Scores every task on all of the data; the iterator is reset first. In the order of the network's tasks. A task
     * without any label in the data has a score of no examples, and is named in a warning. Measures of a score that
     * take long are computed when they are asked for; see {@link org.mtl4j.metric}.
     *
     * @throws IllegalArgumentException if a batch does not fit the network, as of {@link #fit}, a label is soft, or a
     *     feature is not finite
     * @throws IllegalStateException if another call on this model is reading the same batches
     */
    Map<String, TaskScore> evaluate(MultiDataSetIterator data);

    /**
     * Measures metrics on all of the data, each of all tasks that it applies to; the iterator is reset first. What
     * {@link #evaluate} gives has all metrics of the library; this is for your own, or for one alone.
     *
     * @return by task and by the metric's name, in the order of the network's tasks; a metric that has no value on
     *     these data, as a task without any label has none, is NaN
     * @throws IllegalArgumentException if a metric applies to no task, or else as {@link #evaluate}
     * @throws IllegalStateException if another call on this model is reading the same batches
     */
    Map<String, Map<String, MetricValue>> measure(MultiDataSetIterator data, Metric... metrics);

    /**
     * {@return per task its loss on all of the data, without its weight λ, mean over the examples that have its label;
     * tasks without any label are missing, and named in a warning} The iterator is reset first.
     *
     * @throws IllegalArgumentException if a batch does not fit the network, as of {@link #fit}, a feature is not
     *     finite, or there is no batch
     * @throws IllegalStateException if another call on this model is reading the same batches
     */
    Map<String, Double> losses(MultiDataSetIterator data);

    /**
     * {@return the learned α by place: {@code [towers, towers]} per layer, {@code [towers, towers, channels]} per
     * channel; {@code alpha[s, t]} weighs what goes from tower t into tower s} Copies, in the order of the network's
     * stitches; of cross-stitch units only.
     */
    Map<String, INDArray> alphas();

    /**
     * {@return what the units of all kinds say of themselves now, place by place: see
     * {@link org.mtl4j.sharing.SharingUnit#readings}; empty without units}
     */
    List<UnitState> sharing();

    /**
     * {@return all parameters of a unit, of whatever kind, by name: {@code name} of those that all of its outputs
     * depend on, {@code tower/name} of those that only this tower's output depends on} Copies.
     *
     * @param place the unit's place
     * @throws IllegalArgumentException if there is no unit at that place; the message says where there are
     */
    Map<String, INDArray> unitParameters(String place);

    /** {@return how related the towers are, layer by layer and pair by pair; empty without a regularizer} */
    List<RelatednessState> relatedness();

    /**
     * {@return text kept with the model and saved with it, such as how its images were cropped} An unmodifiable copy.
     */
    Map<String, String> properties();

    /** Sets one of {@link #properties()}. */
    void setProperty(String key, String value);

    /**
     * Writes the model, with types of your own by their classes: {@link #save(Path, SavedTypes)} with none named.
     *
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if a type of your own cannot be written
     */
    default void save(Path file) throws IOException {
        save(file, SavedTypes.none());
    }

    /**
     * Writes the model with everything that training needs to go on: description, plan, parameters, updater state,
     * history, properties. The same model is the same bytes. The file is written under another name beside it and then
     * moved into place.
     *
     * @param file in any file system
     * @param types what types of your own are called in it
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if a type of your own cannot be written
     * @throws IllegalStateException if another thread trains the model and is measuring averaged parameters just now
     */
    void save(Path file, SavedTypes types) throws IOException;

    /**
     * Writes the model as {@link #save(Path, SavedTypes)} does, into a stream, which is left open.
     *
     * @param types what types of your own are called in it
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if a type of your own cannot be written
     * @throws IllegalStateException if another thread trains the model and is measuring averaged parameters just now
     */
    void save(OutputStream out, SavedTypes types) throws IOException;
}
