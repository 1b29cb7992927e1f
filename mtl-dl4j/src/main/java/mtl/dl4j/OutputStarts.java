package mtl.dl4j;

import java.util.List;
import mtl.dl4j.layer.LabelMask;
import mtl.task.OutputStart;
import mtl.task.Task;
import mtl.task.TaskKind;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Sets the biases of fresh output layers to the best constant prediction; see {@link OutputStart#TARGET_MEAN}. */
final class OutputStarts {
    /** Frequencies are kept this far from 0 and 1, where their logarithm and logit are infinite. */
    private static final double LEAST_FREQUENCY = 1e-3;

    private OutputStarts() {}

    /** @param data at the start of an epoch, which is read */
    static void set(Dl4jModel model, MultiDataSetIterator data) {
        List<Task> tasks = model.network().tasks();
        if (tasks.stream().noneMatch(task -> task.start() == OutputStart.TARGET_MEAN)) {
            return;
        }
        INDArray[] sums = tasks.stream()
                .map(task -> Nd4j.zeros(DataType.DOUBLE, 1, task.outputs()))
                .toArray(INDArray[]::new);
        double[] counts = new double[sums.length];
        while (data.hasNext()) {
            MultiDataSet batch = model.checked(data.next());
            for (int t = 0; t < sums.length; t++) {
                counts[t] += add(batch, t, sums[t]);
            }
        }
        for (int t = 0; t < sums.length; t++) {
            Task task = tasks.get(t);
            if (task.start() == OutputStart.TARGET_MEAN && counts[t] > 0) {
                INDArray bias = model.graph().getLayer(task.name()).getParam(DefaultParamInitializer.BIAS_KEY);
                bias.assign(
                        constantPrediction(task.kind(), sums[t].divi(counts[t])).castTo(bias.dataType()));
            }
        }
    }

    /** Adds the labelled rows of task t; returns their number. */
    private static double add(MultiDataSet batch, int t, INDArray sum) {
        INDArray labels = batch.getLabels(t);
        INDArray mask = batch.getLabelsMaskArrays() == null ? null : batch.getLabelsMaskArray(t);
        INDArray values = labels.dataType() == DataType.DOUBLE ? labels.dup() : labels.castTo(DataType.DOUBLE);
        sum.addi((mask == null ? values : LabelMask.clear(values, mask)).sum(true, 0));
        return LabelMask.labelled(mask, labels.size(0));
    }

    private static INDArray constantPrediction(TaskKind kind, INDArray mean) {
        return switch (kind) {
            case REGRESSION -> mean;
            case MULTI_CLASS -> Transforms.log(Transforms.max(mean, LEAST_FREQUENCY));
            case MULTI_LABEL -> {
                INDArray p = Transforms.min(Transforms.max(mean, LEAST_FREQUENCY), 1 - LEAST_FREQUENCY);
                yield Transforms.log(p.div(p.rsub(1)));
            }
        };
    }
}
