package org.mtl4j.dl4j.internal.distributed;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.mtl4j.dl4j.internal.cpu.FiniteNumbers;
import org.mtl4j.dl4j.internal.fit.GraphModel;
import org.mtl4j.dl4j.internal.fit.PartialStep;
import org.mtl4j.dl4j.internal.model.BatchLayout;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Answers with one or several gradients of a part of a batch.
 *
 * @param seen what the shard had for the step
 * @param parts what else there is to say of each; empty if the shard has no such step
 * @param gradients empty likewise
 * @param notFinite which features were not finite, if a gradient is not; null if they all were
 */
record GradientsOfPart(
        LabelCounts seen,
        ArrayList<PartialStep> parts,
        ArrayList<ArrayValues> gradients,
        @Nullable String notFinite) implements Serializable {

    /** {@return the answer of a shard that has no such step} */
    static GradientsOfPart none(int tasks) {
        return new GradientsOfPart(LabelCounts.none(tasks), new ArrayList<>(), new ArrayList<>(), null);
    }

    /** Gathers the gradients that a copy of the model computes of one part. */
    static final class Gathered {
        private final GraphModel copy;
        private final MultiDataSet part;
        private final ArrayList<PartialStep> parts = new ArrayList<>();
        private final ArrayList<ArrayValues> gradients = new ArrayList<>();
        private boolean finite = true;

        Gathered(GraphModel copy, MultiDataSet part) {
            this.copy = copy;
            this.part = part;
        }

        /** Adds what was computed last, with the gradient that the copy's graph has. */
        void add(PartialStep computed) {
            INDArray gradient = copy.graph().getGradientsViewArray();
            finite &= Double.isFinite(computed.score()) && FiniteNumbers.hasFiniteSum(gradient);
            parts.add(computed);
            gradients.add(ArrayValues.of(gradient));
        }

        /** {@return the answer} */
        GradientsOfPart answer() {
            String notFinite =
                    finite ? null : BatchLayout.notFinite(part, copy.network()).orElse(null);
            return new GradientsOfPart(LabelCounts.of(part, copy.network().tasks()), parts, gradients, notFinite);
        }
    }

    /** Adds gradients up, in the order of the answers, so that rounding is always the same. */
    static void addUp(List<GradientsOfPart> answers, int index, INDArray sum) {
        sum.assign(0);
        for (GradientsOfPart answer : answers) {
            sum.addi(answer.gradients.get(index).toArray(sum.dataType()).reshape(sum.shape()));
        }
    }

    /** {@return what else answers say of their gradients} */
    static List<PartialStep> parts(List<GradientsOfPart> answers, int index) {
        return answers.stream().map(answer -> answer.parts.get(index)).toList();
    }
}
