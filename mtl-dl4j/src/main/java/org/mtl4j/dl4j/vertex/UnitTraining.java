package org.mtl4j.dl4j.vertex;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.mtl4j.dl4j.internal.layer.FreezingUpdater;
import org.mtl4j.sharing.UnitParameter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.L2Regularization;
import org.nd4j.linalg.learning.regularization.Regularization;

/** Tells the updater how to train the parameters of a unit: each by itself, without clipping. */
final class UnitTraining implements TrainingConfig {
    private final String name;
    private final Map<String, IUpdater> updaters = new LinkedHashMap<>();
    private final Map<String, List<Regularization>> decays = new LinkedHashMap<>();

    /**
     * Makes the configuration of one vertex.
     *
     * @param updater the network's
     * @param frozenEpochs for how many epochs the parameters rest
     * @param l2 the network's weight decay
     */
    UnitTraining(String name, List<UnitParameter> parameters, IUpdater updater, int frozenEpochs, double l2) {
        this.name = name;
        for (UnitParameter parameter : parameters) {
            updaters.put(
                    parameter.name(),
                    parameter.statistic()
                            ? new NoOp() // which leaves the step as it is
                            : FreezingUpdater.of(updater, parameter.learningRateFactor(), frozenEpochs));
            double decay = l2 * parameter.weightDecayFactor();
            decays.put(parameter.name(), decay > 0 ? List.of(new L2Regularization(decay)) : List.of());
        }
    }

    @Override
    public String getLayerName() {
        return name;
    }

    @Override
    public List<Regularization> getRegularizationByParam(String parameter) {
        return Objects.requireNonNull(decays.get(parameter), parameter);
    }

    @Override
    public boolean isPretrainParam(String parameter) {
        return false;
    }

    @Override
    public IUpdater getUpdaterByParam(String parameter) {
        return Objects.requireNonNull(updaters.get(parameter), parameter);
    }

    @Override
    public GradientNormalization getGradientNormalization() {
        return GradientNormalization.None;
    }

    @Override
    public double getGradientNormalizationThreshold() {
        return 0;
    }

    @Override
    public void setDataType(DataType dataType) {}
}
