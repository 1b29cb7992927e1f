package org.mtl4j.dl4j.layer;

import static org.mtl4j.dl4j.layer.SequenceArrays.columns;
import static org.mtl4j.dl4j.layer.SequenceArrays.rows;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.BaseLayer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.SafeBroadcast;
import org.mtl4j.dl4j.internal.cpu.SumType;
import org.mtl4j.layer.Recurrent;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Computes the steps one after the other; what has nothing to do with h, the products with W, at once for all steps.
 * Matrices have a row for each step and example, steps first, so that a step is a block of rows.
 */
final class RecurrentCellLayerImpl extends BaseLayer<RecurrentCellLayer> {
    private static final long serialVersionUID = 1L;

    /** What the backward pass needs; null unless a forward pass of training has been made. */
    private transient @Nullable Sweep sweep;

    RecurrentCellLayerImpl(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    /**
     * What a pass over the steps leaves.
     *
     * @param xs the input
     * @param gates after their activation
     * @param before h before each step
     * @param cells c before each step, of an LSTM
     * @param inner of an LSTM tanh(c'), of a GRU R h + d of the candidate
     */
    private record Sweep(INDArray xs, INDArray gates, INDArray before, INDArray cells, INDArray inner) {}

    private boolean isLstm() {
        return layerConf().cell() == Recurrent.Cell.LSTM;
    }

    private DataType computingType() {
        return SumType.of(dataType);
    }

    private INDArray parameter(String name) {
        return params.get(name).castTo(computingType());
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public void clear() {
        super.clear();
        sweep = null;
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        assertInputSet(false);
        long units = layerConf().getNOut();
        long batch = input.size(0);
        long steps = input.size(2);
        ArrayType kept = training ? ArrayType.ACTIVATIONS : ArrayType.FF_WORKING_MEM;
        Sweep pass = new Sweep(
                byStep(input, workspaces, kept),
                matrix(workspaces, kept, batch * steps, layerConf().cell().gates() * units),
                matrix(workspaces, kept, batch * steps, units),
                matrix(workspaces, kept, batch * steps, units),
                matrix(workspaces, kept, batch * steps, units));
        INDArray mask = SequenceArrays.byStep(maskArray, computingType());
        pass.gates().assign(pass.xs().mmul(parameter("W")));
        SafeBroadcast.addRow(pass.gates(), parameter("b"));
        INDArray given = matrix(workspaces, ArrayType.FF_WORKING_MEM, batch * steps, units);
        INDArray h = Nd4j.zeros(computingType(), batch, units);
        INDArray c = Nd4j.zeros(computingType(), batch, units);
        INDArray r = parameter("R");
        for (long t = 0; t < steps; t++) {
            long from = t * batch;
            long to = from + batch;
            rows(pass.before(), from, to).assign(h);
            rows(pass.cells(), from, to).assign(c);
            INDArray inner = rows(pass.inner(), from, to);
            INDArray gates = rows(pass.gates(), from, to);
            INDArray ofH = h.mmul(r);
            INDArray newC = c;
            INDArray newH;
            if (isLstm()) {
                gates.addi(ofH);
                squash(gates, 3 * units);
                newC = columns(gates, units, 2 * units).mul(c);
                newC.addi(columns(gates, 0, units).mul(columns(gates, 3 * units, 4 * units)));
                inner.assign(Transforms.tanh(newC, true));
                newH = columns(gates, 2 * units, 3 * units).mul(inner);
            } else {
                inner.assign(columns(ofH, 2 * units, 3 * units).dup('c'));
                SafeBroadcast.addRow(inner, parameter("d"));
                INDArray both = columns(gates, 0, 2 * units);
                both.addi(columns(ofH, 0, 2 * units));
                INDArray rz = Transforms.sigmoid(both, true);
                both.assign(rz);
                INDArray candidate = columns(gates, 2 * units, 3 * units);
                candidate.addi(columns(gates, 0, units).mul(inner));
                candidate.assign(Transforms.tanh(candidate, true));
                INDArray z = columns(gates, units, 2 * units);
                newH = candidate.add(z.mul(h.sub(candidate)));
            }
            if (mask == null) {
                rows(given, from, to).assign(newH);
            } else {
                INDArray there = rows(mask, from, to);
                rows(given, from, to).assign(newH.mul(there));
                newH = h.add(newH.sub(h).mul(there));
                newC = c.add(newC.sub(c).mul(there));
            }
            h = newH;
            c = newC;
        }
        sweep = training ? pass : null;
        INDArray out =
                workspaces.createUninitialized(ArrayType.ACTIVATIONS, dataType, new long[] {batch, units, steps}, 'c');
        return out.assign(given.reshape('c', steps, batch, units).permute(1, 2, 0));
    }

    /** Squashes the first gates by the logistic function, and the last by tanh. */
    private static void squash(INDArray gates, long first) {
        INDArray logistic = columns(gates, 0, first);
        logistic.assign(Transforms.sigmoid(logistic, true));
        INDArray last = columns(gates, first, gates.size(1));
        last.assign(Transforms.tanh(last, true));
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaces) {
        assertInputSet(true);
        Sweep pass = sweep;
        if (pass == null) {
            throw new IllegalStateException("recurrent layer '%s': there was no forward pass of training"
                    .formatted(layerConf().getLayerName()));
        }
        long units = layerConf().getNOut();
        long batch = input.size(0);
        long steps = input.size(2);
        ArrayType working = ArrayType.BP_WORKING_MEM;
        INDArray given = byStep(epsilon, workspaces, working);
        INDArray mask = SequenceArrays.byStep(maskArray, computingType());
        if (mask != null) {
            given.muli(mask);
        }
        INDArray ofX =
                matrix(workspaces, working, batch * steps, layerConf().cell().gates() * units);
        INDArray ofH = isLstm() ? ofX : matrix(workspaces, working, batch * steps, 3 * units);
        INDArray back = parameter("R").transpose();
        INDArray dh = Nd4j.zeros(computingType(), batch, units);
        INDArray dc = Nd4j.zeros(computingType(), batch, units);
        for (long t = steps - 1; t >= 0; t--) {
            long from = t * batch;
            long to = from + batch;
            INDArray passedH = null; // what goes by a step that is not there
            INDArray passedC = null;
            if (mask != null) {
                INDArray there = rows(mask, from, to);
                INDArray hereH = dh.mul(there);
                INDArray hereC = dc.mul(there);
                passedH = dh.sub(hereH);
                passedC = dc.sub(hereC);
                dh = hereH;
                dc = hereC;
            }
            dh = dh.add(rows(given, from, to));
            INDArray gates = rows(pass.gates(), from, to);
            INDArray inner = rows(pass.inner(), from, to);
            INDArray x = rows(ofX, from, to);
            INDArray h = rows(ofH, from, to);
            INDArray direct = null;
            if (isLstm()) {
                INDArray i = columns(gates, 0, units);
                INDArray f = columns(gates, units, 2 * units);
                INDArray o = columns(gates, 2 * units, 3 * units);
                INDArray g = columns(gates, 3 * units, 4 * units);
                dc = dc.add(dh.mul(o).mul(inner.mul(inner).rsub(1)));
                columns(x, 0, units).assign(dc.mul(g).mul(slope(i)));
                columns(x, units, 2 * units)
                        .assign(dc.mul(rows(pass.cells(), from, to)).mul(slope(f)));
                columns(x, 2 * units, 3 * units).assign(dh.mul(inner).mul(slope(o)));
                columns(x, 3 * units, 4 * units).assign(dc.mul(i).mul(g.mul(g).rsub(1)));
                dc = dc.mul(f);
            } else {
                INDArray r = columns(gates, 0, units);
                INDArray z = columns(gates, units, 2 * units);
                INDArray n = columns(gates, 2 * units, 3 * units);
                INDArray dn = dh.mul(z.rsub(1)).mul(n.mul(n).rsub(1));
                columns(x, 0, units).assign(dn.mul(inner).mul(slope(r)));
                columns(x, units, 2 * units)
                        .assign(dh.mul(rows(pass.before(), from, to).sub(n)).mul(slope(z)));
                columns(x, 2 * units, 3 * units).assign(dn);
                h.assign(x);
                columns(h, 2 * units, 3 * units).assign(dn.mul(r));
                direct = dh.mul(z);
            }
            dh = h.mmul(back);
            if (direct != null) {
                dh.addi(direct);
            }
            if (passedH != null) {
                dh.addi(passedH);
                dc = dc.add(passedC);
            }
        }
        Gradient gradient = new DefaultGradient();
        put(gradient, "W", pass.xs().transpose().mmul(ofX));
        put(gradient, "R", pass.before().transpose().mmul(ofH));
        put(gradient, "b", ofX.sum(true, 0));
        if (!isLstm()) {
            put(gradient, "d", columns(ofH, 2 * units, 3 * units).sum(true, 0));
        }
        INDArray result = workspaces.createUninitialized(ArrayType.ACTIVATION_GRAD, dataType, input.shape(), 'c');
        INDArray dx = ofX.mmul(parameter("W").transpose());
        result.assign(dx.reshape('c', steps, batch, input.size(1)).permute(1, 2, 0));
        sweep = null;
        return new Pair<>(gradient, result);
    }

    /** {@return the slope of the logistic function where it has this value} */
    private static INDArray slope(INDArray value) {
        return value.rsub(1).muli(value);
    }

    private void put(Gradient gradient, String name, INDArray value) {
        INDArray view = gradientViews.get(name);
        view.assign(value);
        gradient.setGradientFor(name, view);
    }

    private INDArray matrix(LayerWorkspaceMgr workspaces, ArrayType kind, long rows, long columns) {
        return workspaces.createUninitialized(kind, computingType(), new long[] {rows, columns}, 'c');
    }

    private INDArray byStep(INDArray sequences, LayerWorkspaceMgr workspaces, ArrayType kind) {
        INDArray matrix = matrix(workspaces, kind, sequences.size(2) * sequences.size(0), sequences.size(1));
        matrix.reshape('c', sequences.size(2), sequences.size(0), sequences.size(1))
                .assign(sequences.permute(2, 0, 1));
        return matrix;
    }
}
