package org.mtl4j.sparkml;

import java.util.ArrayList;
import java.util.List;
import org.mtl4j.data.TableEncoding;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.task.Task;

/** Builds the network that an estimator has if it is told sizes alone: layers of all tasks, then layers of each. */
final class HardSharing {
    private HardSharing() {}

    /**
     * Builds it.
     *
     * @param embedding the length of the row that is learned for each value of a category
     * @param shared outputs of the dense layers of all tasks
     * @param own outputs of the dense layers of each task
     */
    static MultiTaskNetwork of(TableEncoding encoding, List<Task> tasks, int embedding, int[] shared, int[] own) {
        List<SplitHead.Branch> branches = new ArrayList<>();
        for (Task task : tasks) {
            List<NamedLayer> layers = new ArrayList<>();
            for (int i = 0; i < own.length; i++) {
                layers.add(new NamedLayer("own" + (i + 1), Dense.of(own[i])));
            }
            branches.add(new SplitHead.Branch(task, layers));
        }
        NetworkBuilder network = encoding.network(embedding).tower("all", new SplitHead(branches));
        for (int i = 0; i < shared.length; i++) {
            network.dense("shared" + (i + 1), shared[i]);
        }
        return network.build();
    }
}
