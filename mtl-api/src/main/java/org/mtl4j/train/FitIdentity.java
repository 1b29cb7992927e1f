package org.mtl4j.train;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.mtl4j.balance.BalanceScope;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.LossWeighting;
import org.mtl4j.balance.StepWeighting;
import org.mtl4j.metric.Metric;
import org.mtl4j.train.stopping.EarlyStopping;
import org.mtl4j.train.stopping.TaskStopping;

/**
 * Tells calls of {@code fit} apart: every option that decides the result, compared as a value. Rules of your own are
 * compared by their {@code equals}, so make them records.
 *
 * @param epochs passes over the data
 * @param workers among how many threads each batch is divided; empty if the model decides
 * @param taskStopping what drops auxiliary tasks
 * @param mainTasks those that are never dropped
 * @param earlyStopping what ends the run
 * @param lossWeighting what weighs the tasks
 * @param stepWeighting what weighs the tasks in each step
 * @param gradientBalance what combines the tasks' gradients
 * @param balanceScope of which shared parameters gradients are combined
 * @param allTasks whether tasks that were dropped before take part again
 * @param parameterAveraging the decay of the average of the parameters
 * @param metrics what is measured after each epoch, by task; of all tasks under the empty text
 * @see FitOptions#identity
 */
public record FitIdentity(
        int epochs,
        OptionalInt workers,
        Optional<TaskStopping> taskStopping,
        Set<String> mainTasks,
        Optional<EarlyStopping> earlyStopping,
        Optional<LossWeighting> lossWeighting,
        Optional<StepWeighting> stepWeighting,
        Optional<GradientBalance> gradientBalance,
        BalanceScope balanceScope,
        boolean allTasks,
        OptionalDouble parameterAveraging,
        Map<String, List<Metric>> metrics) {

    /** Copies the set and the map; nothing is null. */
    public FitIdentity {
        Objects.requireNonNull(workers, "workers");
        Objects.requireNonNull(taskStopping, "taskStopping");
        Objects.requireNonNull(earlyStopping, "earlyStopping");
        Objects.requireNonNull(lossWeighting, "lossWeighting");
        Objects.requireNonNull(stepWeighting, "stepWeighting");
        Objects.requireNonNull(gradientBalance, "gradientBalance");
        Objects.requireNonNull(balanceScope, "balanceScope");
        Objects.requireNonNull(parameterAveraging, "parameterAveraging");
        mainTasks = ImmutableSet.copyOf(mainTasks);
        metrics = ImmutableMap.copyOf(metrics);
    }

    /**
     * {@return these options as JSON, for a file that says whose a directory is} Without the number of epochs, which a
     * run that goes on may raise. Rules are written by the components of their records, those of your own that are none
     * by their {@code toString}, or by their type alone if they have not got one.
     */
    public String toJson() {
        return FitIdentityJson.write(this);
    }
}
