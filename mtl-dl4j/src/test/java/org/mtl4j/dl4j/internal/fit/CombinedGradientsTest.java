package org.mtl4j.dl4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.KIND;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.POINTS;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.TAGS;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.model;
import static org.mtl4j.dl4j.internal.fit.ThreeTasks.step;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mtl4j.balance.BalanceScope;
import org.mtl4j.balance.BalancedStep;
import org.mtl4j.balance.GradientBalance;
import org.mtl4j.balance.GradientStep;
import org.mtl4j.balance.Gramian;
import org.mtl4j.balance.SharedGradients;
import org.mtl4j.balance.SharedGradients.Kind;
import org.mtl4j.balance.SharedGradients.Part;
import org.mtl4j.balance.TaskVectors;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.Experts;
import org.mtl4j.network.Gate;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.NetworkBuilder;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.Task;
import org.mtl4j.train.FitOptions;
import org.mtl4j.train.batches.ListBatches;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The gradient that reaches the updater, parameter by parameter, against one that is put together by hand: of steps of
 * SGD with a rate of 1, in which one task after the other weighs twice.
 */
class CombinedGradientsTest {
    private static final int ROWS = 24;

    private static NetworkBuilder towers() {
        return MultiTaskNetwork.builder(Shape.vector(5))
                .tower("a", SplitHead.of(POINTS))
                .tower("b", SplitHead.of(KIND, TAGS));
    }

    private static final Map<String, MultiTaskNetwork> NETWORKS = Map.of(
            "stitched",
                    towers().dense("fc1", 6)
                            .stitch(CrossStitchUnit.perChannel())
                            .dense("fc2", 5)
                            .stitch(CrossStitchUnit.perLayer())
                            .regularize(WeightRelatednessRegularizer.over("fc1", "fc2")
                                    .withStrength(0.05))
                            .build(),
            "split",
                    MultiTaskNetwork.builder(Shape.vector(5))
                            .tower("all", SplitHead.of(POINTS, KIND, TAGS))
                            .dense("fc1", 6)
                            .dense("fc2", 5)
                            .build(),
            "MMoE",
                    towers().experts(Experts.mmoe(3, expert -> expert.dense(4)))
                            .dense("fc", 4)
                            .build(),
            // two levels, so that the terms of the upper gates have gradients in the lower experts
            "PLE with DSelect-k gates",
                    towers().experts(Experts.ple(2, 3, 1, expert -> expert.dense(4))
                                    .withGate(Gate.dselect(2)))
                            .dense("fc", 4)
                            .build());

    /** Some of the tags have no labels. */
    private static MultiDataSet batch(int seed) {
        INDArray known = Nd4j.ones(DataType.DOUBLE, ROWS, 1);
        for (int row = 2; row < ROWS; row += 5) {
            known.putScalar(row, 0, 0);
        }
        return ThreeTasks.batch(ROWS, seed, known);
    }

    private static FitOptions once(int workers) {
        return FitOptions.epochs(1).withWorkers(workers);
    }

    private static FitOptions weighing(double... factors) {
        return once(1).withLossWeighting((tasks, run) -> factors);
    }

    /** What one step is made of. */
    private record Pieces(double[][] ofTasks, double[] rest, List<Part> shared, List<Integer> places, double[] losses) {
        static Pieces of(MultiTaskNetwork network, MultiDataSet batch, BalanceScope scope) {
            double[] all = step(network, batch, weighing(1, 1, 1));
            double[][] ofTasks = new double[3][];
            double[] rest = all.clone();
            for (int t = 0; t < 3; t++) {
                double[] factors = {1, 1, 1};
                factors[t] = 2;
                ofTasks[t] = step(network, batch, weighing(factors));
                for (int k = 0; k < all.length; k++) {
                    ofTasks[t][k] -= all[k];
                    ofTasks[t][k] = Math.abs(ofTasks[t][k]) < 1e-14 ? 0 : ofTasks[t][k];
                    rest[k] -= ofTasks[t][k];
                }
            }
            ComputationGraph graph = model(network).graph();
            List<Part> shared = new ArrayList<>();
            List<Integer> places = new ArrayList<>();
            long start = graph.params().offset();
            for (GraphVertex vertex : Arrays.stream(graph.getVertices())
                    .filter(vertex -> vertex.numParams() > 0)
                    .sorted(Comparator.comparingLong(vertex -> vertex.params().offset()))
                    .toList()) {
                int from = Math.toIntExact(vertex.params().offset() - start);
                int length = Math.toIntExact(vertex.numParams());
                long users = Arrays.stream(ofTasks)
                        .filter(row -> Arrays.stream(row, from, from + length).anyMatch(g -> g != 0))
                        .count();
                String name = vertex.getVertexName();
                Kind kind = name.endsWith(":stitch") || name.endsWith("/gate") ? Kind.UNIT : Kind.LAYER;
                if (users > 1 && (kind == Kind.LAYER || scope == BalanceScope.EVERYTHING_SHARED)) {
                    shared.add(new Part(name, kind, places.size(), length));
                    for (int k = 0; k < length; k++) {
                        places.add(from + k);
                    }
                }
            }
            double[] losses = model(network).losses(ListBatches.of(List.of(batch))).values().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            losses[0] *= 7;
            losses[2] *= 2;
            return new Pieces(ofTasks, rest, shared, places, losses);
        }

        double[] expected(GradientBalance balance, MultiTaskNetwork network) {
            TaskVectors rows = TaskVectors.of(3, places.size(), (t, k) -> ofTasks[t][places.get(k)]);
            BalancedStep answer = balance.balance(new GradientStep(
                    rows.gramian(),
                    losses,
                    balance.initialState(3, rows.length()),
                    new BalanceMemory(model(network).state(), balance.initialState(3, rows.length())).random(0),
                    Optional.of(new SharedGradients(rows, shared))));
            double[] direction = answer.hasDirection() ? answer.direction() : rows.combined(answer.weights());
            double[] sum = rest.clone();
            for (int k = 0; k < sum.length; k++) {
                for (double[] row : ofTasks) {
                    sum[k] += row[k];
                }
            }
            for (int k = 0; k < direction.length; k++) {
                sum[places.get(k)] = rest[places.get(k)] + direction[k];
            }
            return sum;
        }
    }

    private static final List<GradientBalance> BALANCES = List.of(
            GradientBalance.mgda(),
            GradientBalance.caGrad(),
            GradientBalance.gradDrop(0.1),
            GradientBalance.dbMtl(0.5, 0),
            GradientBalance.excessMtl(),
            GradientBalance.moCo());

    static Stream<Arguments> networks() {
        return NETWORKS.keySet().stream().sorted().flatMap(name -> Arrays.stream(BalanceScope.values())
                .map(scope -> Arguments.of(name, scope)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("networks")
    void the_gradient_that_reaches_the_updater_is_what_the_formula_says(String name, BalanceScope scope) {
        MultiTaskNetwork network = NETWORKS.get(name);
        MultiDataSet batch = batch(5);
        Pieces pieces = Pieces.of(network, batch, scope);
        assertThat(pieces.places()).hasSizeGreaterThan(30);
        for (GradientBalance balance : BALANCES) {
            double[] expected = pieces.expected(balance, network);
            double moved = 0;
            for (int workers = 1; workers <= 2; workers++) {
                double[] found = step(
                        network,
                        batch,
                        once(workers).withGradientBalance(balance).withBalanceScope(scope));
                for (int k = 0; k < found.length; k++) {
                    assertThat(found[k])
                            .as("%s, %s workers, parameter %s", balance, workers, k)
                            .isCloseTo(expected[k], within(1e-8));
                    moved += Math.abs(found[k] - pieces.rest()[k]);
                }
            }
            assertThat(moved).isGreaterThan(0.5);
        }
    }

    @Test
    void what_is_shared_is_listed_with_its_size() {
        FitOptions options = once(1).withGradientBalance(GradientBalance.mgda());
        GraphModel stitched = model(NETWORKS.get("stitched"));
        assertThat(stitched.describe(options))
                .containsEntry(
                        "gradients combined of",
                        "a/fc1 36, b/fc1 36, a/fc1:stitch 12, b/fc1:stitch 12, a/fc2 35, b/fc2 35, b/fc2:stitch 2,"
                                + " 168 of 212 parameters");
        assertThat(stitched.describe(options.withBalanceScope(BalanceScope.SHARED_LAYERS)))
                .containsEntry(
                        "gradients combined of",
                        "a/fc1 36, b/fc1 36, a/fc2 35, b/fc2 35, 142 of 212 parameters; added up: a/fc1:stitch 12,"
                                + " b/fc1:stitch 12, b/fc2:stitch 2");
        assertThat(stitched.describe(once(1))).doesNotContainKey("gradients combined of");
        assertThat(model(NETWORKS.get("MMoE")).describe(options).get("gradients combined of"))
                .isEqualTo("shared:experts/level1/shared/experts/dense1 72, "
                        + "shared:experts/level1/tower/b/gate 18, b/fc 20,"
                        + " 110 of 189 parameters");
        stitched.fit(ListBatches.of(List.of(batch(1))), options);
        assertThat(stitched.history().events().get(0).text()).contains("gradients combined of a/fc1 36, ");
    }

    @Test
    void lengths_are_measured_of_the_layer_that_is_named() {
        double[][] lengths = new double[3][];
        String[] layers = {"fc1", "a/fc2", ""};
        for (int i = 0; i < 3; i++) {
            String layer = layers[i];
            int trial = i;
            GradientBalance measures = new Measuring(step -> {
                List<Part> parts = layer.isEmpty()
                        ? step.gradients().lastLayer()
                        : step.gradients().called(layer);
                assertThat(parts.stream().map(Part::name).toList())
                        .isEqualTo(
                                switch (trial) {
                                    case 0 -> List.of("a/fc1", "b/fc1");
                                    case 1 -> List.of("a/fc2");
                                    default -> List.of("a/fc2", "b/fc2");
                                });
                lengths[trial] = new double[] {
                    step.gradients().norm(0, parts), step.gradients().norm(1, parts)
                };
            });
            step(NETWORKS.get("stitched"), batch(5), once(1).withGradientBalance(measures));
        }
        assertThat(lengths[0][0]).isGreaterThan(0.01).isNotEqualTo(lengths[2][0]);
        assertThat(lengths[1][1]).isLessThan(lengths[2][1]);
        assertThatThrownBy(() -> step(
                        NETWORKS.get("split"),
                        batch(5),
                        once(1).withGradientBalance(GradientBalance.gradNorm(1, 0.1, "fc3"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no layer 'fc3' among what tasks share: [all/fc1, all/fc2]");
    }

    /** The sum, of which something is looked at. */
    private record Measuring(java.util.function.Consumer<GradientStep> look) implements GradientBalance {
        @Override
        public boolean needsGradients() {
            return true;
        }

        @Override
        public BalancedStep balance(GradientStep step) {
            look.accept(step);
            double[] ones = new double[step.size()];
            Arrays.fill(ones, 1);
            return step.balanced(ones);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void masks_of_dropout_are_the_same_for_all_tasks_and_statistics_move_once(int workers) {
        Task twin = Task.regression("twin", 3).withWeight(7);
        MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(5))
                .tower("all", SplitHead.of(POINTS, twin))
                .dense("fc1", 12)
                .dropout(0.5)
                .dense("fc2", 5)
                .build();
        MultiDataSet one = batch(5);
        MultiDataSet batch =
                new MultiDataSet(one.getFeatures(), new INDArray[] {one.getLabels(0), one.getLabels(0)}, null, null);
        GraphModel model = model(network);
        model.graph()
                .getVertex("twin")
                .params()
                .assign(model.graph().getVertex("points").params());
        Gramian[] seen = new Gramian[1];
        model.fit(
                ListBatches.of(List.of(batch)),
                once(workers).withGradientBalance(new Measuring(step -> seen[0] = step.gramian())));
        assertThat(seen[0].product(0, 0)).isGreaterThan(0.01);
        assertThat(seen[0].product(0, 1)).isEqualTo(seen[0].product(0, 0));
        assertThat(seen[0].product(1, 1)).isEqualTo(seen[0].product(0, 0));

        MultiTaskNetwork normalized = MultiTaskNetwork.builder(Shape.vector(5))
                .tower("all", SplitHead.of(POINTS, KIND, TAGS))
                .dense("fc1", 6)
                .batchNormalization()
                .build();
        double[] plain = step(normalized, batch(5), once(workers));
        double[] balanced = step(normalized, batch(5), once(workers).withGradientBalance(GradientBalance.upGrad()));
        int from = 36 + 12; // behind fc1, and gamma and beta
        double moved = 0;
        for (int k = from; k < from + 12; k++) {
            assertThat(balanced[k]).as("statistic %s", k).isCloseTo(plain[k], within(1e-14));
            moved += Math.abs(plain[k]);
        }
        assertThat(moved).isGreaterThan(0.1);
    }

    @Test
    void a_dropped_task_is_left_out_and_its_own_parameters_stay() {
        MultiDataSet batch = batch(5);
        int[] sizes = {0};
        GraphModel model = model(NETWORKS.get("split"));
        INDArray before = model.graph().getVertex("tags").params().dup();
        model.fit(
                ListBatches.of(List.of(batch)),
                once(2).withLossWeighting((tasks, run) -> new double[] {1, 1, 0})
                        .withGradientBalance(new Measuring(step -> sizes[0] = step.size())));
        assertThat(sizes[0]).isEqualTo(2);
        assertThat(model.graph().getVertex("tags").params()).isEqualTo(before);
        GraphModel two = model(NETWORKS.get("split"));
        two.fit(ListBatches.of(List.of(batch)), weighing(1, 1, 0));
        assertThat(model.graph().params().distance2(two.graph().params())).isLessThan(1e-13);
    }

    @Test
    void a_direction_of_another_length_or_without_numbers_is_refused() {
        for (double[] direction : List.of(new double[3], new double[] {Double.NaN})) {
            GradientBalance wrong = new GradientBalance() {
                @Override
                public BalancedStep balance(GradientStep step) {
                    return new BalancedStep(new double[step.size()], direction, step.state());
                }

                @Override
                public String toString() {
                    return "mine";
                }
            };
            assertThatThrownBy(() -> step(NETWORKS.get("split"), batch(5), once(1).withGradientBalance(wrong)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("mine must give a direction of 71 finite numbers; it gave %d, of which %d are finite"
                            .formatted(direction.length, direction.length == 3 ? 3 : 0));
        }
    }
}
