package org.mtl4j.internal.json;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.mtl4j.loss.SmoothL1Loss;
import org.mtl4j.loss.WingLoss;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossHinge;
import org.nd4j.linalg.lossfunctions.impl.LossKLD;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossMixtureDensity;
import org.nd4j.linalg.lossfunctions.impl.LossMultiLabel;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossPoisson;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossSquaredHinge;
import org.nd4j.linalg.lossfunctions.impl.LossWasserstein;
import org.nd4j.shade.jackson.databind.node.ArrayNode;
import org.nd4j.shade.jackson.databind.node.ObjectNode;

/** Names losses and their fields. Weights of outputs are left out where there are none. */
final class Losses {
    private static final String WEIGHTS = "outputWeights";
    private static final String CLIPPING = "clipping";
    private static final String EPSILON = "epsilon";
    private static final String BETA = "beta";

    static final Family<ILossFunction> FAMILY = new Family<>(
            "loss",
            ILossFunction.class,
            List.of(
                    new Kind<>(
                            "wing",
                            WingLoss.class,
                            (l, out, form) -> out.put("width", l.width()).put(EPSILON, l.epsilon()),
                            (in, form) -> new WingLoss(in.number("width"), in.number(EPSILON))),
                    new Kind<>(
                            "smooth-l1",
                            SmoothL1Loss.class,
                            (l, out, form) -> out.put(BETA, l.beta()),
                            (in, form) -> new SmoothL1Loss(in.number(BETA))),
                    weighted("mean-squared-error", LossMSE.class, LossMSE::getWeights, LossMSE::new),
                    weighted("mean-absolute-error", LossMAE.class, LossMAE::getWeights, LossMAE::new),
                    weighted("squared-error", LossL2.class, LossL2::getWeights, LossL2::new),
                    weighted("absolute-error", LossL1.class, LossL1::getWeights, LossL1::new),
                    weighted("mean-absolute-percentage-error", LossMAPE.class, LossMAPE::getWeights, LossMAPE::new),
                    weighted("mean-squared-logarithmic-error", LossMSLE.class, LossMSLE::getWeights, LossMSLE::new),
                    new Kind<>(
                            "cross-entropy",
                            LossMCXENT.class,
                            (l, out, form) -> clipped(l.getSoftmaxClipEps(), l.getWeights(), out),
                            (in, form) -> new LossMCXENT(in.number(CLIPPING), weights(in))),
                    new Kind<>(
                            "sparse-cross-entropy",
                            LossSparseMCXENT.class,
                            (l, out, form) -> clipped(l.getSoftmaxClipEps(), l.getWeights(), out),
                            (in, form) -> new LossSparseMCXENT(in.number(CLIPPING), weights(in))),
                    new Kind<>(
                            "negative-log-likelihood",
                            LossNegativeLogLikelihood.class,
                            (l, out, form) -> clipped(l.getSoftmaxClipEps(), l.getWeights(), out),
                            (in, form) -> {
                                LossNegativeLogLikelihood loss = new LossNegativeLogLikelihood(weights(in));
                                loss.setSoftmaxClipEps(in.number(CLIPPING));
                                return loss;
                            }),
                    new Kind<>(
                            "binary-cross-entropy",
                            LossBinaryXENT.class,
                            (l, out, form) -> clipped(l.getClipEps(), l.getWeights(), out),
                            (in, form) -> new LossBinaryXENT(in.number(CLIPPING), weights(in))),
                    Kind.plain("cosine-proximity", LossCosineProximity.class, LossCosineProximity::new),
                    new Kind<>(
                            "f-measure",
                            LossFMeasure.class,
                            (l, out, form) -> out.put(BETA, l.getBeta()),
                            (in, form) -> new LossFMeasure(in.number(BETA))),
                    Kind.plain("hinge", LossHinge.class, LossHinge::new),
                    Kind.plain("squared-hinge", LossSquaredHinge.class, LossSquaredHinge::new),
                    Kind.plain("kullback-leibler", LossKLD.class, LossKLD::new),
                    new Kind<>(
                            "mixture-density",
                            LossMixtureDensity.class,
                            (l, out, form) ->
                                    out.put("mixtures", l.getNMixtures()).put("labelWidth", l.getLabelWidth()),
                            (in, form) -> LossMixtureDensity.builder()
                                    .gaussians(in.integer("mixtures"))
                                    .labelWidth(in.integer("labelWidth"))
                                    .build()),
                    Kind.plain("multi-label", LossMultiLabel.class, LossMultiLabel::new),
                    Kind.plain("poisson", LossPoisson.class, LossPoisson::new),
                    Kind.plain("wasserstein", LossWasserstein.class, LossWasserstein::new)),
            Map.of());

    private Losses() {}

    private static <T extends ILossFunction> Kind<T> weighted(
            String name, Class<T> type, Function<T, INDArray> weights, Function<INDArray, T> maker) {
        return new Kind<>(
                name,
                type,
                (loss, out, form) -> putWeights(weights.apply(loss), out),
                (in, form) -> maker.apply(weights(in)));
    }

    private static void clipped(double clipping, INDArray weights, ObjectNode out) {
        out.put(CLIPPING, clipping);
        putWeights(weights, out);
    }

    private static void putWeights(INDArray weights, ObjectNode out) {
        if (weights == null) {
            return;
        }
        ObjectNode array = out.putObject(WEIGHTS);
        array.put("precision", EnumNames.PRECISIONS.nameOf(EnumNames.Precision.of(weights.dataType())));
        ArrayNode shape = array.putArray("shape");
        Arrays.stream(weights.shape()).forEach(shape::add);
        ArrayNode values = array.putArray("values");
        Arrays.stream(weights.dup('c').toDoubleVector()).forEach(values::add);
    }

    /** Null for none, as ND4J's losses have it. */
    private static @Nullable INDArray weights(JsonFields in) {
        if (!in.has(WEIGHTS)) {
            return null;
        }
        JsonFields array = in.object(WEIGHTS);
        EnumNames.Precision precision = array.oneOf("precision", EnumNames.PRECISIONS);
        double[] shape = array.numbers("shape");
        double[] values = array.numbers("values");
        array.end();
        boolean row = shape.length == 1 && shape[0] == values.length
                || shape.length == 2 && shape[0] == 1 && shape[1] == values.length;
        if (!row || values.length == 0) {
            throw new IllegalArgumentException("%s: %d numbers in the shape %s are no weights of outputs"
                    .formatted(array.where(), values.length, Arrays.toString(shape)));
        }
        INDArray weights = Nd4j.createFromArray(values).castTo(precision.type());
        return shape.length == 1 ? weights : weights.reshape(1, values.length);
    }
}
