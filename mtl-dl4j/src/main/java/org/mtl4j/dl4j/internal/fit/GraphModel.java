package org.mtl4j.dl4j.internal.fit;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.jspecify.annotations.Nullable;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.dl4j.internal.inference.BatchDivision;
import org.mtl4j.dl4j.internal.inference.Evaluation;
import org.mtl4j.dl4j.internal.inference.Inference;
import org.mtl4j.dl4j.internal.io.HeldParameters;
import org.mtl4j.dl4j.internal.io.ModelFile;
import org.mtl4j.dl4j.internal.io.OtherNetwork;
import org.mtl4j.dl4j.internal.io.OtherPlan;
import org.mtl4j.dl4j.internal.model.LearnedSharing;
import org.mtl4j.dl4j.internal.model.ModelAccess;
import org.mtl4j.dl4j.internal.model.ModelState;
import org.mtl4j.internal.check.Check;
import org.mtl4j.metric.Metric;
import org.mtl4j.metric.MetricScores;
import org.mtl4j.metric.MetricValue;
import org.mtl4j.metric.TaskScore;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.saved.SavedTypes;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.MultiTaskModel;
import org.mtl4j.train.Predictions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.EncodedBatches;
import org.mtl4j.train.history.RelatednessState;
import org.mtl4j.train.history.TrainingHistory;
import org.mtl4j.train.history.UnitState;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;

/**
 * Trains and asks the graph of a {@link ModelState}: what stands behind {@code Dl4jModel}, and what workers have copies
 * of.
 */
public final class GraphModel implements MultiTaskModel {
    private static final String FIT = "fit";

    private final ModelState state;
    private final BatchDivision division;
    private final Inference inference;
    private final Evaluation evaluation;
    private final LearnedSharing sharing;
    private final LayerRates rates;
    private final GradientComputation gradients = new GradientComputation();

    /** Works on this state, which nobody else should train meanwhile. */
    public GraphModel(ModelState state) {
        this.state = state;
        this.division = new BatchDivision(state);
        this.inference = new Inference(state, division);
        this.evaluation = new Evaluation(state, inference);
        this.sharing = LearnedSharing.of(state);
        this.rates = new LayerRates(state);
        HeldParameters.check(state.network(), state.plan(), state.graph());
    }

    /**
     * Builds a fresh model.
     *
     * @throws IllegalStateException if there is no ND4J backend on the class path; the message says what to add
     * @throws IllegalArgumentException if the network has layers that this module cannot build
     */
    public static GraphModel create(MultiTaskNetwork network, TrainingPlan plan) {
        return new GraphModel(ModelState.create(network, plan));
    }

    /**
     * {@return a copy of a model that a worker has, as what it is}
     *
     * @throws IllegalArgumentException if it is another kind of model, which workers cannot train
     */
    public static GraphModel of(MultiTaskModel copy) {
        if (copy instanceof GraphModel model) {
            return model;
        }
        throw new IllegalArgumentException("workers answer with a copy that ModelCopies.use has given them, got a "
                + copy.getClass().getName());
    }

    /** {@return what the model is} */
    public ModelState state() {
        return state;
    }

    /** {@return the graph itself} */
    public ComputationGraph graph() {
        return state.graph();
    }

    /** {@return what computes the gradients of the graph} */
    public GradientComputation gradients() {
        return gradients;
    }

    /** {@return the same model, with another plan} See {@code Dl4jModel.withPlan}. */
    public GraphModel withPlan(TrainingPlan plan, boolean fromNow) {
        try (ModelAccess.Use reading = state.access().readWhole()) {
            return new GraphModel(OtherPlan.of(state, plan, fromNow));
        }
    }

    /** {@return what has come of the model in another network} See {@code Dl4jModel.grownTo}. */
    public OtherNetwork.Result grownTo(MultiTaskNetwork network, TrainingPlan plan) {
        try (ModelAccess.Use reading = state.access().readWhole()) {
            return OtherNetwork.of(state, network, plan);
        }
    }

    /** {@return what measures the model} */
    public Evaluation evaluation() {
        return evaluation;
    }

    BatchDivision division() {
        return division;
    }

    LayerRates rates() {
        return rates;
    }

    LearnedSharing learnedSharing() {
        return sharing;
    }

    @Override
    public MultiTaskNetwork network() {
        return state.network();
    }

    @Override
    public TrainingPlan plan() {
        return state.plan();
    }

    @Override
    public TrainingHistory fit(MultiDataSetIterator data, FitOptions options) {
        try (ModelAccess.Use training = state.access().train(FIT)) {
            return run(new LocalSteps(this, data, options), options);
        }
    }

    /** Better now than after an epoch. */
    private void checkEncodingOf(FitOptions options) {
        options.validation().ifPresent(data -> {
            EncodedBatches.encodingOf(data)
                    .ifPresent(encoding -> state.requireSameEncoding(encoding, "validation data"));
        });
    }

    /** Trains by steps that are computed elsewhere. */
    public TrainingHistory fit(TrainingSteps steps, FitOptions options) {
        try (ModelAccess.Use training = state.access().train(FIT)) {
            return run(steps, options);
        }
    }

    private TrainingHistory run(TrainingSteps steps, FitOptions options) {
        checkEncodingOf(options);
        new Training(this, steps, options).run();
        return history();
    }

    @Override
    public Map<String, String> describe(FitOptions options) {
        Map<String, String> all = new LinkedHashMap<>(options.describe());
        Balancing.describe(state, options).ifPresent(parts -> all.put("gradients combined of", parts));
        return all;
    }

    @Override
    public TrainingHistory history() {
        return state.history();
    }

    @Override
    public void trimHistory(int epochs) {
        state.trimHistory(Check.atLeast(0, epochs, "trimHistory: epochs"));
    }

    @Override
    public Predictions predict(INDArray features) {
        return inference.predict(features);
    }

    @Override
    public Predictions predict(INDArray features, @Nullable INDArray mask) {
        return inference.predict(features, mask);
    }

    @Override
    public Predictions predict(Map<String, INDArray> features) {
        return inference.predict(features);
    }

    @Override
    public Predictions predict(Map<String, INDArray> features, Map<String, INDArray> masks) {
        return inference.predict(features, masks);
    }

    @Override
    public Optional<TableEncoding> encoding() {
        return state.encoding();
    }

    @Override
    public void setEncoding(TableEncoding encoding) {
        state.setEncoding(encoding);
    }

    @Override
    public Map<String, TaskScore> evaluate(MultiDataSetIterator data) {
        return evaluation.scores(data);
    }

    @Override
    public Map<String, Map<String, MetricValue>> measure(MultiDataSetIterator data, Metric... metrics) {
        return evaluation.measure(data, MetricScores.of(network().tasks(), List.of(metrics)));
    }

    @Override
    public Map<String, Double> losses(MultiDataSetIterator data) {
        return evaluation.losses(data);
    }

    /**
     * Measures on the data that a run is validated on.
     *
     * @param metrics to add what is measured to
     * @return the losses
     */
    Map<String, Double> validate(MultiDataSetIterator data, MetricScores metrics) {
        return evaluation.losses(data, "validation data", metrics);
    }

    @Override
    public Map<String, INDArray> alphas() {
        try (ModelAccess.Use reading = state.access().read()) {
            return sharing.alphas();
        }
    }

    @Override
    public List<UnitState> sharing() {
        try (ModelAccess.Use reading = state.access().read()) {
            return sharing.sharing();
        }
    }

    @Override
    public Map<String, INDArray> unitParameters(String place) {
        try (ModelAccess.Use reading = state.access().read()) {
            return sharing.unitParameters(place);
        }
    }

    @Override
    public List<RelatednessState> relatedness() {
        try (ModelAccess.Use reading = state.access().read()) {
            return sharing.relatedness();
        }
    }

    @Override
    public Map<String, String> properties() {
        return state.properties();
    }

    @Override
    public void setProperty(String key, String value) {
        state.setProperty(key, value);
    }

    @Override
    public void save(Path file, SavedTypes types) throws IOException {
        try (ModelAccess.Use reading = state.access().readWhole()) {
            ModelFile.write(state, file, types, Optional.empty());
        }
    }

    @Override
    public void save(OutputStream out, SavedTypes types) throws IOException {
        try (ModelAccess.Use reading = state.access().readWhole()) {
            ModelFile.write(state, out, types, Optional.empty());
        }
    }
}
