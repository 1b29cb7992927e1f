package org.mtl4j.examples.stress;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.mtl4j.dl4j.Dl4jModel;
import org.mtl4j.dl4j.layer.TypedGlobalPoolingLayer;
import org.mtl4j.dl4j.layer.WeightedLoss;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.batches.ArrayBatches;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Broadcast;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossUtil;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import org.nd4j.linalg.lossfunctions.impl.LossCosineProximity;
import org.nd4j.linalg.lossfunctions.impl.LossFMeasure;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossL2;
import org.nd4j.linalg.lossfunctions.impl.LossMAE;
import org.nd4j.linalg.lossfunctions.impl.LossMAPE;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;
import org.nd4j.linalg.lossfunctions.impl.LossMSLE;
import org.nd4j.linalg.lossfunctions.impl.LossNegativeLogLikelihood;
import org.nd4j.linalg.lossfunctions.impl.LossSparseMCXENT;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Prints for operations of ND4J on views that nothing refers to, and for what the library does with them, whether
 * native calls get memory that may be gone: a line "safe" or "unsafe", a tab, and the name; below unsafe ones which
 * calls. Run by {@link NativeCallsRunTest}, compiled. With names of jobs of {@link StressRun} as arguments it looks at
 * those instead, which takes some minutes each.
 */
final class NativeCallsRun {
    /** What nobody looks at, so that it has to be computed. */
    private static volatile boolean sink;

    private final INDArray x = Nd4j.rand(DataType.FLOAT, 24, 8);
    private final INDArray y = Nd4j.rand(DataType.FLOAT, 24, 8);
    private final INDArray square = Nd4j.rand(DataType.FLOAT, 8, 8);
    private final INDArray row = Nd4j.rand(DataType.FLOAT, 1, 8);
    private final INDArray column = Nd4j.rand(DataType.FLOAT, 24, 1);

    private NativeCallsRun() {}

    public static void main(String[] arguments) throws Exception {
        NativeCallsRun run = new NativeCallsRun();
        NativeCalls calls = NativeCalls.intercept(1);
        Map<String, NativeCalls.Action> actions = new LinkedHashMap<>();
        if (arguments.length == 0) {
            actions.putAll(run.operations());
            actions.putAll(run.library());
        } else {
            StressRun.jobs(1, List.of(arguments)).forEach((name, job) -> actions.put(name, job::run));
        }
        for (Map.Entry<String, NativeCalls.Action> action : actions.entrySet()) {
            List<String> freed = calls.freedBy(action.getValue());
            System.out.println((freed.isEmpty() ? "safe\t" : "unsafe\t") + action.getKey());
            freed.forEach(System.out::println);
        }
    }

    /** A new view, which nothing else refers to. */
    private INDArray view() {
        return x.get(NDArrayIndex.interval(4, 12), NDArrayIndex.all());
    }

    /** Names as in docs/native-memory.md. */
    private Map<String, NativeCalls.Action> operations() {
        Map<String, NativeCalls.Action> all = new LinkedHashMap<>();
        int[] rows = {0, 3, 6};
        all.put("Nd4j.pullRows(array)", () -> Nd4j.pullRows(x, 1, rows, 'c'));
        all.put("Nd4j.pullRows(view)", () -> Nd4j.pullRows(x.reshape('c', 24, 8), 1, rows, 'c'));
        all.put("view.assign(number)", () -> view().assign(1));
        all.put("view.assign(view)", () -> view().assign(y.getRow(3)));
        all.put("view.dup()", () -> view().dup('f'));
        all.put("view.castTo(type)", () -> view().castTo(DataType.DOUBLE));
        all.put("view.sum(dimension)", () -> view().sum(1));
        all.put("view.sumNumber()", () -> view().sumNumber());
        all.put("view.max(dimension)", () -> view().max(1));
        all.put("view.norm2Number()", () -> view().norm2Number());
        all.put("view.argMax(dimension)", () -> view().argMax(1));
        all.put("view.neq(number)", () -> view().neq(0));
        all.put("view.muli(number)", () -> view().muli(2));
        all.put("view.addi(view)", () -> view().addi(y.get(NDArrayIndex.interval(4, 12), NDArrayIndex.all())));
        all.put("view.mul(row)", () -> view().mul(row));
        all.put("view.muli(column)", () -> x.muli(column.reshape(24, 1)));
        all.put("view.mmul(view)", () -> view().mmul(y.transpose()));
        all.put("Nd4j.gemm(view, view)", () -> Nd4j.gemm(view(), square.transpose(), false, false));
        all.put("Nd4j.concat(views)", () -> Nd4j.concat(0, view(), y.getRow(2, true)));
        all.put("Nd4j.hstack(views)", () -> Nd4j.hstack(view(), view()));
        all.put("Nd4j.tile(view)", () -> Nd4j.tile(x.getRow(3, true), 4, 1));
        all.put("view.toDoubleVector()", () -> x.getRow(3).toDoubleVector());
        all.put("view.getDouble(index)", () -> x.getRow(3).getDouble(2));
        all.put("view.putScalar(index)", () -> x.getRow(3).putScalar(2, 1));
        all.put("view.reshape(shape)", () -> view().reshape(4, 16));
        all.put("view.permute(order).dup()", () -> view().permute(1, 0).dup('c'));
        all.put("view.equals(view)", () -> sink = view().equals(y.getRow(3)));
        all.put("Transforms.abs(view)", () -> Transforms.abs(view()));
        all.put("Nd4j.rand(shape)", () -> Nd4j.rand(DataType.FLOAT, 3, 3));
        all.put("x.addiRowVector(row)", () -> x.addiRowVector(row));
        all.put("x.muliRowVector(row)", () -> x.muliRowVector(row));
        all.put("x.muliRowVector(row), x in f order", () -> x.dup('f').muliRowVector(row));
        all.put("x.muliColumnVector(column)", () -> x.muliColumnVector(column));
        all.put("x.muliColumnVector(column), x in f order", () -> x.dup('f').muliColumnVector(column));
        all.put("LossUtil.applyMask(x, column), x in f order", () -> LossUtil.applyMask(x.dup('f'), column));
        all.put("Broadcast.mul(x, row)", () -> Broadcast.mul(x, row, x, 1));
        all.put("exec(BroadcastOp)", () -> Nd4j.getExecutioner().exec(new BroadcastMulOp(x, row, x, 1)));
        all.put("Nd4j.tear(x)", () -> Nd4j.tear(x.dup(), 1));
        return all;
    }

    private Map<String, NativeCalls.Action> library() {
        Map<String, NativeCalls.Action> all = new LinkedHashMap<>();
        INDArray numbers = Nd4j.rand(DataType.FLOAT, 6, 4);
        INDArray classes = Nd4j.eye(4).castTo(DataType.FLOAT).get(NDArrayIndex.interval(0, 3), NDArrayIndex.all());
        INDArray oneHot = Nd4j.concat(0, classes, classes);
        INDArray w = Nd4j.createFromArray(1f, 2f, 3f, 4f);
        for (ILossFunction loss : List.of(
                new LossMSE(w), new LossMAE(w), new LossL2(w), new LossL1(w), new LossMAPE(w), new LossMSLE(w))) {
            all.put(name(loss), loss(loss, numbers, new ActivationIdentity()));
        }
        for (ILossFunction loss : List.of(new LossMCXENT(w), new LossNegativeLogLikelihood(w))) {
            all.put(name(loss), loss(loss, oneHot, new ActivationSoftmax()));
        }
        all.put(
                name(new LossSparseMCXENT(w)),
                loss(
                        new LossSparseMCXENT(w),
                        numbers.getColumn(0, true).gt(1).castTo(DataType.FLOAT),
                        new ActivationSoftmax()));
        all.put(name(new LossBinaryXENT(w)), loss(new LossBinaryXENT(w), oneHot, new ActivationSigmoid()));
        all.put("LossCosineProximity", loss(new LossCosineProximity(), numbers, new ActivationIdentity()));
        all.put("LossFMeasure", () -> {
            INDArray binary = oneHot.getColumn(0, true);
            new WeightedLoss(new LossFMeasure(), 1)
                    .computeGradientAndScore(binary, numbers.getColumn(1, true), new ActivationSigmoid(), null, true);
        });
        for (PoolingType type : List.of(PoolingType.AVG, PoolingType.MAX)) {
            all.put("global pooling, " + type, pooling(type, InputType.convolutional(3, 3, 2), null, 6, 2, 3, 3));
            all.put("global pooling of steps, " + type, pooling(type, InputType.recurrent(2, 5), null, 6, 2, 5));
            all.put(
                    "global pooling of masked steps, " + type,
                    pooling(type, InputType.recurrent(2, 5), Nd4j.ones(DataType.FLOAT, 6, 5), 6, 2, 5));
        }
        INDArray features = Nd4j.rand(DataType.FLOAT, 6, 8);
        MultiDataSetIterator batches = ArrayBatches.of(features, numbers.dup('f'), oneHot)
                .withBatchSize(3)
                .withShuffling(1);
        Dl4jModel model = Dl4jModel.create(
                MultiTaskNetwork.builder(Shape.vector(8))
                        .tower("a", SplitHead.of(Task.regression("numbers", 4)))
                        .tower("b", SplitHead.of(Task.classification("class", 4)))
                        .dense("one", 5)
                        .stitch(CrossStitchUnit.perChannel())
                        .build(),
                TrainingPlan.adam(1e-3));
        all.put("ArrayBatches, fit, losses, evaluate, predict", () -> {
            model.fit(batches, FitOptions.epochs(1).withWorkers(1));
            batches.reset();
            model.losses(batches);
            batches.reset();
            model.evaluate(batches);
            model.predict(features);
        });
        return all;
    }

    private static NativeCalls.Action pooling(PoolingType type, InputType in, INDArray mask, long... shape) {
        NeuralNetConfiguration configuration = new NeuralNetConfiguration();
        configuration.setLayer(new TypedGlobalPoolingLayer(type));
        configuration.getLayer().setNIn(in, true);
        Layer layer = configuration.getLayer().instantiate(configuration, List.of(), 0, null, true, DataType.FLOAT);
        INDArray input = Nd4j.rand(DataType.FLOAT, shape);
        INDArray epsilon = Nd4j.rand(DataType.FLOAT, shape[0], shape[1]);
        return () -> {
            layer.setInput(input, LayerWorkspaceMgr.noWorkspaces());
            layer.setMaskArray(mask);
            layer.activate(true, LayerWorkspaceMgr.noWorkspaces());
            layer.backpropGradient(epsilon, LayerWorkspaceMgr.noWorkspaces());
        };
    }

    private static String name(ILossFunction loss) {
        return loss.getClass().getSimpleName() + " with weights";
    }

    private static NativeCalls.Action loss(ILossFunction loss, INDArray labels, IActivation activation) {
        return () -> {
            ILossFunction weighted = new WeightedLoss(loss, 1);
            INDArray outputs = Nd4j.rand(DataType.FLOAT, 6, 4).dup('f');
            weighted.computeScoreArray(labels, outputs, activation, null);
            weighted.computeGradientAndScore(labels, outputs, activation, null, true);
        };
    }
}
