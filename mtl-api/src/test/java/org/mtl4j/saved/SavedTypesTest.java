package org.mtl4j.saved;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mtl4j.layer.Shape;
import org.mtl4j.network.MultiTaskNetwork;
import org.mtl4j.network.SplitHead;
import org.mtl4j.relatedness.Relatedness;
import org.mtl4j.relatedness.WeightRelatednessRegularizer;
import org.mtl4j.schedule.WarmUpSchedule;
import org.mtl4j.task.Task;
import org.mtl4j.train.TrainingPlan;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ScheduleType;
import own.Distance;
import own.Halves;
import own.Typed;

/** Types of a user's own: by a name, or by the class where its package is trusted. */
class SavedTypesTest {
    private final MultiTaskNetwork network = MultiTaskNetwork.builder(Shape.vector(3))
            .tower("a", SplitHead.of(Task.regression("x", 1)))
            .tower("b", SplitHead.of(Task.regression("y", 1)))
            .dense("fc", 4)
            .regularize(WeightRelatednessRegularizer.over("fc")
                    .withRelatedness(new Distance(0.5, Relatedness.averaged(Relatedness.l2()))))
            .build();
    private final TrainingPlan plan = TrainingPlan.of(new Nesterovs(
            new Halves(new FixedSchedule(0.25), List.of(new Halves(new FixedSchedule(1), List.of()))), 0.5));
    private final SavedTypes named =
            SavedTypes.none().with("own-distance", Distance.class).with("halves", Halves.class);

    @Test
    void a_named_type_is_written_by_its_name_and_holds_others_by_theirs() {
        String json = network.toJson(named);
        assertThat(json.replaceAll("\\s", ""))
                .contains(
                        "\"relatedness\":{\"type\":\"own-distance\",",
                        "\"base\":{\"type\":\"l2\",\"averaged\":true},\"factor\":0.5}")
                .doesNotContain("own.", "org.");
        assertThat(MultiTaskNetwork.fromJson(json, named)).isEqualTo(network);
        String planJson = plan.toJson(named);
        assertThat(planJson.replaceAll("\\s", ""))
                .contains("\"learningRateSchedule\":{\"type\":\"halves\",\"all\":[{\"type\":\"halves\",\"all\":[],"
                        + "\"first\":{\"type\":\"fixed\",\"value\":1.0}}],"
                        + "\"first\":{\"type\":\"fixed\",\"value\":0.25}}")
                .doesNotContain("own.", "org.");
        assertThat(TrainingPlan.fromJson(planJson, named)).isEqualTo(plan);
    }

    @Test
    void another_class_can_take_over_a_name() {
        String json = network.toJson(named).replace("own-distance", "another-name");
        assertThat(MultiTaskNetwork.fromJson(json, SavedTypes.none().with("another-name", Distance.class)))
                .isEqualTo(network);
    }

    @Test
    void a_type_without_name_is_written_by_its_class_and_read_where_its_package_is_trusted() {
        String json = network.toJson();
        assertThat(json.replaceAll("\\s", ""))
                .contains("\"relatedness\":{\"type\":\"class\",\"class\":\"own.Distance\",");
        assertThat(MultiTaskNetwork.fromJson(json, SavedTypes.none().trusting("own")))
                .isEqualTo(network);
        assertThat(MultiTaskNetwork.fromJson(json, SavedTypes.none().trustingClasses(List.of("own.Distance"))))
                .isEqualTo(network);
        assertThat(TrainingPlan.fromJson(
                        plan.toJson(SavedTypes.none()), SavedTypes.none().trusting("own")))
                .isEqualTo(plan);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiTaskNetwork.fromJson(json))
                .withMessageContaining(
                        "network.regularizer.relatedness: names the class 'own.Distance', which is not trusted")
                .withMessageContaining("SavedTypes.none().trusting(\"your.package\")")
                .withMessageContaining("SavedTypes.none().with(\"your-name\", Your.class)");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> MultiTaskNetwork.fromJson(json, SavedTypes.none().trusting("ow", "own.distance")))
                .withMessageContaining("not trusted");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiTaskNetwork.fromJson(
                        json.replace("own.Distance", "own.Gone"),
                        SavedTypes.none().trusting("own")))
                .withMessageContaining("'own.Gone' is not on the class path");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiTaskNetwork.fromJson(
                        json.replace("own.Distance", "own.Halves"),
                        SavedTypes.none().trusting("own")))
                .withMessageContaining("own.Halves is no relatedness function");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiTaskNetwork.fromJson(network.toJson(named)))
                .withMessageContaining("there is no relatedness function 'own-distance'")
                .withMessageContaining("SavedTypes.none().with(\"own-distance\", Your.class)");
    }

    @Test
    void format_1_named_such_types_by_their_classes() {
        String task = """
                {"name":"%s","kind":"REGRESSION","outputs":1,"weight":1.0,"classNames":[],"start":"TARGET_MEAN",
                 "loss":{"@class":"org.nd4j.linalg.lossfunctions.impl.LossMSE"}}""";
        String tower = "{\"name\":\"%s\",\"head\":{\"branches\":[{\"task\":%s,\"layers\":[]}]}}";
        String a = tower.formatted("a", task.formatted("x"));
        String b = tower.formatted("b", task.formatted("y"));
        String json = """
                {"input":{"@class":"mtl.layer.Shape$Vector","size":3},
                 "towers":[%s,%s],
                 "elements":[{"@class":"mtl.network.MultiTaskNetwork$LayerElement","tower":null,"layer":{"name":"fc",
                   "spec":{"@class":"mtl.layer.Dense","units":4,"activation":"RELU","bias":true}}}],
                 "regularizer":{"layers":["fc"],"strength":0.001,"pairs":[],"learningRateFactor":1.0,
                   "relatedness":{"@class":"own.Distance","factor":0.5,"base":
                     {"@class":"mtl.relatedness.NormRelatedness",
                     "exponential":false,"linear":false,"averaged":true}}},
                 "initializer":"HE","startTowersEqual":null}""".formatted(a, b);
        assertThat(MultiTaskNetwork.fromJson(json, SavedTypes.none().trusting("own")))
                .isEqualTo(network);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MultiTaskNetwork.fromJson(json))
                .withMessageContaining("names the class 'own.Distance', which is not trusted");
    }

    @Test
    void names_that_mean_something_else_are_refused() {
        SavedTypes none = SavedTypes.none();
        for (String name : List.of("", "Own", "own distance", "own.distance", "class", "-own", "own-")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> none.with(name, Distance.class))
                    .withMessageContaining("'" + name + "'");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> none.with("own", Relatedness.class))
                .withMessageContaining("a class that can be made");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> named.with("own-distance", Typed.class))
                .withMessageContaining("already");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> named.with("more", Distance.class))
                .withMessageContaining("already");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> none.trusting(" "))
                .withMessageContaining("empty");
        for (String name : List.of("adam", "dense", "l2", "wing", "cosine")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> network.toJson(none.with(name, Distance.class)))
                    .withMessageContaining("'%s' is a name of the library's own", name);
        }
    }

    @Test
    void a_type_that_jackson_cannot_write_as_it_must_be_is_refused_when_it_is_saved() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainingPlan.of(new Sgd(new Typed("a"))).toJson(SavedTypes.none()))
                .withMessageContaining("own.Typed cannot be saved")
                .withMessageContaining("without fields 'type' and 'class'");
        WarmUpSchedule local = new WarmUpSchedule(new ExponentialSchedule(ScheduleType.EPOCH, 1, 0.5) {}, 3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TrainingPlan.fromJson(
                        TrainingPlan.of(new Sgd(local)).toJson(SavedTypes.none()), SavedTypes.none()))
                .withMessageContaining("not trusted");
    }
}
