package org.mtl4j.dl4j.internal.layer;

import java.util.List;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.TrainingConfig;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.layers.AbstractLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.learning.regularization.Regularization;

/**
 * Tells of configurations of layers, without asking about each parameter, that they penalise no weights: some ask back
 * by names that they make each time.
 */
public final class ListedPenalties {
    /** Answers for a parameter from the two lists of {@link BaseLayer}. */
    private static final ClassValue<Boolean> LISTED = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            try {
                return type.getMethod("getRegularizationByParam", String.class).getDeclaringClass() == BaseLayer.class;
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(type.getName() + " is no layer of this Deeplearning4j", e);
            }
        }
    };

    /** Adds up what its configuration says of its parameters, or nothing. */
    private static final ClassValue<Boolean> BY_CONFIGURATION = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            try {
                Class<?> from =
                        type.getMethod("calcRegularizationScore", boolean.class).getDeclaringClass();
                return from == org.deeplearning4j.nn.layers.BaseLayer.class || from == AbstractLayer.class;
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(type.getName() + " is no layer of this Deeplearning4j", e);
            }
        }
    };

    private ListedPenalties() {}

    /** {@return whether a layer has no penalty; false also where it takes longer to tell so} */
    public static boolean areNone(Layer layer) {
        return BY_CONFIGURATION.get(layer.getClass()) && areNone(layer.conf().getLayer());
    }

    /** {@return whether no parameter is penalised; false also where it takes longer to tell so} */
    public static boolean areNone(@Nullable TrainingConfig configuration) {
        return configuration instanceof BaseLayer layer
                && LISTED.get(layer.getClass())
                && isEmpty(layer.getRegularization())
                && isEmpty(layer.getRegularizationBias());
    }

    /** {@return whether a parameter is not penalised} */
    public static boolean isNone(TrainingConfig configuration, String parameter) {
        return areNone(configuration) || isEmpty(configuration.getRegularizationByParam(parameter));
    }

    private static boolean isEmpty(@Nullable List<Regularization> list) {
        return list == null || list.isEmpty();
    }
}
