package mtl.dl4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import mtl.task.Task;
import mtl.train.EpochResult;
import mtl.train.EpochSeekable;
import mtl.train.FitOptions;
import mtl.train.ProgressListener;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call of fit. */
final class Training {
    private static final Logger log = LoggerFactory.getLogger(Training.class);

    private final Dl4jModel model;
    private final ComputationGraph graph;
    private final List<Task> tasks;
    private final MultiDataSetIterator data;
    private final FitOptions options;
    private final TrainingStep oneStep;
    private final Divergence divergence;
    private final Optional<CheckpointFiles> checkpoints;

    Training(Dl4jModel model, MultiDataSetIterator data, FitOptions options) {
        this.model = model;
        this.graph = model.graph();
        this.tasks = model.network().tasks();
        this.data = data;
        this.options = options;
        this.divergence = new Divergence(graph, tasks);
        this.checkpoints = options.checkpoints().map(CheckpointFiles::new);
        this.oneStep = new TrainingStep(graph, tasks, model.replicasForTraining(options));
        if (!data.resetSupported()) {
            throw new IllegalArgumentException("the training data must be resettable, and "
                    + data.getClass().getName() + " is not; it is read once per epoch");
        }
    }

    void run() {
        boolean fresh = graph.getIterationCount() == 0;
        if (fresh) {
            checkpoints.flatMap(files -> files.newestGood(model)).ifPresent(model::goOnFrom);
        }
        if (graph.getIterationCount() == 0) {
            startEpoch(0);
            OutputStarts.set(model, data);
        }
        int done = fresh ? graph.getEpochCount() : 0;
        for (int i = done; i < options.epochs(); i++) {
            EpochResult result = epoch();
            model.addToHistory(result);
            log.debug(
                    "epoch {}: score {}, training {}, validation {}",
                    result.epoch(),
                    result.score(),
                    result.trainingLoss(),
                    result.validationLoss());
            int epochs = i + 1;
            checkpoints.filter(files -> files.due(epochs, options.epochs())).ifPresent(files -> {
                divergence.checkParameters(result.epoch());
                files.write(model, epochs);
            });
            for (ProgressListener listener : options.listeners()) {
                listener.onEpoch(result);
            }
        }
    }

    /** Random numbers drawn in an epoch must not depend on when the run was started. */
    private void seedDropout(int epoch) {
        if (checkpoints.isPresent() && !Replicas.mayDivideTraining(model.network())) {
            Nd4j.getRandom().setSeed(model.plan().seed() + 1_000_003L * (epoch + 1));
        }
    }

    private void startEpoch(int epoch) {
        if (data instanceof EpochSeekable seekable) {
            seekable.startAt(epoch);
        } else {
            data.reset();
        }
    }

    private EpochResult epoch() {
        int epoch = graph.getEpochCount();
        for (TrainingListener listener : graph.getListeners()) {
            listener.onEpochStart(graph);
        }
        Sums sums = new Sums();
        startEpoch(epoch + 1); // the data's epoch 0 is for the output layers' start
        seedDropout(epoch);
        int step = 0;
        double relatedness = 0;
        while (data.hasNext()) {
            MultiDataSet batch = data.next();
            model.checkBatch(batch);
            boolean last = !data.hasNext();
            if (last && model.network().regularizer().isPresent()) {
                relatedness = graph.getLayer(GraphAssembly.RELATEDNESS).calcRegularizationScore(true);
            }
            double[] losses = oneStep.fit(batch);
            divergence.check(batch, losses, epoch, step);
            int examples = Math.toIntExact(batch.getFeatures(0).size(0));
            sums.add(losses, examples);
            for (ProgressListener listener : options.listeners()) {
                listener.onStep(epoch, step, examples, graph.score());
            }
            step++;
        }
        if (step == 0) {
            throw new IllegalArgumentException("the training data is empty: no batch after a reset");
        }
        double rate = !model.plan().updater().hasLearningRate()
                ? Double.NaN
                : model.plan().updater().getLearningRate(Math.max(0, graph.getIterationCount() - 1), epoch);
        for (TrainingListener listener : graph.getListeners()) {
            listener.onEpochEnd(graph);
        }
        graph.incrementEpochCount();
        Map<String, Double> validation = options.validation().map(model::losses).orElse(Map.of());
        return new EpochResult(
                epoch, graph.getIterationCount(), rate, sums.score / step, sums.taskLosses(), relatedness, validation);
    }

    /** The losses of an epoch. */
    private final class Sums {
        private final double[] losses = new double[tasks.size()];
        private long examples;
        private double score;

        void add(double[] batchLosses, int batchExamples) {
            for (int t = 0; t < losses.length; t++) {
                losses[t] += batchExamples * batchLosses[t];
            }
            examples += batchExamples;
            score += graph.score();
        }

        Map<String, Double> taskLosses() {
            Map<String, Double> byTask = new LinkedHashMap<>();
            for (int t = 0; t < losses.length; t++) {
                byTask.put(tasks.get(t).name(), losses[t] / examples);
            }
            return byTask;
        }
    }
}
