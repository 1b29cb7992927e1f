package org.mtl4j.dl4j.vertex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.mtl4j.layer.Shape;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitGradients;
import org.mtl4j.sharing.UnitParameter;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A unit for tests, with parameters of each kind: {@code y_s = own_s * x_s + common * mean over t of x_t}, channel by
 * channel.
 *
 * @param start of {@code common}
 */
public record MeanBlend(double start) implements SharingUnit {
    @Override
    public String kind() {
        return "mean-blend";
    }

    @Override
    public String describe() {
        return "from " + start;
    }

    @Override
    public List<UnitParameter> parameters(List<Shape> inputs) {
        int channels = inputs.get(0).channels();
        List<UnitParameter> all = new ArrayList<>();
        all.add(UnitParameter.of("common", channels).startingAt(start));
        for (int s = 0; s < inputs.size(); s++) {
            all.add(UnitParameter.of("own", channels).ofOutput(s).startingAt(1));
        }
        return all;
    }

    @Override
    public List<INDArray> forward(List<INDArray> inputs, UnitArrays parameters, boolean training) {
        INDArray mean = mean(inputs);
        List<INDArray> outputs = new ArrayList<>();
        for (int s = 0; s < inputs.size(); s++) {
            INDArray x = inputs.get(s);
            outputs.add(x.mul(perChannel(parameters.get("own", s), x))
                    .addi(mean.mul(perChannel(parameters.get("common"), x))));
        }
        return outputs;
    }

    @Override
    public UnitGradients backward(List<INDArray> inputs, UnitArrays parameters, List<INDArray> outputGradients) {
        INDArray mean = mean(inputs);
        INDArray all = outputGradients.get(0).dup();
        for (INDArray more : outputGradients.subList(1, outputGradients.size())) {
            all.addi(more);
        }
        INDArray common = perChannel(parameters.get("common"), all);
        UnitArrays gradients = UnitArrays.none().with("common", overChannels(all.mul(mean)));
        List<INDArray> ofInputs = new ArrayList<>();
        for (int s = 0; s < inputs.size(); s++) {
            INDArray gradient = outputGradients.get(s);
            ofInputs.add(gradient.mul(perChannel(parameters.get("own", s), gradient))
                    .addi(all.mul(common).divi(inputs.size())));
            gradients = gradients.with("own", s, overChannels(gradient.mul(inputs.get(s))));
        }
        return new UnitGradients(ofInputs, gradients);
    }

    private static INDArray mean(List<INDArray> inputs) {
        INDArray sum = inputs.get(0).dup();
        inputs.subList(1, inputs.size()).forEach(sum::addi);
        return sum.divi(inputs.size());
    }

    private static INDArray perChannel(INDArray parameter, INDArray like) {
        long[] shape = new long[like.rank()];
        Arrays.fill(shape, 1);
        shape[1] = parameter.length();
        return parameter.dup().reshape('c', shape);
    }

    private static INDArray overChannels(INDArray array) {
        return array.sum(IntStream.range(0, array.rank())
                .filter(dimension -> dimension != 1)
                .toArray());
    }
}
