package org.mtl4j.dl4j.join;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.mtl4j.dl4j.vertex.WeightRelatednessVertex;
import org.mtl4j.dl4j.vertex.WeightTie;
import org.mtl4j.relatedness.GroupRelatedness;
import org.nd4j.linalg.learning.config.IUpdater;

/** Describes a term of weight relatedness over layers that are called {@code network/layer}. */
record RelatednessTerm(List<WeightTie> ties, GroupRelatedness relatedness, double strength, double learningRateFactor) {
    RelatednessTerm {
        ties = ImmutableList.copyOf(ties);
    }

    WeightRelatednessVertex vertex(IUpdater updater) {
        return new WeightRelatednessVertex(ties, relatedness, strength, updater, learningRateFactor);
    }
}
