package org.mtl4j.dl4j.internal.fit;

import java.util.List;
import java.util.Optional;
import org.mtl4j.dl4j.internal.io.CheckpointFiles;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.dl4j.internal.model.ParameterSnapshot;
import org.mtl4j.task.Task;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.stopping.EarlyStopping;

/** Keeps the parameters of a run's best epoch, in memory and, where there are checkpoints, beside them. */
final class BestModel {
    private final ModelState model;
    private final EarlyStopping rule;
    private final List<Task> tasks;
    private final Optional<CheckpointFiles> files;
    private ParameterSnapshot state;
    private int epoch = -1;

    BestModel(ModelState model, EarlyStopping rule, Optional<CheckpointFiles> files) {
        this.model = model;
        this.rule = rule;
        this.tasks = model.network().tasks();
        this.files = files;
    }

    /**
     * Keeps the model of the latest epoch if that is the best; to be called after each epoch, before its checkpoint.
     */
    void look(List<EpochResult> run) {
        if (rule.bestOf(run, tasks) == run.size() - 1) {
            state = ParameterSnapshot.of(model.graph());
            epoch = run.get(run.size() - 1).epoch();
            model.keepInHistory(epoch);
            files.ifPresent(all -> all.writeBest(model, epoch));
        }
    }

    /**
     * Takes up a run that was cut off, after its checkpoint has been read.
     *
     * @throws IllegalArgumentException if the model of its best epoch was not kept
     */
    void goOn(List<EpochResult> run) {
        int best = rule.bestOf(run, tasks);
        model.keepInHistory(run.get(best).epoch());
        if (best == run.size() - 1) {
            look(run);
        } else if (!files.orElseThrow().hasBest(run.get(best).epoch())) {
            throw new IllegalArgumentException(
                    ("the run that this would go on with was best after epoch %d of %d, and kept no model of that, as"
                                            + " it was not to stop")
                                    .formatted(best + 1, run.size())
                            + " early; give another directory for checkpoints, or leave out withEarlyStopping");
        }
    }

    /** {@return why the run is to end; empty if it is to go on} */
    Optional<String> reasonToStop(List<EpochResult> run) {
        return rule.reasonToStop(run, tasks);
    }

    /**
     * Puts the best epoch's parameters back.
     *
     * @return which epoch it was, or -1 if it was the last and nothing had to be done
     */
    int restore(List<EpochResult> run) {
        int best = rule.bestOf(run, tasks);
        if (best == run.size() - 1) {
            return -1;
        }
        int wanted = run.get(best).epoch();
        if (epoch != wanted) { // the run was cut off since
            state = ParameterSnapshot.of(files.orElseThrow(
                            () -> new IllegalStateException("no checkpoints, and the best epoch is not in memory"))
                    .readBest(wanted, model)
                    .graph());
            epoch = wanted;
        }
        model.access().write(() -> state.restoreTo(model.graph()));
        return epoch;
    }
}
