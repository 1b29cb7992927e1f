package org.mtl4j.dl4j.layer;

import java.util.Map;
import org.deeplearning4j.nn.conf.layers.LearnedSelfAttentionLayer;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * Configures attention with learned queries like {@link LearnedSelfAttentionLayer}: the same parameters, and what that
 * one means to compute. The stock layer of 1.0.0-M2.1 repeats its queries for each example by an operation that it
 * calls with the wrong arguments, and always fails.
 *
 * <pre>{@code
 * var attention = WorkingLearnedSelfAttentionLayer.of(new LearnedSelfAttentionLayer.Builder()
 *     .nOut(16).nHeads(4).nQueries(2).projectInput(true).build());
 * }</pre>
 */
public class WorkingLearnedSelfAttentionLayer extends LearnedSelfAttentionLayer {
    private static final long serialVersionUID = 1L;

    /** Makes an empty layer, for deserialisation. */
    public WorkingLearnedSelfAttentionLayer() {
        super(new Builder().nHeads(1));
    }

    /** Copies a stock layer's configuration, with everything that is set in it. */
    public static WorkingLearnedSelfAttentionLayer of(LearnedSelfAttentionLayer stock) {
        WorkingLearnedSelfAttentionLayer to = new WorkingLearnedSelfAttentionLayer();
        to.setLayerName(stock.getLayerName());
        to.setIDropout(stock.getIDropout());
        to.setConstraints(stock.getConstraints());
        to.setRegularization(stock.getRegularization());
        to.setRegularizationBias(stock.getRegularizationBias());
        to.setUpdater(stock.getUpdater());
        to.setBiasUpdater(stock.getBiasUpdater());
        to.setGradientNormalization(stock.getGradientNormalization());
        to.setGradientNormalizationThreshold(stock.getGradientNormalizationThreshold());
        to.setWeightInit(stock.getWeightInit());
        to.setParamWeightInit(stock.getParamWeightInit());
        to.setNIn(stock.getNIn());
        to.setNOut(stock.getNOut());
        to.setNHeads(stock.getNHeads());
        to.setHeadSize(stock.getHeadSize());
        to.setProjectInput(stock.isProjectInput());
        to.setNQueries(stock.getNQueries());
        return to;
    }

    @Override
    public SDVariable defineLayer(
            SameDiff graph, SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
        SDVariable zeros = input.mul(0).sum(true, 1, 2); // [batch, 1, 1]
        SDVariable queries = zeros.add(parameters.get("Q")); // [1, nIn, queries] for each example
        return isProjectInput()
                ? graph.nn.multiHeadDotProductAttention(
                        getLayerName(),
                        queries,
                        input,
                        input,
                        parameters.get("Wq"),
                        parameters.get("Wk"),
                        parameters.get("Wv"),
                        parameters.get("Wo"),
                        mask,
                        true)
                : graph.nn.dotProductAttention(getLayerName(), queries, input, input, mask, true);
    }

    @Override
    protected boolean canEqual(Object other) {
        return other instanceof WorkingLearnedSelfAttentionLayer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WorkingLearnedSelfAttentionLayer && super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
