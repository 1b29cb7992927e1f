package org.mtl4j.dl4j.vertex;

import java.util.ArrayList;
import java.util.List;
import org.mtl4j.dl4j.internal.cpu.Rendezvous;
import org.mtl4j.sharing.SharingUnit;
import org.mtl4j.sharing.UnitArrays;
import org.mtl4j.sharing.UnitGradients;
import org.mtl4j.sharing.UnitParameter;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.INDArrayIndex;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Asks a unit that looks at the batch about a whole one where each thread has a part: one of them puts the parts
 * together, asks, and each goes on with its rows. So the unit is right as it is, and works on one thread.
 */
final class GatheredUnit {
    private GatheredUnit() {}

    /** Holds what a part brings, a list for inputs and one for gradients of outputs. */
    private record Part(List<INDArray> inputs, List<INDArray> outputGradients) {
        long examples() {
            return inputs.get(0).size(0);
        }
    }

    /**
     * Holds what comes of the whole batch.
     *
     * @param ends of the parts' rows
     */
    private record Whole<T>(T result, long[] ends) {
        /** The rows of a part, as views; the array stays in use until all parts meet again. */
        List<INDArray> rows(List<INDArray> arrays, int part) {
            long from = part == 0 ? 0 : ends[part - 1];
            List<INDArray> rows = new ArrayList<>();
            for (INDArray array : arrays) {
                INDArrayIndex[] where = new INDArrayIndex[array.rank()];
                where[0] = NDArrayIndex.interval(from, ends[part]);
                for (int d = 1; d < where.length; d++) {
                    where[d] = NDArrayIndex.all();
                }
                rows.add(array.get(where));
            }
            return rows;
        }
    }

    /** Computes the outputs for the examples of a part, of the whole batch in training. */
    static List<INDArray> forward(
            SharingUnit unit, String name, Rendezvous.Seat seat, List<INDArray> inputs, UnitArrays parameters) {
        Whole<List<INDArray>> whole = seat.meet(
                name + ", whole batch forward",
                new Part(inputs, List.of()),
                parts -> new Whole<>(unit.forward(inputs(parts), parameters, true), ends(parts)));
        return whole.rows(whole.result, seat.part());
    }

    /**
     * Computes the gradients by the inputs of a part. Those of the parameters are of the whole batch, and the first
     * part's alone; new values of statistics are all parts'.
     */
    static UnitGradients backward(
            SharingUnit unit,
            String name,
            Rendezvous.Seat seat,
            List<INDArray> inputs,
            UnitArrays parameters,
            List<INDArray> outputGradients,
            List<UnitParameter> described) {
        Whole<UnitGradients> whole = seat.meet(
                name + ", whole batch backward",
                new Part(inputs, outputGradients),
                parts -> new Whole<>(unit.backward(inputs(parts), parameters, outputGradients(parts)), ends(parts)));
        UnitArrays ofParameters = UnitArrays.none();
        for (UnitParameter parameter : described) {
            INDArray all = whole.result.parameters().get(parameter.name(), parameter.output());
            boolean here = parameter.statistic() || seat.part() == 0;
            ofParameters = ofParameters.with(
                    parameter.name(), parameter.output(), here ? all : Nd4j.zeros(all.dataType(), all.shape()));
        }
        return new UnitGradients(whole.rows(whole.result.inputs(), seat.part()), ofParameters);
    }

    private static long[] ends(List<Part> parts) {
        long[] ends = new long[parts.size()];
        long end = 0;
        for (int part = 0; part < ends.length; part++) {
            end += parts.get(part).examples();
            ends[part] = end;
        }
        return ends;
    }

    private static List<INDArray> inputs(List<Part> parts) {
        return joined(parts.stream().map(Part::inputs).toList());
    }

    private static List<INDArray> outputGradients(List<Part> parts) {
        return joined(parts.stream().map(Part::outputGradients).toList());
    }

    private static List<INDArray> joined(List<List<INDArray>> ofParts) {
        List<INDArray> all = new ArrayList<>();
        for (int t = 0; t < ofParts.get(0).size(); t++) {
            int tower = t;
            all.add(Nd4j.concat(
                    0, ofParts.stream().map(arrays -> arrays.get(tower)).toArray(INDArray[]::new)));
        }
        return all;
    }
}
