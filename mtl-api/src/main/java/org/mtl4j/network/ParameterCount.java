package org.mtl4j.network;

import java.util.List;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Shape;

/** Counts the parameters of a network and of its parts. */
final class ParameterCount {
    private ParameterCount() {}

    /** {@return how many there are in layers, output layers, units and the regularizer} */
    static long of(MultiTaskNetwork network) {
        long sum = ofCoefficients(network) + ofLayerMix(network);
        for (Input input : network.inputs()) {
            sum += ofLayers(input.layers(), input.shape());
        }
        if (!network.trunk().isEmpty()) {
            sum += ofLayers(
                    network.trunk(),
                    network.shapeOfInputs(network.towers().get(0).name()));
        }
        sum += network.sharedGraph().map(SharedGraph::parameters).orElse(0L);
        for (Tower tower : network.towers()) {
            for (NamedLayer layer : tower.layers()) {
                sum += layer.spec().parameters(network.shapeBefore(tower.name(), layer.name()));
            }
            for (SplitHead.Branch branch : tower.head().branches()) {
                sum += ofBranch(branch, network.shapeBeforeHead(tower.name()));
            }
        }
        for (Stitch stitch : network.stitches()) {
            sum += stitch.parameters();
        }
        return sum;
    }

    private static long ofBranch(SplitHead.Branch branch, Shape input) {
        Shape end = ShapeChain.end("task '%s'".formatted(branch.task().name()), branch.layers(), input);
        return ofLayers(branch.layers(), input)
                + Dense.of(branch.task().outputs()).parameters(end);
    }

    private static long ofLayers(List<NamedLayer> layers, Shape input) {
        long sum = 0;
        Shape shape = input;
        for (NamedLayer layer : layers) {
            sum += layer.spec().parameters(shape);
            shape = layer.spec().outputShape(shape);
        }
        return sum;
    }

    /** {@return how many β there are in all towers} */
    static long ofLayerMix(MultiTaskNetwork network) {
        return network.layerMix()
                .map(mix -> (long) mix.layers().size() * network.towers().size())
                .orElse(0L);
    }

    /** {@return how many scalars the relatedness function learns, over all layers and pairs of towers} */
    static long ofCoefficients(MultiTaskNetwork network) {
        return network.regularizer()
                .map(term -> (long) term.layers().size()
                        * network.regularizedGroups().size()
                        * term.relatedness().coefficientNames().size())
                .orElse(0L);
    }
}
