package own;

import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/** Stands for a layer of a user's own: a fully connected one with another activation. */
public class OwnLayer extends DenseLayer {
    private static final long serialVersionUID = 1L;

    /** For Deeplearning4j, which fills in what its configuration says. */
    public OwnLayer() {
        setActivationFn(new ActivationTanH());
        setHasBias(true);
    }

    /** Makes a layer of so many units. */
    public OwnLayer(long units) {
        this();
        setNOut(units);
    }
}
