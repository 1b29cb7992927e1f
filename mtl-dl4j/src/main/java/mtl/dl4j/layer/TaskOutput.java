package mtl.dl4j.layer;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.layers.OutputLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;

/** An output layer that keeps its own loss apart from the network's regularization terms. */
final class TaskOutput extends OutputLayer {
    private static final long serialVersionUID = 1L;

    private transient double loss = Double.NaN;

    TaskOutput(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public double computeScore(double networkTerms, boolean training, LayerWorkspaceMgr workspaces) {
        double weighted = super.computeScore(0, training, workspaces);
        loss = weighted / ((WeightedLoss) layerConf().getLossFn()).weight();
        score = weighted + networkTerms;
        return score;
    }

    double loss() {
        return loss;
    }
}
