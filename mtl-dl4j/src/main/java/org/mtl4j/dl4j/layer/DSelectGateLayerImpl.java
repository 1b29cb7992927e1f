package org.mtl4j.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.internal.cpu.MatrixValues;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.cpu.SumType;
import org.mtl4j.dl4j.internal.layer.OwnTerm;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Computes a DSelect-k gate and its gradients, in double precision between its linear part and its weights. */
final class DSelectGateLayerImpl extends BaseLayer<DSelectGateLayer> implements OwnTerm {
    private static final long serialVersionUID = 1L;

    /** Of the latest forward pass, a mean over the examples. */
    private transient double penalty;

    private transient boolean withoutTerm;

    DSelectGateLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public boolean hasTerm() {
        return layerConf().entropy() > 0 || gate().isPadded();
    }

    @Override
    public void setInGradients(boolean part) {
        withoutTerm = !part;
    }

    private DSelect gate() {
        DSelectGateLayer gate = layerConf();
        return new DSelect(gate.experts(), gate.selectors(), gate.bits(), gate.gamma(), gate.entropy());
    }

    private double[] logits(INDArray x) {
        INDArray bias = SumType.widened(getParam(DefaultParamInitializer.BIAS_KEY));
        INDArray rows = Nd4j.createUninitialized(
                bias.dataType(), new long[] {x.size(0), layerConf().logits()}, 'c');
        if (layerConf().byExample()) {
            INDArray weights = SumType.widened(getParam(DefaultParamInitializer.WEIGHT_KEY));
            INDArray product = SumType.widened(x).mmul(weights);
            rows.assign(product);
            SafeBroadcast.addRow(rows, bias);
        } else {
            rows.assign(0);
            SafeBroadcast.addRow(rows, bias);
        }
        return MatrixValues.of(rows);
    }

    private INDArray numbers() {
        return input.castTo(dataType);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        INDArray x = numbers();
        if (x.rank() != 2 || layerConf().byExample() && x.size(1) != layerConf().getNIn()) {
            throw new IllegalStateException("gate '%s': inputs of shape [batch, %s] expected, got %s"
                    .formatted(layerConf().getLayerName(), layerConf().getNIn(), java.util.Arrays.toString(x.shape())));
        }
        int batch = Math.toIntExact(x.size(0));
        DSelect gate = gate();
        double[] logits = logits(x);
        double[] weights = new double[batch * layerConf().experts()];
        double sum = 0;
        for (int n = 0; n < batch; n++) {
            sum += gate.forward(logits, n, weights);
        }
        penalty = sum / batch;
        return workspaces
                .createUninitialized(
                        ArrayType.ACTIVATIONS,
                        dataType,
                        new long[] {batch, layerConf().experts()},
                        'c')
                .assign(matrix(weights, batch));
    }

    private INDArray matrix(double[] numbers, int rows) {
        return Nd4j.createFromArray(numbers).reshape('c', rows, numbers.length / rows);
    }

    @Override
    public double calcRegularizationScore(boolean backpropParamsOnly) {
        return super.calcRegularizationScore(backpropParamsOnly) + penalty;
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        INDArray x = numbers();
        int batch = Math.toIntExact(x.size(0));
        DSelect gate = gate();
        double[] logits = logits(x);
        double[] eps = MatrixValues.of(epsilon);
        double[] delta = new double[logits.length];
        double ofPenalty = conf().isMiniBatch() ? 1 : 1.0 / batch; // the updater divides by the examples, or nothing
        ofPenalty = withoutTerm ? 0 : ofPenalty;
        for (int n = 0; n < batch; n++) {
            gate.backward(logits, n, eps, ofPenalty, delta);
        }
        INDArray deltas = matrix(delta, batch).castTo(dataType);
        Gradient gradient = new DefaultGradient();
        INDArray inputGradient =
                workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
        if (layerConf().byExample()) {
            INDArray ofWeights = gradientViews.get(DefaultParamInitializer.WEIGHT_KEY);
            INDArray product = Nd4j.gemm(x, deltas, true, false);
            ofWeights.assign(product);
            gradient.setGradientFor(DefaultParamInitializer.WEIGHT_KEY, ofWeights);
            INDArray weights = getParam(DefaultParamInitializer.WEIGHT_KEY);
            INDArray back = Nd4j.gemm(deltas, weights, false, true);
            inputGradient.assign(back);
        } else {
            inputGradient.assign(0);
        }
        INDArray ofBias = gradientViews.get(DefaultParamInitializer.BIAS_KEY);
        INDArray sums = deltas.sum(true, 0);
        ofBias.assign(sums);
        gradient.setGradientFor(DefaultParamInitializer.BIAS_KEY, ofBias);
        return new Pair<>(gradient, inputGradient);
    }
}
