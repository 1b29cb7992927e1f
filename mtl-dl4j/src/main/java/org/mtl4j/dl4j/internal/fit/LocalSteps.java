package org.mtl4j.dl4j.internal.fit;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SingleThreadedBlas;
import org.mtl4j.dl4j.internal.inference.Replicas;
import org.mtl4j.dl4j.internal.inference.TaskMeans;
import org.mtl4j.dl4j.internal.layer.LossWeights;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.mtl4j.dl4j.internal.model.CheckedBatches;
import org.mtl4j.dl4j.internal.model.ModelAccess;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.batches.EncodedBatches;
import org.mtl4j.train.history.ExampleWeights;
import org.mtl4j.train.history.TaskGradients;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/** Computes steps in this process, on threads as many as the options say. */
public final class LocalSteps implements TrainingSteps {
    private final GraphModel model;
    private final List<Task> tasks;
    private final BatchLayout layout;
    private final MultiDataSetIterator source;
    private final CheckedBatches data;
    private final String workers;
    private final ActiveTasks active;
    private final TrainingStep oneStep;
    private final boolean divided;
    private final FitOptions options;
    private @Nullable Balancing balancing;
    private @Nullable ExampleWeights exampleWeights;
    private long unweighted;
    /**
     * Open from the first step to the end of the run: setting the number of threads takes longer than many products.
     */
    private @Nullable SingleThreadedBlas blas;

    private @Nullable MultiDataSet batch;
    private ModelAccess.@Nullable Use reading;

    /**
     * Prepares the steps of a run.
     *
     * @throws IllegalArgumentException if the data cannot be reset, as each epoch needs it
     */
    public LocalSteps(GraphModel model, MultiDataSetIterator data, FitOptions options) {
        if (!data.resetSupported()) {
            throw new IllegalArgumentException("the training data must be resettable, and "
                    + data.getClass().getName() + " is not; it is read once per epoch");
        }
        EncodedBatches.encodingOf(data).ifPresent(model::setEncoding);
        this.model = model;
        this.options = options;
        this.layout = BatchLayout.of(model.state());
        this.source = data;
        this.data = new CheckedBatches(layout, data, "training data");
        this.tasks = model.network().tasks();
        Replicas replicas = model.division().forTraining(options.workers());
        this.active = new ActiveTasks(model.state(), replicas);
        // of this run: before the next, whoever has the graph may freeze layers of it, or set a dropout
        GradientComputation computation = new GradientComputation();
        this.oneStep = new TrainingStep(
                model.state(),
                computation,
                replicas,
                active,
                draws(),
                options.workers().isEmpty());
        this.divided = replicas != null;
        this.workers = (divided ? replicas.count() : 1) + (options.workers().isEmpty() ? " (chosen by the model)" : "");
    }

    @Override
    public LabelSums sumLabels() {
        beginReading();
        data.start(0, CheckedBatches.NO_EPOCH);
        LabelSums sums = new LabelSums(tasks);
        while (data.hasNext()) {
            sums.add(data.next());
        }
        endReading();
        return sums;
    }

    @Override
    public void start(int epoch) {
        beginReading();
        exampleWeights = null;
        unweighted = 0;
        data.start(epoch, model.graph().getEpochCount());
    }

    @Override
    public boolean advance() {
        batch = data.hasNext() ? data.next() : null;
        if (batch == null) {
            endReading();
        } else if (!model.state().hasSeenMaskedSteps() && BatchLayout.hasMaskedSteps(batch)) {
            model.state().setSeenMaskedSteps();
        }
        return batch != null;
    }

    private void beginReading() {
        endReading();
        reading = model.state().access().readBatches(source, "fit");
    }

    private void endReading() {
        if (reading != null) {
            reading.close();
            reading = null;
        }
    }

    @Override
    public boolean last() {
        return !data.hasNext();
    }

    @Override
    public Result run() {
        if (divided && blas == null) {
            blas = SingleThreadedBlas.open();
        }
        addWeights();
        StepResult step = oneStep.fit(batch);
        return new Result(
                1,
                Math.toIntExact(batch.getFeatures(0).size(0)),
                step.score(),
                step.losses(),
                TaskMeans.labelled(batch, tasks),
                batch);
    }

    @Override
    public void weigh(double[] factors) {
        layout.weigh(factors);
        active.weigh(factors);
        if (balancing == null) {
            balancing = Balancing.of(model, options);
        }
        balancing.startEpoch();
        oneStep.balance(balancing, factors);
    }

    private boolean draws() {
        return Replicas.mayDraw(model.network());
    }

    @Override
    public Optional<double[]> meanFactors() {
        return Optional.ofNullable(balancing).flatMap(Balancing::means);
    }

    @Override
    public Optional<TaskGradients> taskGradients() {
        return Optional.ofNullable(balancing).flatMap(Balancing::gradients);
    }

    private void addWeights() {
        double[] weights = LossWeights.ofExamples(batch);
        if (weights == null) {
            unweighted += batch.getFeatures(0).size(0);
        } else {
            ExampleWeights more = ExampleWeights.of(weights);
            exampleWeights = exampleWeights == null ? more : exampleWeights.plus(more);
        }
    }

    @Override
    public Optional<ExampleWeights> exampleWeights() {
        return Optional.ofNullable(exampleWeights)
                .map(weights -> unweighted == 0 ? weights : weights.plus(ExampleWeights.ones(unweighted)));
    }

    @Override
    public void release() {
        if (blas != null) {
            blas.close();
            blas = null;
        }
        endReading();
        active.release();
    }

    @Override
    public String division() {
        return workers;
    }

    @Override
    public Optional<String> listenerLimits() {
        List<String> listeners = divided ? GraphListeners.thatNeedTheWholeBatch(model.graph()) : List.of();
        return listeners.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        ("%s: listens to onForwardPass, which shows the activations of a whole batch, so batches are"
                                        + " not divided among threads; listeners to anything else leave the threads on")
                                .formatted(String.join(", ", listeners)));
    }
}
