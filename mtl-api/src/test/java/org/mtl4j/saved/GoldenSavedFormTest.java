package org.mtl4j.saved;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mtl4j.layer.Activate;
import org.mtl4j.layer.Convolution;
import org.mtl4j.layer.Dense;
import org.mtl4j.layer.GlobalPooling;
import org.mtl4j.layer.Initializer;
import org.mtl4j.layer.NamedLayer;
import org.mtl4j.layer.Padding;
import org.mtl4j.layer.Pooling;
import org.mtl4j.layer.Shape;
import org.mtl4j.loss.SmoothL1Loss;
import org.mtl4j.loss.WingLoss;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.relatedness.WeightRelatednessRegularizer.Pair;
import org.mtl4j.sharing.CrossStitchUnit;
import org.mtl4j.task.OutputStart;
import org.mtl4j.task.Task;
import org.mtl4j.train.ParameterGroup;
import org.mtl4j.train.TrainingPlan;
import org.mtl4j.train.history.AlphaState;
import org.mtl4j.train.history.EpochResult;
import org.mtl4j.train.history.RelatednessState;
import org.mtl4j.train.history.TrainingEvent;
import org.mtl4j.train.history.TrainingEvent.Kind;
import org.mtl4j.train.history.TrainingHistory;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossBinaryXENT;
import own.Distance;

/**
 * The saved form, character by character: files in {@code src/test/resources/saved} that must be written so and can be
 * read. A change of them is a change of the format, and older files must be read then, too.
 */
class GoldenSavedFormTest {
    private static final SavedTypes TYPES = SavedTypes.none().with("own-distance", Distance.class);

    private static MultiTaskNetwork network() {
        Convolution same = Convolution.of(4, 3).withPadding(Padding.SAME);
        return MultiTaskNetwork.builder(Shape.image(1, 12, 16))
                .tower(
                        "points",
                        SplitHead.of(
                                Task.regression("points.xy", 4).withWeight(20).withLoss(new WingLoss(0.25, 0.0625))))
                .tower(
                        "attributes",
                        SplitHead.of(Task.classification("kind", "one", "two", "three"))
                                .with(
                                        Task.multiLabel("flags", 2)
                                                .withLoss(new LossBinaryXENT(
                                                        1e-4, Nd4j.createFromArray(new float[] {0.5f, 2})))
                                                .withStart(OutputStart.RANDOM),
                                        new NamedLayer("hidden", Dense.of(5).withActivation(Activation.TANH))))
                .tower("size", SplitHead.of(Task.regression("size", 1).withLoss(new SmoothL1Loss(0.5))))
                .layer("conv1", same)
                .layer("pool1", Pooling.max(2))
                .stitch(CrossStitchUnit.perChannel().withLearningRateFactor(2).withFrozenEpochs(3))
                .residual("block", block -> block.layer("conv", same.withoutBias())
                        .batchNormalization()
                        .layer("last", same.withActivation(Activation.IDENTITY)))
                .stitch("late", CrossStitchUnit.perLayer(0.75, 0.125))
                .in("points", tower -> tower.softArgmax().dropout(0.25))
                .in("attributes", tower -> tower.layer("global", new GlobalPooling(Pooling.Kind.AVERAGE)))
                .in("size", tower -> tower.layer("act", new Activate(Activation.LEAKYRELU)))
                .dense("fc", 2)
                .stitch(CrossStitchUnit.perLayer(new double[][] {{1, 0.5}, {0.25, 1}})
                        .withTowers("size", "points"))
                .regularize(WeightRelatednessRegularizer.over("conv1", "block/conv")
                        .withRelatedness(new Distance(0.5, Relatedness.averaged(Relatedness.exponentialLinear())))
                        .withPair("points", "size")
                        .withStrength(0.01)
                        .withLearningRateFactor(0.5))
                .initializer(Initializer.GLOROT_UNIFORM)
                .startTowersEqual(true)
                .build();
    }

    /** Inputs with and without layers of their own, a tower that reads some of them. */
    private static MultiTaskNetwork inputs() {
        return MultiTaskNetwork.builder()
                .input("numbers", Shape.vector(3))
                .input("codes", Shape.categories(4, 5), layers -> layers.embedding("tables", 2))
                .tower("one", SplitHead.of(Task.regression("price", 1)))
                .tower("two", SplitHead.of(Task.regression("area", 1)))
                .reads("two", "codes")
                .build();
    }

    private static MultiTaskNetwork trunk() {
        return MultiTaskNetwork.builder(Shape.vector(3))
                .trunk(layers -> layers.dropout(0.25))
                .tower("one", SplitHead.of(Task.regression("price", 1)))
                .build();
    }

    private static TrainingPlan plan() {
        return TrainingPlan.of(new Nesterovs(0.0625, 0.75))
                .withSeed(-15)
                .withCosineDecay(20)
                .withWarmUp(30)
                .withL2(1e-4)
                .withGradientClipping(0.5)
                .withDataType(DataType.DOUBLE)
                .withUpdater(ParameterGroup.ALPHA, new Sgd(0.125));
    }

    private static TrainingHistory history() {
        return new TrainingHistory(
                List.of(EpochResult.builder(0)
                        .iterations(12)
                        .score(1.5)
                        .trainingLoss(Map.of("kind", 0.75))
                        .relatedness(0.125)
                        .validationLoss(Map.of("kind", 0.875))
                        .lossWeights(Map.of("kind", 2.0))
                        .alphas(List.of(new AlphaState("conv1", "points", "size", 0.5, 0.25, 0.75)))
                        .ties(List.of(new RelatednessState("conv1", new Pair("points", "size"), 3.5, Map.of("a", 1.0))))
                        .build()),
                Arrays.stream(Kind.values())
                        .map(kind -> new TrainingEvent(kind.ordinal() - 1, kind, "kind", "why"))
                        .toList());
    }

    @Test
    void a_description_with_everything_is_written_and_read_as_ever() throws IOException {
        String golden = resource("network.json");
        assertThat(network().toJson(TYPES)).isEqualTo(golden);
        assertThat(MultiTaskNetwork.fromJson(golden, TYPES)).isEqualTo(network());
    }

    @Test
    void inputs_and_a_trunk_are_written_and_read_as_ever() throws IOException {
        assertThat(inputs().toJson()).isEqualTo(resource("inputs.json"));
        assertThat(MultiTaskNetwork.fromJson(resource("inputs.json"))).isEqualTo(inputs());
        assertThat(trunk().toJson()).isEqualTo(resource("trunk.json"));
        assertThat(MultiTaskNetwork.fromJson(resource("trunk.json"))).isEqualTo(trunk());
    }

    @Test
    void a_plan_with_everything_is_written_and_read_as_ever() throws IOException {
        String golden = resource("plan.json");
        assertThat(plan().toJson(TYPES)).isEqualTo(golden);
        assertThat(TrainingPlan.fromJson(golden, TYPES)).isEqualTo(plan());
    }

    @Test
    void a_history_with_everything_is_written_and_read_as_ever() throws IOException {
        String golden = resource("history.json");
        assertThat(history().toJson()).isEqualTo(golden);
        assertThat(TrainingHistory.fromJson(golden)).isEqualTo(history());
    }

    @Test
    void a_newer_format_is_refused() throws IOException {
        String newer = resource("plan.json").replace("\"format\" : 2", "\"format\" : 3");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainingPlan.fromJson(newer, TYPES))
                .withMessageContaining("written in format 3; this version of the library reads formats 1 to 2");
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = GoldenSavedFormTest.class.getResourceAsStream("/saved/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
        }
    }

    /** Writes the files anew, into the directory given. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Files.writeString(directory.resolve("network.json"), network().toJson(TYPES) + "\n");
        Files.writeString(directory.resolve("inputs.json"), inputs().toJson() + "\n");
        Files.writeString(directory.resolve("trunk.json"), trunk().toJson() + "\n");
        Files.writeString(directory.resolve("plan.json"), plan().toJson(TYPES) + "\n");
        Files.writeString(directory.resolve("history.json"), history().toJson() + "\n");
    }
}
